"""What turns each flow red."""

from __future__ import annotations

from dataclasses import replace

import pytest

from blueprint.finding import Status
from flows import forged_event, health, offline, payment, repeated_event, signup, stored_keys, support
from flows.edge import Answer
from flows.helpdesk import Opened
from flows.scene import set_up
from flows.stage import Stage

PAID = {"status": "active", "plan": payment.PLAN, "rev": 1}
PAYMENT = payment.Observation("u1", PAID, 2.0, ("https://api.acme.test/webhooks/stripe",))
ONCE = repeated_event.Observation("u1", "evt_1", {200: 50}, 1, 1, 1)
FORGED = forged_event.Observation({"a flipped bit": 400, "no signature": 400}, ())
SIGNUP = signup.Observation("u1", (202, 200), 401, {"crmContactId": "101"}, ("101",), 1.0)
SUPPORT = support.Observation(
    "tkt_1",
    (202, 200),
    {"message": support.MESSAGE, "helpdeskId": "7", "state": "waiting_on_user"},
    (Opened("7", support.MESSAGE),),
    1,
)

KEYS = stored_keys.Observation(("hubspot-token", "resend-key"), {})


@pytest.mark.parametrize(
    ("judge", "seen"),
    [
        (payment.judge, PAYMENT),
        (repeated_event.judge, ONCE),
        (forged_event.judge, FORGED),
        (signup.judge, SIGNUP),
        (support.judge, SUPPORT),
        (stored_keys.judge, KEYS),
    ],
)
def test_what_went_well_passes_with_evidence(judge, seen):
    finding = judge(seen)
    assert finding.status is Status.PASS
    assert finding.evidence


@pytest.mark.parametrize(
    ("judge", "seen", "words"),
    [
        (payment.judge, replace(PAYMENT, billing={}), "no billing block"),
        (payment.judge, replace(PAYMENT, billing={**PAID, "rev": 2}), "changed 2 times"),
        (payment.judge, replace(PAYMENT, billing={**PAID, "plan": "free"}), "on plan free"),
        (payment.judge, replace(PAYMENT, billing={**PAID, "status": "past_due"}), "past_due"),
        (payment.judge, replace(PAYMENT, seconds=30.5), "30.5 s"),
        (repeated_event.judge, replace(ONCE, answers={200: 49, 500: 1}), "1 times 500"),
        (repeated_event.judge, replace(ONCE, answers={200: 49}), "49 times 200"),
        (repeated_event.judge, replace(ONCE, changes=2), "billing changes: 2"),
        (repeated_event.judge, replace(ONCE, upserts=0), "CRM upserts: 0"),
        (repeated_event.judge, replace(ONCE, mails=2), "notifications: 2"),
        (forged_event.judge, replace(FORGED, answers={"a flipped bit": 200}), "a flipped bit: 200"),
        (forged_event.judge, replace(FORGED, answers={"no signature": 500}), "no signature: 500"),
        (forged_event.judge, replace(FORGED, answers={}), "0 stored"),
        (forged_event.judge, replace(FORGED, kept=("evt_1",)), "1 stored"),
        (signup.judge, replace(SIGNUP, user={}), "no user record"),
        (signup.judge, replace(SIGNUP, user={"email": "x"}), "no CRM contact"),
        (signup.judge, replace(SIGNUP, contacts=("102",)), "contact 101"),
        (signup.judge, replace(SIGNUP, contacts=("101", "102")), "2 in the CRM"),
        (signup.judge, replace(SIGNUP, stranger=202), "without a token 202"),
        (signup.judge, replace(SIGNUP, answers=(202, 202)), "answered 202 and then 202"),
        (support.judge, replace(SUPPORT, ticket={}), "0 tickets"),
        (support.judge, replace(SUPPORT, helpdesk=()), "0 at the helpdesk"),
        (support.judge, replace(SUPPORT, helpdesk=(Opened("8", support.MESSAGE),)), "1 at the helpdesk"),
        (support.judge, replace(SUPPORT, helpdesk=(Opened("7", "?"),)), "the text was changed"),
        (support.judge, replace(SUPPORT, mails=2), "2 mails"),
        (support.judge, replace(SUPPORT, ticket={**SUPPORT.ticket, "state": "new"}), "after the reply it is new"),
        (support.judge, replace(SUPPORT, answers=(503, 503), ticket_id=""), "503 and then 503"),
        (stored_keys.judge, replace(KEYS, wrong={"resend-key": "it is swapped"}), "it is swapped"),
    ],
)
def test_what_went_wrong_fails_in_words_and_with_a_cure(judge, seen, words):
    finding = judge(seen)
    assert finding.status is Status.FAIL
    assert words in finding.observed
    assert finding.fix


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (Answer(200, '{"status":"ok","service":"intake"}'), Status.PASS),
        (Answer(503, '{"service":"intake"}'), Status.FAIL),
        (Answer(200, "<html>a parking page</html>"), Status.FAIL),
        (Answer(200, '{"service":"sync-crm"}'), Status.FAIL),
        (Answer(200, "[]"), Status.FAIL),
    ],
)
def test_health_is_the_answer_of_the_service_itself(answer, status):
    assert health.judge("api.acme.test", answer).status is status


def test_a_missing_webhook_endpoint_is_named():
    assert "no webhook endpoint" in payment.judge(replace(PAYMENT, billing={}, endpoints=())).fix


def test_no_evidence_repeats_what_a_user_wrote():
    assert "It does not start" not in support.judge(SUPPORT).evidence


def test_flows_that_act_as_vendors_refuse_a_stage_without_them():
    with pytest.raises(ValueError, match="rehearsal only"), set_up(Stage("api.x.test", "x.test", "x", {})):
        pass


def test_two_runs_share_no_synthetic_user():
    first, second = (Stage("api.x.test", "x.test", "x", {}) for _ in range(2))
    assert first.user_id("payment") != second.user_id("payment")
    assert first.email("payment").endswith("@x.test")


def test_an_app_that_the_rules_refuse_fails_with_their_words():
    finding = offline.refused("u1", "create users/u1/intents/i as uid u1: denied: line 5: false")
    assert finding.status is Status.FAIL
    assert "line 5" in finding.evidence
    assert "rules merge" in finding.fix
