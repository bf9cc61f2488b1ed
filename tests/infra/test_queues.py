from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from handlers.work import inbox, outbox
from infra.queues import APIS, QueueConfig, Queues
from localcloud.control import pacing

CONFIG = QueueConfig("events", "europe-west1", {"intake": "serviceAccount:intake@x"})


def test_the_queue_waits_ever_longer_between_attempts_up_to_four_minutes(provision: Any, project: Any) -> None:
    made = provision(lambda: Queues("queues", (CONFIG,), project(*APIS)))
    retry = made.one("queue:Queue").inputs["retryConfig"]
    assert (retry["minBackoff"], retry["maxBackoff"], retry["maxDoublings"]) == ("1s", "240s", 16)


def test_the_queue_has_more_patience_than_an_event_and_its_effects_together(provision: Any, project: Any) -> None:
    made = provision(lambda: Queues("queues", (CONFIG,), project(*APIS)))
    config = {"retryConfig": made.one("queue:Queue").inputs["retryConfig"]}
    retries, day = pacing.retry_config(config), timedelta(days=1)
    longest = (inbox.GIVE_UP_AFTER + outbox.GIVE_UP_AFTER + timedelta(seconds=retries.max_backoff)).total_seconds()
    assert not retries.exhausted(attempts=10_000, first_attempt=0.0, now=longest)
    assert retries.exhausted(attempts=10_000, first_attempt=0.0, now=(8 * day).total_seconds())


def test_senders_may_add_tasks_to_this_queue_and_no_more(provision: Any, project: Any) -> None:
    made = provision(lambda: Queues("queues", (CONFIG,), project(*APIS)))
    granted = made.one("QueueIamMember").inputs
    assert (granted["role"], granted["member"], granted["name"]) == (
        "roles/cloudtasks.enqueuer",
        "serviceAccount:intake@x",
        "events",
    )


def test_the_queue_is_known_by_its_full_name(provision: Any, project: Any, keep: Any, seen: dict[str, Any]) -> None:
    provision(lambda: keep("path", Queues("queues", (CONFIG,), project(*APIS)).paths[0]))
    assert seen["path"] == "projects/acme-rehearsal/locations/europe-west1/queues/events"


def test_every_provider_has_a_queue_that_takes_work_from_those_who_send_it(provision: Any, project: Any) -> None:
    crm = replace(CONFIG, name="crm", senders={"sync-crm": "serviceAccount:sync-crm@x"}, per_second=9)
    made = provision(lambda: Queues("queues", (CONFIG, crm), project(*APIS)))
    assert made.one("queue:Queue", "crm").inputs["rateLimits"]["maxDispatchesPerSecond"] == 9
    granted = {(one.inputs["name"], one.inputs["member"]) for one in made.of("QueueIamMember")}
    assert granted == {("events", "serviceAccount:intake@x"), ("crm", "serviceAccount:sync-crm@x")}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"per_second": 501}, "allows 1 to 500"),
        ({"attempts": 0}, "at least one"),
        ({"patience": 0}, "takes 0 for no end"),
        ({"min_backoff": 7_200}, "min_backoff 7200 s is above max_backoff"),
        ({"senders": {}}, "has no sender"),
    ],
)
def test_a_queue_that_could_not_work_is_refused(change: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        replace(CONFIG, **change)
