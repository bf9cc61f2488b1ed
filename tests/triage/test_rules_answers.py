from __future__ import annotations

import pytest

from rules.probe import Answer as Answered
from rules.probe import Proof, Status
from rules.request import Request
from rules.values.kinds import Timestamp
from triage.rules_answers import hits

PROOF = Proof(7, Request("get", ("databases", "(default)", "documents", "x", "y"), None, Timestamp(0)), {})


def Answer(id: str, target: str, status: str = "yes", proof: Proof | None = PROOF) -> Answered:  # noqa: A002, N802
    return Answered(id, target, "Can they?", Status(status), proof)


def checks(*answers: Answered) -> list[str]:
    return [hit.check for hit in hits(answers)]


@pytest.mark.parametrize("deed", ["create", "update", "delete"])
def test_a_strangers_write_is_open(deed: str) -> None:
    assert checks(Answer(f"stranger.{deed}", "/posts/{id}")) == ["rules.open"]


def test_reading_is_trouble_only_where_it_is_private() -> None:
    assert checks(Answer("stranger.get", "/posts/{id}")) == []
    assert checks(Answer("stranger.list", "/users/{id}")) == ["rules.open"]
    assert checks(Answer("user.get", "/orders/{id}")) == ["rules.weak"]


def test_what_is_theirs_or_depends_on_what_is_stored_is_no_trouble() -> None:
    assert checks(Answer("user.update", "/users/{id}", "depends")) == []
    assert checks(Answer("own.anonymous.create", "/users/{id}")) == []
    assert checks(Answer("stranger.update", "/users/{id}", "no", None)) == []


def test_authority_that_its_owner_may_write_is_trouble_even_if_it_depends() -> None:
    assert checks(Answer("raise.plan", "/users/{uid}", "depends")) == ["rules.weak"]
    assert checks(Answer("server.billing", "/users/{uid}")) == ["rules.weak"]


def test_one_line_is_told_once_for_each_kind_of_trouble() -> None:
    many = [Answer(f"stranger.{deed}", "/users/{id}") for deed in ("create", "update", "delete", "get", "list")]
    assert [hit.observed for hit in hits(many)] == [
        "Anyone, signed in or not, can write what is at /users/{id}.",
        "Anyone, signed in or not, can read what is at /users/{id}.",
    ]


def test_what_strangers_may_do_is_not_told_again_of_users() -> None:
    assert checks(Answer("stranger.create", "/x/{id}"), Answer("user.create", "/x/{id}")) == ["rules.open"]
    assert checks(Answer("user.create", "/x/{id}")) == ["rules.weak"]


def test_a_variable_of_a_path_says_nothing_about_privacy() -> None:
    assert checks(Answer("user.get", "/leaderboard/{userId}")) == []
    assert checks(Answer("user.get", "/{document=**}")) == ["rules.weak"]


def test_fields_of_a_cart_are_no_authority() -> None:
    assert checks(Answer("raise.plan", "/cart/{uid}")) == []
