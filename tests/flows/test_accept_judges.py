"""What turns each acceptance criterion red."""

from __future__ import annotations

from dataclasses import replace

import pytest

from blueprint.finding import Status
from flows.accept import billing, budget, charge, closed, cut_off, ended, latency, money, repeat, signup, ticket, words
from flows.accept.runner import CRITERIA, chosen
from flows.helpdesk import Opened
from handlers.words import SENTENCES

ACTIVE = {"status": "active", "plan": billing.PLAN}
SIGNUP = signup.Observation("u1", {202: 1, 200: 2}, {"crmContactId": "101"}, ("101",), 1.0)
FAST = billing.Observation("u1", ACTIVE, 2.0)
CRM = billing.Observation("u1", ACTIVE, 2.0, lost=2, contacts=("101",))
PAST_DUE, CANCELED = {"status": "past_due", "plan": charge.PLAN}, {"status": "canceled", "plan": "free"}
CHARGE = charge.Observation("u1", PAST_DUE, 1, {"grace.reminder": 3, "grace.ended": 1}, 14.0, ACTIVE, CANCELED)
WORDS = ("Subject 👋", "Message 🦜")
TICKET = ticket.Observation(
    "tkt_1", WORDS, 202, 0.4, {"subject": WORDS[0], "message": WORDS[1]}, (Opened("7", WORDS[1]),), 1
)
ENDED = ended.Observation("tkt_1", 202, (ended.AGAIN,), "waiting_on_user", (ended.REPLY,))
CLOSED = closed.Observation("u1", {"a door": 403, "Firestore": "UNAUTHENTICATED"}, ACTIVE, ACTIVE, (), ())
COUNTS = repeat.Counts({"contact": 1, "ticket 0": 1})
REPEAT = repeat.Observation("u1", COUNTS, COUNTS, {200: 4})
LATENCY = latency.Observation([0.1] * 95 + [0.9] * 5, {200: 80, 202: 20})
BUDGET = budget.Observation("u1", {202: 10, 429: budget.TRIED - 10}, 403, 400)
CUT_OFF = cut_off.Observation((400, 400, 400), 200)
TOLD = {name: words.Told(code, SENTENCES[code]) for name, (code, _) in words.EXPECTED.items()}
RULES = closed.RULES.read_text()
OTHER_MODE = money.Observation("evt_1", {"state": "ignored", "reason": "the event is of live mode"}, ("free",))
PRICES = money.Observation("u1", {}, (money.BASIC, money.PLUS, "free", money.PLUS, "free", money.PLUS))
NOBODY = money.Observation("cus_1", {"state": "dead", "reason": "customer cus_1 pays for pro"}, ())
MOVED = money.Observation("u1", {}, (money.BASIC,))


def judge_signup(seen):
    return signup.judge(signup.ONCE, seen)


def judge_ticket(seen):
    return ticket.judge(ticket.FAST, seen)


def judge_words(seen):
    return words.judge("u1", seen)


def judge_repeat(seen):
    return repeat.judge(repeat.REPLAY, seen)


WELL = [
    (judge_signup, SIGNUP),
    (billing.judge_fast, FAST),
    (billing.judge_crm_down, CRM),
    (charge.judge, CHARGE),
    (judge_ticket, TICKET),
    (ended.judge, ENDED),
    (closed.judge_write, CLOSED),
    (closed.judge_read, CLOSED),
    (judge_repeat, REPEAT),
    (latency.judge, LATENCY),
    (budget.judge, BUDGET),
    (cut_off.judge, CUT_OFF),
    (judge_words, TOLD),
    (money.judge_mode, OTHER_MODE),
    (money.judge_plan, PRICES),
    (money.judge_unclaimed, NOBODY),
    (money.judge_extension, MOVED),
]


@pytest.mark.parametrize(("judge", "seen"), WELL)
def test_what_went_well_is_accepted_with_evidence(judge, seen):
    finding = judge(seen)
    assert finding.status is Status.PASS
    assert finding.evidence


