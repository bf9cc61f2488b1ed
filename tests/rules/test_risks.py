"""What the probe's answers mean: which of them have to be closed, and what to do."""

import rules
from rules.probe import Level, Risk, questions, risks
from rules.values.kinds import Timestamp

NOW = Timestamp(1_800_000_000 * 10**9)
HEAD = "rules_version = '2';\nservice cloud.firestore {\n  match /databases/{database}/documents {\n"
OWN = "match /users/{uid} { allow read, write: if request.auth.uid == uid; }"


def found(body: str, now: Timestamp = NOW) -> list[Risk]:
    return list(risks(questions(rules.compile(HEAD + body + "\n  }\n}\n"), now)))


def open_ids(body: str) -> list[str]:
    return [risk.id for risk in found(body) if risk.level is not Level.LOOSE]


def test_owners_who_may_write_everything_may_raise_their_plan() -> None:
    first = next(risk for risk in found(OWN) if risk.id == "raise.plan")
    assert (first.level, first.line, first.is_certain) == (Level.OPEN, 4, True)
    assert "hasOnly" in first.fix


def test_every_disguise_of_an_open_rule_is_open_to_anybody() -> None:
    for condition in ("true", "(true)", "1 == 1", "request.auth == null || request.auth != null", "!false"):
        levels = {risk.level for risk in found(f"match /{{any=**}} {{ allow read, write: if {condition}; }}")}
        assert Level.ANYBODY in levels, condition


def test_signed_in_is_not_enough_and_a_far_date_is_no_lock() -> None:
    assert "anonymous.get" in open_ids("match /{any=**} { allow read, write: if request.auth != null; }")
    assert "stranger.get" in open_ids(
        "match /{any=**} { allow read, write: if request.time < timestamp.date(2099, 1, 1); }"
    )


def test_closed_rules_and_public_reading_of_what_is_public_are_no_risk() -> None:
    assert open_ids("match /{any=**} { allow read, write: if false; }") == []
    assert open_ids("match /posts/{id} { allow read; }") == []


def test_room_in_an_own_document_is_told_and_left_to_a_person() -> None:
    loose = [risk.id for risk in found(OWN) if risk.level is Level.LOOSE]
    assert loose == ["own.anonymous.create", "own.unverified.create", "loose.unknown", "loose.large"]
