"""The probe: hostile questions, answered with requests that the engine itself allows."""

from pathlib import Path
from typing import Any

import pytest

import rules
from rules.probe import Answer, Proof, Status, questions
from rules.values.kinds import Timestamp

NOW = Timestamp(1_800_000_000 * 10**9)
HEAD = "rules_version = '2';\nservice cloud.firestore {\n  match /databases/{database}/documents {\n"
OWN = """
    function mine(uid) { return request.auth != null && request.auth.uid == uid; }
    match /users/{uid} { allow read, write: if mine(uid); }
"""
POSTS = """
    match /posts/{id} {
      allow read: if resource.data.public == true || resource.data.owner == request.auth.uid;
      allow create: if request.auth != null && request.resource.data.owner == request.auth.uid
        && request.resource.data.title is string && request.resource.data.title.size() > 3
        && request.resource.data.keys().hasOnly(['owner', 'title', 'slug'])
        && request.resource.data.slug.matches('^[a-z]+$');
      allow update: if request.resource.data.diff(resource.data).affectedKeys().hasOnly(['likes']);
    }
"""


def probed(body: str, now: Timestamp = NOW) -> dict[str, Answer]:
    return {
        f"{answer.target} {answer.id}": answer for answer in questions(rules.compile(HEAD + body + "\n  }\n}\n"), now)
    }


class Stored:
    def __init__(self, proof: Proof) -> None:
        self.proof = proof

    def get(self, path: tuple[str, ...]) -> Any:
        return self.proof.stored.get(path)

    def get_after(self, path: tuple[str, ...]) -> Any:
        return self.proof.request.data if path == self.proof.request.path else self.get(path)


@pytest.mark.parametrize("body", [OWN, POSTS, OWN + POSTS, "match /{any=**} { allow read, write; }"])
def test_every_proof_is_a_request_that_the_rules_allow(body: str) -> None:
    ruleset = rules.compile(HEAD + body + "\n  }\n}\n")
    proofs = [answer.proof for answer in questions(ruleset, NOW) if answer.proof is not None]
    assert proofs
    for proof in proofs:
        verdict = ruleset.evaluate(proof.request, Stored(proof))
        assert (verdict.allowed, verdict.line) == (True, proof.line)


def test_the_rule_that_lets_owners_write_everything_lets_them_raise_their_plan() -> None:
    found = probed(OWN)
    answer = found["users/{uid} raise.plan"]
    assert answer.status is Status.YES
    assert str(answer.proof) == (
        "update users/alice as uid alice with {plan: 'pro'}; stored at users/alice: {plan: 'free'} (allowed by line 6)"
    )
    assert found["users/{uid} server.billing"].status is Status.YES
    assert {
        found[f"users/{{uid}} {who}.{how}"].status for who in ("stranger", "user") for how in ("get", "update")
    } == {Status.NO}


def test_a_field_that_may_not_change_is_not_raised() -> None:
    body = """match /users/{uid} {
      allow update: if request.auth.uid == uid && request.resource.data.plan == resource.data.plan
        && !request.resource.data.diff(resource.data).affectedKeys().hasAny(['role', 'credits', 'isAdmin']); }"""
    found = probed(body)
    assert {found[f"users/{{uid}} raise.{name}"].status for name in ("plan", "role", "credits", "isAdmin")} == {
        Status.NO
    }
    assert found["users/{uid} server.billing"].status is Status.DEPENDS


def test_what_depends_on_stored_data_is_told_apart() -> None:
    found = probed(POSTS)
    read = found["posts/{id} stranger.get"]
    assert (read.status, read.proof and dict(read.proof.stored)) == (
        Status.DEPENDS,
        {("databases", "(default)", "documents", "posts", "alice"): {"public": True}},
    )
    assert "where public == true" in str(found["posts/{id} stranger.list"])


def test_data_is_made_that_passes_what_the_rule_asks_of_it() -> None:
    create = probed(POSTS)["posts/{id} user.create"]
    assert create.proof is not None
    assert create.proof.request.data == {"owner": "mallory", "title": "xxxx", "slug": "x"}