@pytest.mark.parametrize(
    ("judge", "seen", "words"),
    [
        (judge_signup, replace(SIGNUP, user={}), "no user"),
        (judge_signup, replace(SIGNUP, user={"email": "x"}), "one user, 1 contacts"),
        (judge_signup, replace(SIGNUP, contacts=("101", "102")), "2 contacts"),
        (judge_signup, replace(SIGNUP, contacts=("102",)), "1 contacts"),
        (judge_signup, replace(SIGNUP, answers={202: 1, 503: 2}), "2 × 503"),
        (judge_signup, replace(SIGNUP, answers={}), "answered nothing"),
        (billing.judge_fast, replace(FAST, billing={}), "there is no billing record"),
        (billing.judge_fast, replace(FAST, seconds=30.1), "30.1 s"),
        (billing.judge_fast, replace(FAST, billing={**ACTIVE, "plan": "free"}), "plan free"),
        (billing.judge_crm_down, replace(CRM, lost=0), "0 calls to the CRM timed out"),
        (billing.judge_crm_down, replace(CRM, contacts=()), "then 0 contacts"),
        (billing.judge_crm_down, replace(CRM, contacts=("1", "2")), "then 2 contacts"),
        (billing.judge_crm_down, replace(CRM, seconds=31.0), "31.0 s"),
        (charge.judge, replace(CHARGE, told=0), "told 0 times"),
        (charge.judge, replace(CHARGE, told=2), "told 2 times"),
        (charge.judge, replace(CHARGE, timers={"grace.ended": 1}), "0 reminders and 1 end"),
        (charge.judge, replace(CHARGE, timers={"grace.reminder": 3}), "3 reminders and 0 end"),
        (charge.judge, replace(CHARGE, grace=0.0), "for 0.0 days"),
        (charge.judge, replace(CHARGE, failed={**PAST_DUE, "plan": "free"}), "failed: past_due on plan free"),
        (charge.judge, replace(CHARGE, recovered=PAST_DUE), "recovered: past_due"),
        (charge.judge, replace(CHARGE, ended={**CANCELED, "plan": charge.PLAN}), f"canceled on plan {charge.PLAN}"),
        (charge.judge, replace(CHARGE, ended={}), "ended: nothing"),
        (judge_ticket, replace(TICKET, seconds=2.1), "2.10 s"),
        (judge_ticket, replace(TICKET, ticket={}), "no ticket"),
        (judge_ticket, replace(TICKET, ticket={"subject": WORDS[0], "message": "?"}), "changed"),
        (judge_ticket, replace(TICKET, there=(Opened("7", "?"),)), "changed"),
        (judge_ticket, replace(TICKET, there=()), "0 at the helpdesk"),
        (judge_ticket, replace(TICKET, mails=2), "2 notifications"),
        (judge_ticket, replace(TICKET, status=503), "answered 503"),
        (closed.judge_write, replace(CLOSED, after={**ACTIVE, "plan": "stolen"}), "billing was changed"),
        (closed.judge_write, replace(CLOSED, answers={"a door": 200}), "a door: 200"),
        (closed.judge_write, replace(CLOSED, answers={"a door": 500}), "a door: 500"),
        (closed.judge_write, replace(CLOSED, answers={"Firestore": "OK"}), "Firestore: OK"),
        (closed.judge_write, replace(CLOSED, answers={}), "nothing was asked"),
        (ended.judge, replace(ENDED, heard=()), "heard 0 answers, not the user's"),
        (ended.judge, replace(ENDED, heard=(ended.AGAIN, ended.AGAIN)), "heard 2 answers"),
        (ended.judge, replace(ENDED, status=503), "answered 503"),
        (ended.judge, replace(ENDED, told=()), "the reply did not come"),
        (ended.judge, replace(ENDED, state="assigned"), "the ticket is assigned"),
        (closed.judge_write, replace(CLOSED, rules=("that",)), "not so in firestore.rules: that"),
        (closed.judge_read, replace(CLOSED, leaked=("GET /x",)), "told by GET /x"),
        (closed.judge_read, replace(CLOSED, answers={"a door": 200}), "a door: 200"),
        (judge_repeat, replace(REPEAT, after=repeat.Counts({"contact": 2})), "2 × contact"),
        (judge_repeat, replace(REPEAT, after=repeat.Counts({"ticket 0": 0})), "0 × ticket 0"),
        (judge_repeat, replace(REPEAT, before=repeat.Counts({})), "once"),
        (judge_repeat, replace(REPEAT, answers={500: 1}), "1 × 500"),
        (judge_repeat, replace(REPEAT, answers={}), "answered nothing"),
        (money.judge_mode, replace(OTHER_MODE, plans=("pro",)), "plan pro"),
        (money.judge_mode, replace(OTHER_MODE, record={"state": "done"}), "done"),
        (money.judge_plan, replace(PRICES, plans=(money.BASIC, money.BASIC, "free", money.PLUS)), money.BASIC),
        (money.judge_plan, replace(PRICES, plans=(money.BASIC, money.PLUS, money.PLUS, money.PLUS)), money.PLUS),
        (money.judge_plan, replace(PRICES, plans=(money.BASIC, money.PLUS, "free", "free")), "free → free"),
        (money.judge_plan, replace(PRICES, plans=(*PRICES.plans[:5], "free")), "free → free"),
        (money.judge_plan, replace(PRICES, plans=(*PRICES.plans[:4], money.PLUS, money.PLUS)), money.PLUS),
        (money.judge_unclaimed, replace(NOBODY, record={"state": "ignored", "reason": ""}), "ignored"),
        (money.judge_unclaimed, replace(NOBODY, record={"state": "dead", "reason": "?"}), "dead: ?"),
        (money.judge_extension, replace(MOVED, plans=("free",)), "plan free"),
        (latency.judge, replace(LATENCY, seconds=[0.1] * 94 + [0.9] * 6), "within 900 ms"),
        (latency.judge, replace(LATENCY, answers={200: 99, 503: 1}), "1 × 503"),
        (latency.judge, latency.Observation([], {}), "answered nothing"),
    ],
)
def test_what_went_wrong_is_not_accepted_in_words_and_with_a_cure(judge, seen, words):
    finding = judge(seen)
    assert finding.status is Status.FAIL
    assert words in finding.observed
    assert finding.fix


