"""What a drill makes of what it saw; each way of being wrong has a case."""

from __future__ import annotations

from dataclasses import replace

import pytest

from flows.drill.drill import Result, _turn
from flows.drill.judging import Seen, judge, unclear
from flows.drill.table import INJURIES
from flows.drill.watching import Incident
from localcloud.saas.mailbox import Mail
from monitors.alerts import Wakes
from monitors.cases.catalogue import watched

ALERTS = watched()
STUCK = ALERTS["queue-stuck"]
ON_CALL = "oncall@acme.test"
CRM = {"queue_id": "crm"}
TEXT = f"{STUCK.message}\n\nWakes {STUCK.wakes.value}.\n\n./launch status --stack local\n\nqueue_id: crm\n"
INCIDENT = Incident("alerts/1", STUCK.title, {**CRM, "monitored_resource": "cloud_tasks_queue"}, is_open=False)
OPENED = Mail("1", ON_CALL, f"[ALERT - Error] {STUCK.title}", TEXT)
CLOSED = Mail("2", ON_CALL, f"[RESOLVED] {STUCK.title}", f"{STUCK.title}\n\nqueue_id: crm\n")
SEEN = Seen([INCIDENT], [OPENED, CLOSED])


def wrong(seen: Seen) -> str:
    return "; ".join(judge("a slow CRM", STUCK, CRM, ON_CALL, seen, 20).wrong)


def test_one_incident_that_was_told_once_and_has_closed_is_well() -> None:
    assert judge("a slow CRM", STUCK, CRM, ON_CALL, SEEN, 20).is_well


@pytest.mark.parametrize(
    ("seen", "words"),
    [
        (Seen([], []), "it opened no incident; 0 mails came when it opens"),
        (replace(SEEN, incidents=[INCIDENT, replace(INCIDENT, id="alerts/2")]), "it opened 2 incidents"),
        (replace(SEEN, incidents=[replace(INCIDENT, is_open=True)]), "it is still open"),
        (replace(SEEN, incidents=[replace(INCIDENT, labels={"queue_id": "mail"})]), "it opened no incident"),
        (replace(SEEN, incidents=[replace(INCIDENT, title="Another")]), "it opened no incident"),
        (replace(SEEN, mails=[CLOSED]), "0 mails came when it opens instead of one"),
        (replace(SEEN, mails=[OPENED, OPENED, CLOSED]), "2 mails came when it opens instead of one"),
        (replace(SEEN, mails=[OPENED]), "0 mails came when it closes instead of one"),
        (replace(SEEN, mails=[OPENED, CLOSED, CLOSED]), "2 mails came when it closes instead of one"),
        (replace(SEEN, mails=[replace(OPENED, to="nobody@acme.test"), CLOSED]), "a mail went to nobody@acme.test"),
        (replace(SEEN, mails=[replace(OPENED, text="CPU > 80 %\nqueue_id: crm"), CLOSED]), "what a founder notices"),
    ],
)
def test_each_way_of_being_wrong_is_named(seen: Seen, words: str) -> None:
    assert words in wrong(seen)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (TEXT.replace(STUCK.message, "Queue depth"), "does not begin with"),
        (TEXT.replace("Wakes", "").replace(STUCK.wakes.value, ""), "whom it wakes"),
        (TEXT.replace("./launch ", "gcloud "), "no command to paste"),
        (f"{TEXT}--stack STACK", "leaves the stack's name open"),
    ],
)
def test_a_mail_that_a_founder_would_not_understand_is_named(text: str, words: str) -> None:
    assert [words in problem for problem in unclear(replace(OPENED, text=text), STUCK)] == [True]


def test_mails_of_another_queue_are_not_of_this_one() -> None:
    other = replace(OPENED, text=TEXT.replace("queue_id: crm", "queue_id: payments"))
    assert wrong(replace(SEEN, mails=[OPENED, other, CLOSED])) == ""


def test_two_injuries_of_one_alert_each_have_their_own_turn() -> None:
    second = replace(INCIDENT, id="alerts/2")
    seen = Seen([second, INCIDENT], [OPENED, CLOSED, OPENED, CLOSED])
    turns = [_turn(seen, STUCK.title, number, 2) for number in (0, 1)]
    assert [[each.id for each in turn.incidents] for turn in turns] == [["alerts/1"], ["alerts/2"]]
    assert all(judge("x", STUCK, CRM, ON_CALL, turn, 5).is_well for turn in turns)
    thrice = Seen([replace(INCIDENT, id="alerts/3"), *seen.incidents], [*seen.mails, OPENED, CLOSED])
    assert "it opened 2 incidents" in wrong(_turn(thrice, STUCK.title, 1, 2))


def test_every_injury_has_an_alert_of_the_full_set() -> None:
    assert {injury.alert for injury in INJURIES} <= set(ALERTS)
    assert len({injury.name for injury in INJURIES}) == len(INJURIES)


def test_no_alert_of_either_set_is_without_an_injury() -> None:
    assert set(ALERTS) - {injury.alert for injury in INJURIES} == set()


def test_what_a_line_raises_is_closed_without_a_mail() -> None:
    line, text = ALERTS["final-failures"], ALERTS["final-failures"].message + "\n./launch " + Wakes.ON_CALL.value
    incident = Incident("alerts/1", line.title, {}, is_open=False)
    opened = Mail("1", ON_CALL, f"[ALERT - Error] {line.title}", text)
    closed = replace(opened, subject=f"[RESOLVED] {line.title}")
    assert judge("x", line, {}, ON_CALL, Seen([incident], [opened]), 1).wrong == ()
    said = judge("x", line, {}, ON_CALL, Seen([incident], [opened, closed]), 1).wrong
    assert said == ("1 mails came when it closes instead of none",)


def test_a_drill_without_injuries_proves_nothing() -> None:
    assert not Result([], 1.0, 10).is_well
    well = judge("a slow CRM", STUCK, CRM, ON_CALL, SEEN, 20)
    assert str(Result([well], 61.0, 90)).startswith("PASS drill: 1 of 1 injuries")
