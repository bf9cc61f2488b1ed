"""A monitor over a world, with a real sink for its mails: what is told, when, and how often."""

from __future__ import annotations

import asyncio
import itertools
import ssl
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from localcloud.base import ports, process
from localcloud.base.world import World
from localcloud.monitoring import api, channels
from localcloud.monitoring.clock import WorldClock
from localcloud.monitoring.incident_store import IncidentStore, Notice
from localcloud.monitoring.monitor import Monitor, Surroundings
from localcloud.monitoring.sample_store import SampleStore
from localcloud.saas import mailbox, smtp

ON_CALL = "oncall@acme.test"
DEPTH = 'max_over_time(cloudtasks_googleapis_com:queue_depth{monitored_resource="cloud_tasks_queue"}[5m])'
DEEP = {
    "conditionPrometheusQueryLanguage": {
        "query": f"{DEPTH} > 2.5",
        "duration": "120s",
    }
}
LINE = {"conditionMatchedLog": {"filter": 'jsonPayload.outcome="final_failure"'}}


class Stage:
    """A world whose queue, clock and sink a test has in hand."""

    def __init__(self, world: World, sink: int) -> None:
        self.world, self.depth, self.machine = world, 0, 1_800_000_000.0
        self.clock = WorldClock(world, lambda: self.machine)
        self.around = Surroundings(
            lambda: {"crm": self.depth}, lambda _: None, ssl.create_default_context(), sink, self._settle
        )

    async def _settle(self) -> None:
        await asyncio.sleep(0)

    def started(self) -> Monitor:
        """Return a monitor that has begun, as after the start of its process."""
        monitor = Monitor(self.world, self.clock, self.around)
        asyncio.run(_begun(monitor))
        return monitor

    def mails(self) -> list[mailbox.Mail]:
        return [mailbox.read(entry.data["raw"]) for entry in self.world.journal(mailbox.KIND)]


async def _begun(monitor: Monitor) -> None:
    running = asyncio.create_task(monitor.run())
    await asyncio.sleep(0.05)
    running.cancel()


