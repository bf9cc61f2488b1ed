"""Every alert and what has to raise it: the table that the drill plays, phase by phase.

Injuries of one phase are made together and healed together; a phase ends as soon as all its alerts are open. What is
`beside` another is what the other one brings about: it makes nothing of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field

from flows.drill import injuries, kept
from flows.drill.injuries import Drilled
from flows.drill.watching import Labels

Nothing = Callable[[Drilled], None]


@contextmanager
def beside(drilled: Drilled) -> Iterator[None]:
    """Make nothing: another injury does."""
    del drilled
    yield


@dataclass(frozen=True)
class Injury:
    """Something that goes wrong, and the alert that has to open for a series with these labels.

    `each_minute` is what goes on while it lasts.
    """

    name: str
    alert: str
    make: Callable[[Drilled], AbstractContextManager[None]]
    labels: Labels = field(default_factory=dict)
    each_minute: Nothing = lambda _: None


def _some_errors(drilled: Drilled) -> None:
    """Send twenty requests of which one fails: 5 %."""
    drilled.forge(19)
    drilled.deliver(1, "err")


def _many_errors(drilled: Drilled) -> None:
    drilled.deliver(8, "err")


FAILED = Injury("1.5 % failed deliveries", "failed-deliveries", injuries.given_up)
GIVEN_UP = Injury("the first of them", "final-failures", beside)
BLOCKED = Injury(
    "deliveries blocked at the edge, with healthy handlers", "failed-deliveries", injuries.blocked_at_the_edge
)
OVER_A_DAY = (
    Injury("a rotated secret that is still in use", "previous-secret", kept.rotated_secret, {}, kept.used_again),
    Injury(
        "a request for help that nobody answers", "unanswered-ticket", kept.unanswered_ticket, {}, kept.counted_again
    ),
)
TOGETHER = (
    Injury("an event of another mode", "foreign-events", kept.foreign_event),
    Injury("a plan that nobody pays for", "wrong-plan", kept.wrong_plan),
    Injury("a request for help that the helpdesk never got", "lost-ticket", kept.lost_ticket),
    Injury("5 % errors", "error-rate", injuries.failing_door, each_minute=_some_errors),
    Injury("the same errors, over hours", "budget-burn-slow", beside),
    Injury("a slow CRM", "queue-stuck", injuries.slow_crm, injuries.CRM_QUEUE, injuries.tried_in_vain),
    Injury("a stuck queue", "queue-stuck", injuries.stuck_queue, injuries.PAYMENTS_QUEUE, injuries.waiting_longer),
    Injury("what the stuck queue holds up", "waiting-work", kept.overdue_work, {}, kept.become_overdue),
    Injury("probes that the stuck queue holds up", "probe-missed", beside),
    Injury("an expiring certificate", "certificate-ends", injuries.ending_certificate),
)
AFTERWARDS = (
    Injury("a missed sweep", "sweep-missed", injuries.missed_sweep),
    Injury("the job that calls for it", "scheduler-fails", beside, injuries.MINUTELY_JOB),
    Injury("mostly errors", "budget-burn", injuries.failing_door, each_minute=_many_errors),
    Injury("a slow database", "slow-answers", injuries.slow_door),
    Injury("the same slowness", "very-slow-answers", beside),
)
DEAD = Injury("a dead site", "unreachable", injuries.dead_site)
INJURIES = (*OVER_A_DAY, FAILED, GIVEN_UP, BLOCKED, *TOGETHER, *AFTERWARDS, DEAD)
