from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from handlers import inbox, outbox
from infra.queues import APIS, Queue, QueueConfig

CONFIG = QueueConfig("events", "europe-west1", {"intake": "serviceAccount:intake@x"})


def test_the_queue_has_more_patience_than_the_services(provision: Any, project: Any) -> None:
    made = provision(lambda: Queue("queue", CONFIG, project(*APIS)))
    retry = made.one("queue:Queue").inputs["retryConfig"]
    assert retry == {"maxAttempts": 100, "minBackoff": "1s", "maxBackoff": "3600s", "maxDoublings": 16}
    waits = [min(1 * 2**attempt, 3_600) for attempt in range(99)]
    patience = max(inbox.GIVE_UP_AFTER, outbox.GIVE_UP_AFTER)
    assert patience < timedelta(seconds=sum(waits)) < timedelta(days=7)


def test_senders_may_add_tasks_to_this_queue_and_no_more(provision: Any, project: Any) -> None:
    made = provision(lambda: Queue("queue", CONFIG, project(*APIS)))
    granted = made.one("QueueIamMember").inputs
    assert (granted["role"], granted["member"], granted["name"]) == (
        "roles/cloudtasks.enqueuer",
        "serviceAccount:intake@x",
        "events",
    )


def test_the_queue_is_known_by_its_full_name(provision: Any, project: Any, keep: Any, seen: dict[str, Any]) -> None:
    provision(lambda: keep("path", Queue("queue", CONFIG, project(*APIS)).path))
    assert seen["path"] == "projects/acme-rehearsal/locations/europe-west1/queues/events"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"per_second": 501}, "allows 1 to 500"),
        ({"attempts": 0}, "at least one"),
        ({"min_backoff": 7_200}, "min_backoff 7200 s is above max_backoff"),
        ({"senders": {}}, "has no sender"),
    ],
)
def test_a_queue_that_could_not_work_is_refused(change: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        replace(CONFIG, **change)