def test_the_rules_of_this_project_hold_what_the_criteria_say_of_them():
    assert closed.untrue(RULES) == ()


@pytest.mark.parametrize(
    ("part", "instead", "claim"),
    [
        ("allow get: if isUser(userId);", "allow get: if isSignedIn();", "any signed-in user can read"),
        ("allow get: if isUser(userId);", "allow get, write: if isUser(userId);", "a user can write what only"),
        ("request.auth.uid == userId", "request.auth.uid != null", "any signed-in user can"),
        ("allow read, write: if false;", "allow read: if true;", "anyone, signed in or not, can read"),
    ],
)
def test_rules_that_open_a_door_are_named(part, instead, claim):
    assert part in RULES
    assert any(claim in each for each in closed.untrue(RULES.replace(part, instead)))


def test_no_evidence_repeats_what_a_user_wrote():
    assert "Message" not in judge_ticket(TICKET).evidence


def test_a_criterion_may_be_named_without_the_common_beginning():
    assert chosen(["replay", "accept.latency"]) == ["accept.latency", "accept.replay"]
    assert chosen([]) == list(CRITERIA)


@pytest.mark.parametrize(
    ("judge", "seen"),
    [
        (budget.judge, replace(BUDGET, answers={202: budget.TRIED})),
        (budget.judge, replace(BUDGET, unproven=202)),
        (budget.judge, replace(BUDGET, strange=202)),
        (cut_off.judge, replace(CUT_OFF, forged=(400, 200))),
        (cut_off.judge, replace(CUT_OFF, forged=())),
        (cut_off.judge, replace(CUT_OFF, genuine=503)),
        (judge_words, {}),
        (judge_words, {**TOLD, "a declined card": TOLD["a wait"]}),
        (judge_words, {**TOLD, "too many requests": words.Told("too_many", "Rejected (429).")}),
    ],
)
def test_a_door_that_lets_too_much_in_or_speaks_in_riddles_is_not_accepted(judge, seen):
    assert judge(seen).status is Status.FAIL
