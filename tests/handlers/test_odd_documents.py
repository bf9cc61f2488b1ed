"""One odd document never stops a sweep: the others are looked after, and a person hears of the odd one."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from handlers import reconcile
from handlers.billing.plans import Price
from handlers.billing.stripe_events import Customer, Subscription
from handlers.doors.routing import Call
from handlers.doors.scheduler_calls import SweepDoor
from handlers.outside.firebase_accounts import Account
from handlers.work.acceptor import Acceptor

PRO = Subscription("sub_1", "cus_1", "active", (Price("price_pro", "pro"),), 2_000)


@pytest.fixture
def door(documents, queue, stripe, accounts, terms, clock, log):
    for user_id in ("u1", "u2"):
        accounts.kept[user_id] = Account(user_id, f"{user_id}@acme.test", email_verified=True)
    return SweepDoor(Acceptor(documents, queue, clock, log), stripe, accounts, terms, log)


def sweep(door, name):
    answer = door(Call({}, {"name": name}))
    assert answer.status == 200
    return answer.body


def forgotten(door, user_id, **data):
    """An intent of a user whose address is verified, which nobody took in."""
    old = door.acceptor.clock() - timedelta(hours=5)
    wanted = {"subject": "s", "message": "m", **data}
    return {"kind": "support_requested", "email": f"{user_id}@acme.test", "data": wanted, "createdAt": old}


def taken_in(documents):
    return [record["userId"] for record in documents.of("inbox").values() if record["source"] == "intent"]


def test_a_time_inside_an_intents_data_does_not_end_the_nightly_sweep(door, documents):
    odd = {"at": door.acceptor.clock(), "raw": b"\x00", "far": float("inf")}
    documents.kept["users/u1/intents/a"] = forgotten(door, "u1", **odd)
    documents.kept["users/u2/intents/b"] = forgotten(door, "u2")
    sweep(door, "night")
    assert taken_in(documents) == ["u2"]
    told = [fields for path, fields in documents.kept.items() if path.startswith("users/u1/") and "code" in fields]
    assert [each["code"] for each in told] == ["bad_intent"]


@pytest.mark.parametrize(
    "path", ["intents/a", "teams/t/users/u1/intents/a", "shops/s/intents/a", "users/u1/intents/a b"]
)
def test_a_collection_of_the_founders_own_that_is_called_intents_is_left_alone(door, documents, path):
    documents.kept[path] = {"anything": 1}
    documents.kept["users/u2/intents/b"] = forgotten(door, "u2")
    sweep(door, "night")
    assert taken_in(documents) == ["u2"]
    assert "users/u1/statuses/a" not in documents.kept


@pytest.mark.parametrize("when", ["yesterday", 5, None, {"seconds": 5}])
def test_an_intent_whose_time_is_of_another_type_is_taken_in_as_an_old_one(door, documents, when):
    documents.kept["users/u1/intents/a"] = {**forgotten(door, "u1"), "createdAt": when}
    assert sweep(door, "night")["forgotten_intents"] == 1


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("users/odd", {"billing": "gold"}),
        ("users/odd", {"billing": {"rev": "many"}, "stripeCustomerIds": ["cus_1"]}),
        ("users/odd", {"stripeCustomerIds": 7}),
        ("users/odd", {"email": 5, "signedUpAt": "then"}),
        ("users/odd", {"email": ["odd@acme.test"], "signedUpAt": 1}),
        ("users/odd", {"email": {"home": "odd@acme.test"}, "signedUpAt": 1}),
        ("users/odd", {"stripeCustomerIds": [{"id": "cus_1"}]}),
        ("users/odd", {"stripeCustomerIds": "cus_1"}),
        ("users/odd", {"stripeCustomerIds": ["cus_1"], "stripeTypedCustomerIds": [{"id": "cus_1"}]}),
        ("users/odd", {"stripeCustomerIds": ["cus_1"], "billing": {"status": "past_due", "graceUntil": "soon"}}),
        ("users/odd", {"stripeCustomerIds": ["cus_1"], "billing": {"plan": "pro", "graceCounted": 5}}),
        ("tickets/odd", {"helpdeskId": "", "createdAt": "yesterday"}),
        ("tickets/odd", {"helpdeskId": ""}),
        ("customers/cus_1", {"stripeId": "cus_9"}),
        ("outbox/odd", {"state": "failed"}),
        ("outbox/odd", {"state": "failed", "kind": "crm_contact"}),
        ("outbox/odd", {"state": "failed", "kind": "crm_contact", "createdAt": "then", "payload": 7}),
    ],
)
def test_an_odd_document_does_not_keep_the_others_from_being_reconciled(
    door, documents, stripe, accounts, lines, path, fields
):
    documents.kept[path] = fields
    stripe.truth["cus_1"] = [replace(PRO, status="past_due")]
    accounts.kept["odd"] = Account("odd", "odd@acme.test", email_verified=True)
    documents.kept["users/u1"] = {"email": "ada@acme.test", "signedUpAt": 1, "crmContactId": "7"}
    documents.kept["users/u2"] = {"email": "u2@acme.test", "signedUpAt": 1}  # without a contact: was one refused?
    accounts.kept["u1"] = Account("u1", "ada@acme.test", True, {"plan": "pro"})  # differs: nothing is paid for
    assert sweep(door, "night")["repairs_sent"] >= 1
    assert any(record["kind"] == "claims_differ" for record in documents.of("inbox").values())
    now = door.acceptor.clock()
    seen = reconcile.look(documents, stripe, accounts, door.terms, now)
    assert ("claims", "u1") in {(each.kind, each.subject) for each in reconcile.differences(seen, door.terms, now)}


def test_an_odd_user_whose_address_pays_does_not_keep_the_others_from_being_reconciled(
    door, documents, stripe, accounts
):
    """Whose customer it is is asked by the address, and that user's document cannot be read."""
    documents.kept["users/odd"] = {"stripeCustomerIds": 7, "email": "odd@acme.test"}
    stripe.truth["cus_9"], stripe.customers["cus_9"] = [replace(PRO, customer="cus_9")], Customer("", "odd@acme.test")
    accounts.kept["odd"] = Account("odd", "odd@acme.test", email_verified=True)
    documents.kept["users/u1"] = {"email": "ada@acme.test", "signedUpAt": 1, "crmContactId": "7"}
    accounts.kept["u1"] = Account("u1", "ada@acme.test", True, {"plan": "pro"})
    assert sweep(door, "night")["repairs_sent"] >= 1
    now = door.acceptor.clock()
    seen = reconcile.look(documents, stripe, accounts, door.terms, now)
    found = {(each.kind, each.subject) for each in reconcile.differences(seen, door.terms, now)}
    assert {("claims", "u1"), ("customer", "cus_9"), ("document", "users/odd")} <= found


