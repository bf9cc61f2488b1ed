"""What a policy makes of the samples and lines of one minute, and the mails that tell of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from localcloud.monitoring.incident_store import Notice
from localcloud.monitoring.incidents import Changes, Incident, Labels, lasting, of_lines, of_series
from localcloud.monitoring.log_filters import FilterError, compiled
from localcloud.monitoring.policies import LogCondition, Policy, PromqlCondition
from monitors.promql.evaluating import Evaluation
from monitors.promql.parsing import RefusedError, parse

MINUTE = 60
SENDING_HOST = "monitoring.rehearsal"


class UnjudgedError(Exception):
    """A policy whose condition the rehearsal cannot evaluate: why."""


def judged(
    policy: Policy,
    before: Sequence[Incident],
    evaluation: Evaluation,
    entries: Sequence[Mapping[str, Any]],
    now: int,
    awake: float,
) -> Changes:
    """Return what becomes of a policy's incidents at `now`, with the log entries of the last minute.

    Nobody looked before `awake` (seconds), so that nothing can have lasted since before then. Raises UnjudgedError.
    """
    condition = policy.condition
    try:
        if isinstance(condition, LogCondition):
            fits = compiled(condition.filter)
            found = sum(1 for entry in entries if fits(entry))
            return of_lines(policy.name, before, found, now, condition.period, policy.auto_close)
        violating = _violating(condition, evaluation, now, max(policy.born, awake))
    except (RefusedError, FilterError) as error:
        raise UnjudgedError(f"{policy.title}: {error}") from error
    return of_series(policy.name, before, violating, now)


def _violating(condition: PromqlCondition, evaluation: Evaluation, now: int, since: float) -> tuple[Labels, ...]:
    if now - condition.duration < since:
        return ()
    grid = range(now - condition.duration, now + 1, MINUTE)
    return lasting(evaluation(parse(condition.query), grid))


def notices(policy: Policy, changes: Changes, addresses: Sequence[str]) -> list[Notice]:
    """Return the mails to write: one to each address when an incident opens, and one when it closes.

    What a log match raised is closed without a word: its policies notify of the beginning only (reference of
    AlertStrategy.notificationPrompts).
    """
    told = [(each, "opened") for each in changes.opened]
    if isinstance(policy.condition, PromqlCondition):
        told += [(each, "closed") for each in changes.closed]
    return [_notice(policy, incident, what, address) for incident, what in told for address in addresses]


def _notice(policy: Policy, incident: Incident, what: str, address: str) -> Notice:
    id_ = f"{incident.number}-{what}-{address.replace('@', '.at.')}@{SENDING_HOST}"
    where = "".join(f"{name}: {value}\n" for name, value in incident.labels)
    if what == "closed":
        minutes = ((incident.closed or 0) - incident.opened) // MINUTE
        text = (
            f"{policy.title}\n\nThis is over since {_time(incident.closed or 0)}. It lasted {minutes} minutes.\n{where}"
        )
        return Notice(id_, address, f"[RESOLVED] {policy.title}", text)
    grade = policy.severity.capitalize() or "No severity"
    text = f"{policy.documentation or policy.title}\n\nOpen since {_time(incident.opened)}.\n{where}"
    return Notice(id_, address, f"[ALERT - {grade}] {policy.title}", text)


def _time(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M} UTC"
