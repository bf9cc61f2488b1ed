"""Adding the toolkit's collections to an app's own rules."""

from pathlib import Path

import pytest

import rules
from rules.merge import NoServiceError, merged
from rules.testing import SERVER_TIME, Database

OURS = (Path(__file__).parents[2] / "firestore" / "firestore.rules").read_text(encoding="utf-8")
THEIRS = """rules_version = '2';
// an app's own } rules
service cloud.firestore {
  match /databases/{db}/documents {
    function isSignedIn() { return request.auth.token.team == 'a } b'; }
    match /posts/{id} { allow read: if true; allow write: if isSignedIn(); } /* } */
  }
}
service firebase.storage { match /b/{bucket}/o { match /{all=**} { allow read: if false; } } }
"""
INTENT = {"kind": "signup_completed", "data": {}, "email": "a@x.test", "createdAt": SERVER_TIME}


def test_the_app_keeps_its_rules_and_gets_the_toolkits() -> None:
    text = merged(THEIRS, OURS)
    database = Database(rules.compile(text))
    assert database.stranger().get("posts/1")
    assert database.user("u", team="a } b").create("posts/1", {})
    assert not database.user("u").create("posts/1", {})
    assert database.user("u", email="a@x.test").create("users/u/intents/i", INTENT)
    assert not database.user("u").create("tickets/t", {"userId": "u"})
    assert [line for line in THEIRS.splitlines() if line not in text.splitlines()] == []


def test_merging_twice_changes_nothing() -> None:
    once = merged(THEIRS, OURS)
    assert merged(once, OURS) == once


def test_rules_of_another_service_alone_cannot_be_merged_into() -> None:
    with pytest.raises(NoServiceError):
        merged(THEIRS[THEIRS.index("service firebase") :], OURS)