def test_an_odd_event_or_effect_does_not_keep_the_others_from_being_sent_again(door, documents, clock, queue, lines):
    old = clock() - timedelta(hours=1)
    waiting = {"state": "received", "receivedAt": old, "leaseUntil": None, "kind": "invoice.paid", "source": "stripe"}
    documents.kept["inbox/odd"] = {"state": "received", "receivedAt": old}
    documents.kept["inbox/good"] = {**waiting, "correlationId": "c1", "service": "sync-payments"}
    documents.kept["outbox/odd"] = {"state": "pending", "dueAt": old}
    assert sweep(door, "minute")["sent"] == 1
    assert [task.path for task in queue.sent] == ["/events/good/run"]
    assert lines.getvalue().count('"outcome": "odd_document"') == 2


def test_an_odd_event_that_stripe_lists_does_not_keep_the_others_from_being_taken_in(door, documents, stripe, lines):
    good = {"id": "evt_2", "type": "invoice.paid", "livemode": True, "data": {"object": {}}}
    stripe.listed = [{"id": 5}, good]
    assert sweep(door, "hour") == {"events": 2, "missed": 0, "history": 1, "unanswered": 0}
    assert "inbox/evt_2" in documents.kept


class Strict:
    """The same documents behind Firestore's own rule: a document's path has no empty part, and an even number."""

    def __init__(self, documents):
        self._documents = documents

    def __getattr__(self, name):
        return getattr(self._documents, name)

    def get(self, path):
        parts = path.split("/")
        if len(parts) % 2 or not all(parts):
            raise ValueError("A document must have an even number of path elements")
        return self._documents.get(path)