@pytest.fixture
def stage(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    monkeypatch.setattr("localcloud.monitoring.monitor.SETTLED", 0.0)
    port = ports.free_port()
    with process.on_thread(smtp.serving(world, port)):
        yield Stage(world, port)


def advance(monitor: Monitor, minutes: int) -> None:
    asyncio.run(monitor.advance(minutes))


def test_an_alert_tells_once_that_it_opens_and_once_that_it_is_over(stage: Stage, policy: Callable[..., None]) -> None:
    policy(DEEP)
    monitor = stage.started()
    advance(monitor, 3)
    stage.depth = 5
    advance(monitor, 2)
    assert stage.mails() == []  # it has to last
    advance(monitor, 10)
    (opened,) = stage.mails()
    assert (opened.to, opened.subject) == (ON_CALL, "[ALERT - Error] A queue is stuck")
    assert opened.text.startswith("Work has waited. Look at the queue.")
    assert "queue_id: crm" in opened.text
    stage.depth = 0
    advance(monitor, 10)
    assert [mail.subject for mail in stage.mails()[1:]] == ["[RESOLVED] A queue is stuck"]


def test_a_line_tells_once_and_ends_without_a_word(stage: Stage, policy: Callable[..., None]) -> None:
    policy(LINE, alertStrategy={"autoClose": "1800s", "notificationRateLimit": {"period": "1800s"}})
    monitor = stage.started()
    for _ in range(3):
        stage.world.record("log", "intake", severity="ERROR", message="gave up", outcome="final_failure")
        advance(monitor, 1)
    advance(monitor, 35)
    assert [mail.subject for mail in stage.mails()] == ["[ALERT - Error] A queue is stuck"]
    assert [each.is_open for each in monitor.incidents.all()] == [False]


def test_a_restart_neither_repeats_nor_forgets(stage: Stage, policy: Callable[..., None]) -> None:
    policy(DEEP)
    monitor = stage.started()
    stage.depth = 5
    advance(monitor, 6)
    advance(stage.started(), 3)
    assert len(stage.mails()) == 1
    stage.depth = 0
    advance(stage.started(), 7)
    assert len(stage.mails()) == 2


def test_what_was_killed_between_sending_and_noting_is_not_sent_again(stage: Stage) -> None:
    store = IncidentStore(stage.world)
    sent, unsent = Notice("1-opened@x", ON_CALL, "One", "text"), Notice("2-opened@x", ON_CALL, "Two", "text")
    for notice in (sent, unsent):
        store.owe(notice)
    channels.send(stage.around.smtp, sent.address, sent.subject, sent.text, sent.id)
    stage.started()
    assert [mail.subject for mail in stage.mails()] == ["One", "Two"]
    assert store.owed() == []


def test_a_mail_that_nobody_takes_is_sent_as_soon_as_somebody_does(stage: Stage, policy: Callable[..., None]) -> None:
    policy(DEEP)
    there, stage.around = stage.around, replace(stage.around, smtp=ports.free_port())
    monitor = stage.started()
    stage.depth = 5
    advance(monitor, 5)
    assert stage.mails() == []
    stage.around = there
    stage.started()
    assert len(stage.mails()) == 1


def test_after_a_night_without_a_monitor_the_silence_is_not_taken_for_an_outage(
    stage: Stage, policy: Callable[..., None]
) -> None:
    policy(
        {
            "conditionPrometheusQueryLanguage": {
                "query": 'vector(1) unless (sum(increase(a_b{monitored_resource="r"}[10m])) > 0.5)',
                "duration": "600s",
            }
        }
    )
    advance(stage.started(), 2)
    stage.machine += 8 * 3600
    monitor = stage.started()
    advance(monitor, 5)
    assert stage.mails() == []
    advance(monitor, 6)
    assert len(stage.mails()) == 1


def test_a_drill_may_begin_without_the_samples_from_before(stage: Stage, policy: Callable[..., None]) -> None:
    policy(DEEP)
    monitor = stage.started()
    stage.depth = 5
    advance(monitor, 1)
    asyncio.run(monitor.begin_anew())
    assert not monitor.measured().series
    advance(monitor, 1)
    assert stage.mails() == []
    advance(monitor, 3)
    assert len(stage.mails()) == 1


def test_a_policy_that_cannot_be_judged_is_named_and_holds_up_no_other(
    stage: Stage, policy: Callable[..., None]
) -> None:
    policy({"conditionPrometheusQueryLanguage": {"query": "absent(x)"}})
    monitor = stage.started()
    advance(monitor, 1)
    assert "A queue is stuck" in monitor.unjudged[0]


def test_the_api_answers_in_the_form_of_the_real_one(stage: Stage, policy: Callable[..., None]) -> None:
    policy(DEEP)
    monitor = stage.started()
    stage.depth = 5
    advance(monitor, 4)
    asked = {"query": DEPTH}
    (found,) = api.query(monitor, asked)["data"]["result"]
    assert (found["metric"]["queue_id"], found["value"][1]) == ("crm", "5")
    (alert,) = api.alerts(stage.world, monitor, {"project": "acme"})["alerts"]
    assert (alert["state"], alert["policy"]["displayName"]) == ("OPEN", "A queue is stuck")
    for wrong in ({"query": "absent(x)"}, {**asked, "time": "yesterday"}):
        with pytest.raises(api.BadQueryError):
            api.query(monitor, wrong)


def test_entries_are_listed_by_a_filter_the_newest_first(world: World) -> None:
    for number in range(3):
        world.record("log", "intake", severity="INFO" if number else "ERROR", message=f"line {number}")
    asked: dict[str, Any] = {"resourceNames": ["projects/acme"], "orderBy": "timestamp desc", "filter": "severity=INFO"}
    found = api.listed(world, asked)["entries"]
    assert [entry["jsonPayload"]["message"] for entry in found] == ["line 2", "line 1"]
    assert len(api.listed(world, {**asked, "pageSize": 1})["entries"]) == 1
    for wrong in ({"filter": "severity="}, {"resourceNames": []}):
        with pytest.raises(api.BadQueryError):
            api.listed(world, {**asked, **wrong})


def test_samples_survive_a_restart_and_the_clock_never_goes_back(world: World) -> None:
    series = ("a:b", (("monitored_resource", "r"),))
    store = SampleStore(world)
    store.add(60, 1, {series: 2}, {})
    store = SampleStore(world)
    store.add(120, 2, {series: 3}, {})
    assert list(SampleStore(world).measured().series["a:b"][series[1]].values) == [2, 5]
    assert store.last == (120, 2)
    with pytest.raises(ValueError, match="cannot go back"):
        WorldClock(world).advance(-1)


def test_hours_can_be_skipped_in_which_nothing_happens_and_nobody_is_told(
    stage: Stage, policy: Callable[..., None]
) -> None:
    policy(DEEP)
    monitor = stage.started()
    stage.depth = 1
    advance(monitor, 2)
    before = monitor.now()
    asyncio.run(monitor.skip(600))
    assert monitor.now() - before == 600 * 60
    (depths,) = monitor.measured().series["cloudtasks_googleapis_com:queue_depth"].values()
    assert set(depths.values[-600:]) == {1.0}
    assert [later - sooner for sooner, later in itertools.pairwise(depths.times)] == [60] * (len(depths.times) - 1)
    stage.depth = 5
    advance(monitor, 2)
    assert stage.mails() == []
    advance(monitor, 2)
    assert len(stage.mails()) == 1


def test_what_was_skipped_is_still_there_after_a_restart(stage: Stage) -> None:
    monitor = stage.started()
    stage.depth = 2
    advance(monitor, 1)
    asyncio.run(monitor.skip(30))
    kept = SampleStore(stage.world).measured().series["cloudtasks_googleapis_com:queue_depth"]
    assert [samples.values[-31:] for samples in kept.values()] == [[2.0] * 31]
