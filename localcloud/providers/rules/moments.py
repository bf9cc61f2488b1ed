"""What Google refuses about moments and days: rotations that are past or too late, days that no calendar has.

Sources: Secret Manager's Rotation, Identity Toolkit's TemporaryQuota, and the Billing Budget API's CustomPeriod,
BudgetAmount and Money, as the APIs describe them.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

from localcloud.providers.launch_rules import REFUSED, Case, LaunchRule, Stage
from localcloud.providers.quantities import seconds
from localcloud.providers.rules.firestore import SIGN_IN
from localcloud.providers.tables.gcp_data import SECRET
from localcloud.providers.tables.gcp_project import BUDGET
from localcloud.providers.values import Properties, Value, at

SOONEST = 300  # seconds from now to the next rotation
LONGEST_ROTATION = 3_153_600_000  # seconds, a hundred years
LARGEST_ANNOTATIONS = 16 * 1_024  # bytes of keys and values
FIRST_DAY = date(2017, 1, 1)
MOST_NANOS = 999_999_999


def wrong_rotation(case: Case) -> str | None:
    """Refuse a next rotation that is past or too near, a period beyond a hundred years, and large annotations."""
    return case.told(_secret(case)) if case.traits.token == SECRET else None


def _secret(case: Case) -> Iterator[str]:
    told, period = at(case.inputs, "rotation.nextRotationTime"), at(case.inputs, "rotation.rotationPeriod")
    moment = _moment(told)
    if case.now and moment is not None and moment < case.now + SOONEST and not _is_held(case, told):
        yield (
            f"rotation.nextRotationTime {told} is past or nearer than {SOONEST} s ({REFUSED}). Set a moment that is "
            "still to come."
        )
    ends = _moment(case.inputs.get("expireTime"))
    if (
        case.now
        and ends is not None
        and ends <= case.now
        and not _is_held(case, case.inputs["expireTime"], "expireTime")
    ):
        yield f"expireTime {case.inputs['expireTime']} is past ({REFUSED}). Set a moment that is still to come."
    if (seconds(period) or 0) > LONGEST_ROTATION:
        yield f"rotation.rotationPeriod is {period} ({REFUSED}). Use at most {LONGEST_ROTATION}s, a hundred years."
    notes = case.inputs.get("annotations")
    texts = [each for pair in notes.items() for each in pair] if isinstance(notes, dict) else []
    size = sum(len(each.encode()) for each in texts if isinstance(each, str))
    if size >= LARGEST_ANNOTATIONS:
        yield f"annotations hold {size} bytes ({REFUSED}). Use less than {LARGEST_ANNOTATIONS}."


def _is_held(case: Case, told: Value, path: str = "rotation.nextRotationTime") -> bool:
    """Tell whether the secret has that moment already, so that nothing is sent about it."""
    held = (each for each in case.world.resources(SECRET) if each.urn == case.urn)
    return any(at(dict(each.outputs), path) == told for each in held)


def wrong_start(case: Case) -> str | None:
    """Refuse a sign-up quota that begins at no moment."""
    told = at(case.inputs, "quota.signUpQuotaConfig.startTime") if case.traits.token == SIGN_IN else None
    if not isinstance(told, str) or not told or _moment(told) is not None:
        return None
    return (
        f"{case.title}: quota.signUpQuotaConfig.startTime is {told} ({REFUSED}). Write a moment such as "
        "2027-01-31T00:00:00Z."
    )


def wrong_period(case: Case) -> str | None:
    """Refuse a budget's period of days that there are not or that end before they begin, and amounts that are none."""
    return case.told(_budget(case.inputs)) if case.traits.token == BUDGET else None


def _budget(budget: Properties) -> Iterator[str]:
    period = at(budget, "budgetFilter.customPeriod")
    days = {name: at(period, name) for name in ("startDate", "endDate")}
    for name, told in days.items():
        if isinstance(told, dict) and _is_whole(told) and _day(told) is None:
            shown = "-".join(str(told.get(part)) for part in ("year", "month", "day"))
            yield f"customPeriod.{name} {shown} is not a day ({REFUSED}). Write one that the calendar has."
    start, end = _day(days["startDate"]), _day(days["endDate"])
    if start and start <= FIRST_DAY:
        yield f"customPeriod.startDate is {start} ({REFUSED}). Use a day after {FIRST_DAY}."
    if start and end and end < start:
        yield f"customPeriod.endDate {end} is before its startDate, {start} ({REFUSED}). Exchange them."
    if period is not None and at(budget, "amount.lastPeriodAmount") is True:
        yield f"lastPeriodAmount does not go with a customPeriod ({REFUSED}). Use a calendarPeriod or specifiedAmount."
    yield from _money(at(budget, "amount.specifiedAmount"))


def _money(amount: Value) -> Iterator[str]:
    units, nanos = at(amount, "units"), at(amount, "nanos")
    if not isinstance(nanos, int) or nanos == 0:
        return
    whole = int(units) if isinstance(units, str) and units.lstrip("-").isdigit() else 0
    if abs(nanos) > MOST_NANOS:
        yield f"specifiedAmount.nanos is {nanos} ({REFUSED}). Use less than 1000000000 billionths, the rest as units."
    elif whole * nanos < 0:
        yield f"specifiedAmount has {units} units and {nanos} nanos ({REFUSED}). Give both the same sign."


def _is_whole(told: Properties) -> bool:
    return all(isinstance(told.get(part), int) for part in ("year", "month", "day"))


def _day(told: Value) -> date | None:
    if not isinstance(told, dict) or not _is_whole(told):
        return None
    try:
        return date(told["year"], told["month"], told["day"])
    except ValueError:
        return None


def _moment(text: Value) -> float | None:
    """Return the seconds since the epoch of a moment in RFC 3339, None for anything else."""
    try:
        told = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
    return told.timestamp() if told is not None and told.tzinfo is not None else None


RULES: tuple[LaunchRule, ...] = (
    LaunchRule("secret-moments", Stage.CHECK, "Secret Manager API, Rotation, Secret.annotations", wrong_rotation),
    LaunchRule("quota-start", Stage.CHECK, "Identity Toolkit API, TemporaryQuota", wrong_start),
    LaunchRule("budget-period", Stage.CHECK, "Billing Budget API, CustomPeriod, BudgetAmount; Money", wrong_period),
)