def repaired_in_two_nights(door, documents, accounts):
    """Have u1 differ, as nothing is paid for, and return whom two nights' sweeps repaired."""
    documents.kept["users/u1"] = {"email": "u1@acme.test", "signedUpAt": 1, "crmContactId": "7"}
    accounts.kept["u1"] = Account("u1", "u1@acme.test", True, {"plan": "pro"})
    for _ in range(2):
        sweep(door, "night")
        door.acceptor.clock.move(days=1)
    return [record["userId"] for record in documents.of("inbox").values() if record.get("source") == "reconcile"]


@pytest.mark.parametrize("odd", ["a/b", "a/b/c", "", "..", "__x__", "x" * 1_501])
def test_an_id_that_no_document_can_have_does_not_keep_the_others_from_being_reconciled(
    door, documents, stripe, accounts, odd
):
    """Firebase takes any text as an account's id, and a subscription may be of no customer."""
    strict = replace(door, acceptor=replace(door.acceptor, documents=Strict(documents)))
    accounts.kept[odd] = Account(odd, "odd@acme.test", True, {"plan": "pro"}, created=1.0)
    stripe.truth["cus_9"] = [replace(PRO, id="sub_9", customer="cus_9"), replace(PRO, id="sub_8", customer="")]
    stripe.customers["cus_9"] = Customer("", "odd@acme.test")
    documents.kept["inbox/odd"] = {"state": "done", "receivedAt": door.acceptor.clock(), "userId": odd}
    repaired = repaired_in_two_nights(strict, documents, accounts)
    assert "u1" in repaired
    assert odd not in repaired
    now = door.acceptor.clock()
    seen = reconcile.look(strict.acceptor.documents, stripe, accounts, door.terms, now)
    told = {(each.kind, each.subject) for each in reconcile.differences(seen, door.terms, now)}
    assert ("customer", "cus_9") in told  # it pays, and nobody has the plan: a person has to look
    assert odd not in {subject for _, subject in told}


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        *(("users/odd", {"stripeCustomerIds": [each], "billing": {"plan": "pro"}}) for each in ("", "a/b", "a//b")),
        *(("customers/cus_9", {"userId": each}) for each in ("a/b", "/", {"id": "u1"}, 5)),
        ("users/odd", {"stripeCustomerIds": ["cus_9"], "billing": {"rev": float("inf")}}),
        ("users/odd", {"stripeCustomerIds": ["cus_9"], "billing": {"checks": float("nan")}}),
    ],
)
def test_an_odd_link_between_user_and_customer_does_not_keep_the_others_from_being_reconciled(
    door, documents, stripe, accounts, path, fields
):
    documents.kept[path] = fields
    strict = replace(door, acceptor=replace(door.acceptor, documents=Strict(documents)))
    stripe.truth["cus_9"] = [replace(PRO, id="sub_9", customer="cus_9")]
    repaired = repaired_in_two_nights(strict, documents, accounts)
    assert "u1" in repaired
    now = door.acceptor.clock()
    seen = reconcile.look(strict.acceptor.documents, stripe, accounts, door.terms, now)
    assert ("claims", "u1") in {(each.kind, each.subject) for each in reconcile.differences(seen, door.terms, now)}