def test_a_change_that_is_limited_to_a_field_is_shown_with_that_field() -> None:
    update = probed(POSTS)["posts/{id} stranger.update"]
    assert update.proof is not None
    assert update.proof.request.data == {"likes": "x"}


def test_only_an_administrator_is_not_any_user() -> None:
    body = """match /admin/{id} {
      allow read, write: if get(/databases/$(database)/documents/users/$(request.auth.uid)).data.role == 'admin'; }"""
    found = probed(body)
    assert {found[f"admin/{{id}} user.{how}"].status for how in ("get", "list", "create", "update", "delete")} == {
        Status.NO
    }


@pytest.mark.parametrize(
    "condition", ["true", "1 == 1", "request.auth == null || request.auth != null", "!(false)", "'a' in ['a']"]
)
def test_an_open_rule_is_open_however_it_is_written(condition: str) -> None:
    found = probed(f"match /{{any=**}} {{ allow read, write: if {condition}; }}")
    assert {answer.status for answer in found.values() if answer.id.startswith("stranger.")} == {Status.YES}
    assert all(answer.target == "{any=**}" for answer in found.values())


def test_a_closed_rule_is_closed() -> None:
    found = probed("match /{any=**} { allow read, write: if false && request.auth != null; }")
    assert {answer.status for answer in found.values()} == {Status.NO}


def test_anonymous_and_unverified_users_are_told_from_the_others() -> None:
    body = """match /a/{uid} { allow create: if request.auth.uid == uid && request.auth.token.email_verified == true; }
      match /b/{uid} { allow create: if request.auth.uid == uid && request.auth.token.email != null; }
      match /c/{uid} { allow create: if request.auth.uid == uid; }"""
    found = probed(body)
    answers = [
        [found[f"{name}/{{uid}} own.{who}.create"].status.value for who in ("anonymous", "unverified")]
        for name in "abc"
    ]
    assert answers == [["no", "no"], ["no", "yes"], ["yes", "yes"]]


def test_large_and_unknown_data_is_found() -> None:
    body = """match /a/{uid} { allow create: if request.auth.uid == uid
        && request.resource.data.keys().hasOnly(['note']) && request.resource.data.note is map; }
      match /b/{uid} { allow create: if request.auth.uid == uid
        && request.resource.data.keys().hasOnly(['note']) && request.resource.data.note is string
        && request.resource.data.note.size() < 100; }"""
    found = probed(body)
    assert found["a/{uid} loose.large"].status is Status.YES
    assert found["b/{uid} loose.large"].status is Status.NO
    assert {found[f"{name}/{{uid}} loose.unknown"].status for name in "ab"} == {Status.NO}


def test_anothers_invoices_are_asked_for_by_name() -> None:
    found = probed("match /invoices/{id} { allow get: if request.auth != null; }")
    assert found["invoices/{id} billing.read"].status is Status.YES
    assert "user.get" in "".join(found)


@pytest.mark.parametrize(
    ("date", "identity"), [("2099, 1, 1", "date.open"), ("2020, 1, 1", "date.expired"), ("1999, 1, 1", None)]
)
def test_a_date_says_whether_it_is_open_or_has_passed(date: str, identity: str | None) -> None:
    body = f"match /{{any=**}} {{ allow read, write: if request.time < timestamp.date({date}); }}"
    found = [answer.id for answer in probed(body).values() if answer.id.startswith("date.")]
    assert found == ([] if identity is None else [identity])


def test_the_toolkits_own_rules_keep_users_apart() -> None:
    text = (Path(__file__).parents[2] / "firestore" / "firestore.rules").read_text()
    answers = questions(rules.compile(text), NOW)
    across = [
        answer for answer in answers if answer.id.split(".")[0] in {"stranger", "anonymous", "unverified", "user"}
    ]
    assert [str(answer) for answer in across if answer.status is not Status.NO] == []
    assert [str(answer) for answer in answers if answer.id.split(".")[0] in {"raise", "billing", "date"}] != []
    raised = [answer for answer in answers if answer.id.split(".")[0] in {"raise", "server", "billing"}]
    assert [str(answer) for answer in raised if answer.status is not Status.NO] == []
