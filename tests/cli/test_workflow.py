"""The workflow layer as the commands use it, without a stack."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from cli.workflow import Workflow
from engine.errors import UNREACHABLE, LaunchError
from engine.home import Home
from handlers.billing import custom_claims
from handlers.failures import Unavailable
from handlers.outside.firebase_accounts import Account
from handlers.work.documents import Write


class Accounts:
    """One account, in memory."""

    def __init__(self, fault: Exception | None = None) -> None:
        self.account = Account("u1", "cleo@acme.test", claims={"plan": "pro"})
        self.fault = fault

    def by_email(self, email: str) -> Account | None:
        if self.fault:
            raise self.fault
        return self.account if email == self.account.email else None

    def set_claims(self, user_id: str, claims: dict[str, Any]) -> None:
        assert user_id == "u1"
        self.account = Account("u1", self.account.email, claims=claims)


class Documents:
    """Takes what a transaction writes, in order."""

    def __init__(self) -> None:
        self.written: list[Write] = []

    def transact(self, work: Callable[[Any], tuple[Any, list[Write]]]) -> Any:
        result, writes = work(lambda path: None)
        self.written += writes
        return result


def workflow(home: Home, accounts: Any, documents: Documents | None = None) -> Workflow:
    unused: Any = None
    acceptor: Any = SimpleNamespace(documents=documents or Documents())
    return Workflow(home, unused, acceptor, accounts, unused, {})


def test_who_becomes_staff_keeps_all_other_claims_and_so_does_who_is_staff_no_longer(home: Home) -> None:
    accounts, documents = Accounts(), Documents()
    assert workflow(home, accounts, documents).set_claim("cleo@acme.test", "staff", True)
    assert accounts.account.claims == {"plan": "pro", "staff": True}
    assert workflow(home, accounts, documents).set_claim("cleo@acme.test", "staff", None)
    assert accounts.account.claims == {"plan": "pro"}
    assert documents.written == [custom_claims.revocation("u1", "staff", is_gone=gone) for gone in (False, True)]


def test_nobody_of_that_address_is_told_apart_from_accounts_that_cannot_be_asked(home: Home) -> None:
    assert not workflow(home, Accounts()).set_claim("nobody@acme.test", "staff", True)
    with pytest.raises(LaunchError) as raised:
        workflow(home, Accounts(Unavailable("answered 503"))).set_claim("cleo@acme.test", "staff", True)
    assert raised.value.code == UNREACHABLE


def test_one_answer_that_something_is_down_is_asked_about_again(home: Home) -> None:
    answers: list[Any] = [Unavailable("answered 503"), 7]

    def ask() -> int:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return int(answer)

    assert workflow(home, Accounts()).ask(ask) == 7
    assert answers == []
