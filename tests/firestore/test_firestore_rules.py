"""What firestore/firestore.rules allow and deny, and that they say the same of an intent as the door does."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

import rules
from handlers import intents
from handlers.failures import Rejected
from handlers.intent_kinds import KINDS, Kind
from handlers.senders.id_tokens import Person
from rules.probe import Level, questions, risks
from rules.request import Where
from rules.testing import NOW, SERVER_TIME, Caller, Database, Write
from rules.values.kinds import LatLng, Timestamp

ROOT = Path(__file__).parents[2]
RULESET = rules.compile((ROOT / "firestore" / "firestore.rules").read_text(encoding="utf-8"))
TICKET = "tkt_0123456789abcdef01234567"
DATABASE = Database(
    RULESET,
    {
        "users/alice": {"billing": {"plan": "free"}},
        "users/alice/intents/old": {"kind": "signup_completed"},
        "users/alice/statuses/old": {"code": "signup_done"},
        f"tickets/{TICKET}": {"userId": "alice"},
        f"tickets/{TICKET}/history/1": {"to": "new"},
        "inbox/e": {"userId": "alice"},
        "outbox/e": {"userId": "alice"},
        "customers/c": {"userId": "alice"},
    },
)
ADDRESS = "alice@example.com"
ALICE = DATABASE.user("alice", email=ADDRESS, email_verified=True)
UNVERIFIED = DATABASE.user("alice", email=ADDRESS, email_verified=False)
ANONYMOUS = DATABASE.user("alice", firebase={"sign_in_provider": "anonymous"})
BY_PHONE = DATABASE.user("alice", phone_number="+491701234567")
MALLORY = DATABASE.user("mallory", email="mallory@example.com", email_verified=True)
STRANGER = DATABASE.stranger()
GOOD: dict[str, dict[str, Any]] = {
    "signup_completed": {"name": "Ada"},
    "payment_attempted": {"plan": "pro"},
    "support_requested": {"subject": "Help", "message": "It\nis slow 😀"},
    "support_answered": {"ticketId": TICKET, "message": "Thanks"},
}
INTENT = "users/alice/intents/new-1"


def intent(kind: str, data: Any, **changed: Any) -> dict[str, Any]:
    return {"kind": kind, "data": data, "email": ADDRESS, "createdAt": SERVER_TIME, **changed}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_intent_can_be_sent(kind: str) -> None:
    assert ALICE.create(INTENT, intent(kind, GOOD[kind]))


def test_what_may_be_left_out_may_be_left_out() -> None:
    assert UNVERIFIED.create(INTENT, intent("signup_completed", {}))
    assert ANONYMOUS.create(INTENT, intent("payment_attempted", {}, email=""))


@pytest.mark.parametrize("kind", ["support_requested", "support_answered"])
def test_support_asks_for_a_proven_user(kind: str) -> None:
    assert BY_PHONE.create(INTENT, intent(kind, GOOD[kind], email=""))
    assert not UNVERIFIED.create(INTENT, intent(kind, GOOD[kind]))
    assert not ANONYMOUS.create(INTENT, intent(kind, GOOD[kind], email=""))


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("signup_completed", {"name": "x" * 900_000}),
        ("signup_completed", {"padding": "x" * 900_000}),
        ("signup_completed", {"name": {"deep": "x"}}),
        ("signup_completed", {"name": None}),
        ("payment_attempted", {"plan": "pro", "billing": {"status": "active"}}),
        ("payment_attempted", {"plan": "x" * 129}),
        ("payment_attempted", {"plan": 7}),
        ("support_requested", {"subject": "Help", "message": "x" * 20_001}),
        ("support_requested", {"subject": "x" * 201, "message": "m"}),
        ("support_requested", {"subject": "Help\r\nBcc: all@example.com", "message": "m"}),
        ("support_requested", {"subject": "Help\nme", "message": "m"}),
        ("support_requested", {"subject": " \u00a0", "message": "m"}),
        ("support_requested", {"subject": "Help"}),
        ("support_requested", {"message": "m"}),
        ("support_requested", {"subject": "Help", "message": Timestamp(0)}),
        ("support_requested", {"subject": "Help", "message": b"bytes"}),
        ("support_requested", {"subject": "Help", "message": LatLng(1.0, 2.0)}),
        ("support_requested", {"subject": "Help", "message": ["m"]}),
        ("support_answered", {"ticketId": "tkt_x", "message": "m"}),
        ("support_answered", {"ticketId": TICKET + "\n", "message": "m"}),
        ("support_answered", {"ticketId": TICKET, "message": ""}),
        ("signup_completed", "text"),
        ("signup_completed", None),
        ("set_billing", {}),
        ("", {}),
        (None, {}),
    ],
)
def test_an_intent_that_the_door_would_refuse_is_denied(kind: Any, data: Any) -> None:
    assert not ALICE.create(INTENT, intent(kind, data))


@pytest.mark.parametrize(
    "changed",
    [
        {"email": "other@example.com"},
        {"email": None},
        {"createdAt": Timestamp(NOW.nanos - 1)},
        {"createdAt": "now"},
        {"state": "done"},
    ],
)
def test_the_rest_of_an_intents_document_is_fixed(changed: dict[str, Any]) -> None:
    assert not ALICE.create(INTENT, intent("signup_completed", {}, **changed))


@pytest.mark.parametrize("missing", ["kind", "data", "email", "createdAt"])
def test_no_part_of_an_intents_document_may_be_missing(missing: str) -> None:
    whole = intent("signup_completed", {})
    del whole[missing]
    assert not ALICE.create(INTENT, whole)


@pytest.mark.parametrize("id_", ["a b", "x" * 65, "ä", "__x__", ".", ".."])
def test_an_intents_id_is_one_that_the_door_takes(id_: str) -> None:
    assert not ALICE.create(f"users/alice/intents/{id_}", intent("signup_completed", {}))


def test_only_the_user_sends_an_intent_and_none_is_changed() -> None:
    for caller in (MALLORY, STRANGER):
        assert not caller.create(INTENT, intent("signup_completed", {}))
    assert not ALICE.update("users/alice/intents/old", {"kind": "payment_attempted"})
    assert not ALICE.delete("users/alice/intents/old")


def test_one_bad_intent_of_a_batch_denies_all() -> None:
    good = Write("create", INTENT, intent("signup_completed", {}))
    assert ALICE.batch(good, Write("create", "users/alice/intents/new-2", intent("payment_attempted", {})))
    assert not ALICE.batch(good, Write("create", "users/alice/intents/new-2", intent("payment_attempted", {"x": 1})))


@pytest.mark.parametrize("path", ["users/alice", "users/alice/intents/old", "users/alice/statuses/old"])
def test_users_get_what_is_theirs_and_write_none_of_it(path: str) -> None:
    assert ALICE.get(path)
    for caller in (MALLORY, STRANGER):
        assert not caller.get(path)
    for caller in (ALICE, MALLORY, STRANGER):
        assert not caller.update(path, {"billing": {"plan": "pro"}})
        assert not caller.delete(path)
        assert not caller.list(path.rpartition("/")[0])
    assert not ALICE.create("users/alice/statuses/new", {"code": "signup_done"})
    assert not MALLORY.create("users/mallory", {"billing": {"plan": "pro"}})


def test_a_tickets_user_reads_it_with_its_history() -> None:
    mine = Where(("userId",), "==", "alice")
    for path in (f"tickets/{TICKET}", f"tickets/{TICKET}/history/1"):
        assert ALICE.get(path)
        for caller in (MALLORY, STRANGER):
            assert not caller.get(path)
        for caller in (ALICE, MALLORY, STRANGER):
            assert not caller.update(path, {"state": "resolved"})
            assert not caller.delete(path)
    assert ALICE.list("tickets", mine)
    assert ALICE.list(f"tickets/{TICKET}/history")
    assert not ALICE.list("tickets")
    assert not MALLORY.list("tickets", mine)
    assert not ALICE.create(f"tickets/{TICKET[:-1]}8", {"userId": "alice"})
    assert not ALICE.create(f"tickets/{TICKET}/history/2", {"to": "resolved"})


@pytest.mark.parametrize("path", ["inbox/e", "outbox/e", "customers/c", "later/x", "later/x/deep/y"])
@pytest.mark.parametrize("caller", [ALICE, MALLORY, STRANGER])
def test_everything_else_is_closed(caller: Caller, path: str) -> None:
    assert not caller.get(path)
    assert not caller.list(path.rpartition("/")[0])
    assert not caller.create(path, {})
    assert not caller.update(path, {"x": 1})
    assert not caller.delete(path)


def test_the_probe_finds_nothing_open_and_no_room() -> None:
    found = {risk.id for risk in risks(questions(RULESET, NOW)) if risk.level is not Level.LOOSE}
    loose = {risk.id for risk in risks(questions(RULESET, NOW)) if risk.id.startswith("loose.")}
    assert (found, loose) == (set(), set())


# The door and the rules


def _values(limit: int, examples: list[str]) -> st.SearchStrategy[Any]:
    near = st.integers(limit - 1, limit + 1).flatmap(lambda size: st.sampled_from("x 😀\u00a0").map(lambda c: c * size))
    text = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
    return st.one_of(st.sampled_from(examples), text, near, st.none(), st.booleans(), st.integers(0, 9), st.just({}))


def _data(kind: Kind, good: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    known = {
        name: _values(text.most, [good[name], "a\nb", "tab\there", " ", "\x1c", "\u2028", ""])
        for name, text in kind.fields.items()
    }
    return st.fixed_dictionaries({}, optional={**known, "other": st.just("x")})


def _door_takes(kind: str, id_: str, data: dict[str, Any], *, is_proven: bool) -> bool:
    person = Person("alice", ADDRESS, is_proven=is_proven)
    try:
        intents.parse(person, kind, json.dumps({"id": id_, "data": data}).encode(), "c")
    except Rejected:
        return False
    return True


@settings(max_examples=400, deadline=None)
@given(st.data(), st.sampled_from([*KINDS, "other"]), st.booleans())
def test_rules_and_door_say_the_same_of_an_intent(case: st.DataObject, kind: str, is_proven: bool) -> None:
    known = kind if kind in KINDS else "signup_completed"
    # Most cases are good ones with one thing changed, so that both verdicts are common.
    drawn = case.draw(_data(KINDS[known], GOOD[known]))
    changed = dict([*drawn.items()][:1])
    data = case.draw(st.sampled_from([drawn, {**GOOD[known], **changed}, {**GOOD[known], **changed}, GOOD[known]]))
    bad_id = case.draw(st.integers(0, 3)) == 0
    id_ = case.draw(st.sampled_from(["x" * 65, "__a__", "..", "ü", "a b"] if bad_id else ["a", "a.b:c_d-e", "x" * 64]))
    caller = ALICE if is_proven else UNVERIFIED
    answer = caller.create(f"users/alice/intents/{id_}", intent(kind, data))
    event("allowed" if answer else "denied")
    assert bool(answer) is _door_takes(kind, id_, data, is_proven=is_proven), str(answer)
