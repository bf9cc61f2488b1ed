"""What a user may write by the rules that an app has brought."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from blueprint.finding import Status
from rules.merge import merged
from verify.judge.security_rules import judge

NOW = datetime(2027, 1, 15, tzinfo=UTC)
OURS = (Path(__file__).parents[3] / "firestore" / "firestore.rules").read_text(encoding="utf-8")


def rules(body: str) -> str:
    return f"rules_version = '2';\nservice cloud.firestore {{ match /databases/{{d}}/documents {{\n{body}\n}} }}"


GOOD = "match /posts/{id} { allow read: if true; allow write: if request.auth.token.editor == true; }"


@pytest.mark.parametrize("text", [OURS, rules(GOOD), merged(rules(GOOD), OURS)])
def test_rules_that_keep_users_to_their_own_pass(text: str) -> None:
    assert [finding.status for finding in judge("p", text, NOW)] == [Status.PASS]


@pytest.mark.parametrize(
    ("body", "subject", "proof"),
    [
        ("match /users/{id} { allow read, write: if request.auth.uid == id; }", "users/{userId}", "plan: 'pro'"),
        ("match /{c}/{id} { allow write: if request.auth != null; }", "inbox/{eventId}", "as uid mallory"),
        (
            "match /users/{u}/{d=**} { allow write: if request.auth.uid == u; }",
            "users/{userId}/statuses/{intentId}",
            "as uid alice",
        ),
        (
            "match /tickets/{t} { allow update: if resource.data.userId == request.auth.uid; }",
            "tickets/{ticketId}",
            "as uid alice",
        ),
        ("match /teams/{t} { allow write: if request.auth != null; }", "teams/{t}", "as uid mallory"),
    ],
)
def test_a_way_in_fails_with_its_proof(body: str, subject: str, proof: str) -> None:
    found = [finding for finding in judge("p", rules(body), NOW) if finding.subject == subject]
    assert {finding.status for finding in found} == {Status.FAIL}
    assert any(proof in finding.evidence for finding in found)
    assert all(finding.fix and "line 3)" in finding.observed for finding in found)


def test_no_rules_fail_and_unreadable_ones_are_unknown() -> None:
    assert judge("p", None, NOW)[0].status is Status.FAIL
    assert judge("p", "service {", NOW)[0].status is Status.UNKNOWN
