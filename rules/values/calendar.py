"""Timestamps and durations: the Gregorian calendar in UTC, with the ranges that the language allows."""

import re
from datetime import date

from rules.errors import EvaluationError
from rules.values.kinds import NANOS, Duration, Timestamp

DAY = 86_400
_FIRST = date(1, 1, 1).toordinal()
_EPOCH = date(1970, 1, 1).toordinal()
_MIN = (_FIRST - _EPOCH) * DAY
_MAX = (date(9999, 12, 31).toordinal() - _EPOCH + 1) * DAY - 1
_MAX_DURATION = 315_576_000_000
UNITS = {"w": 7 * DAY * NANOS, "d": DAY * NANOS, "h": 3600 * NANOS, "m": 60 * NANOS, "s": NANOS, "ms": 10**6, "ns": 1}

_RFC3339 = re.compile(
    r"(\d{1,9})-(\d{1,9})-(\d{1,9})T(\d{1,9}):(\d{1,9}):(\d{1,9})(?:\.(\d*))?(?:Z|([+-])(\d\d):(\d\d))", re.ASCII
)


def timestamp(nanos: int) -> Timestamp:
    """A moment from nanoseconds since 1970. Raises EvaluationError outside the years 1 to 9999."""
    if not _MIN <= nanos // NANOS <= _MAX:
        raise EvaluationError("A timestamp has to lie between the years 1 and 9999.")
    return Timestamp(nanos)


def duration(nanos: int) -> Duration:
    """A length of time. Raises EvaluationError beyond 10,000 years."""
    if abs(nanos) // NANOS > _MAX_DURATION:
        raise EvaluationError("A duration may not be longer than 10,000 years.")
    return Duration(nanos)


def day(year: int, month: int, number: int) -> Timestamp:
    """Midnight of a day. Raises EvaluationError where there is no such day."""
    try:
        ordinal = date(year, month, number).toordinal()
    except (ValueError, OverflowError):
        raise EvaluationError(f"There is no day {year}-{month}-{number}.") from None
    return Timestamp((ordinal - _EPOCH) * DAY * NANOS)


def parsed(text: str) -> Timestamp:
    """A moment from RFC 3339 text. Raises EvaluationError where it is not one."""
    found = _RFC3339.fullmatch(text)
    if found is None:
        raise EvaluationError(f"'{text}' is not a time such as 2026-01-31T12:00:00Z.")
    year, month, number, hours, minutes, seconds = (int(part) for part in found.groups()[:6])
    fraction, sign, zone_hours, zone_minutes = found.groups()[6:]
    months = year * 12 + month - 1
    try:
        first = date(months // 12, months % 12 + 1, 1).toordinal() - _EPOCH
    except (ValueError, OverflowError):
        raise EvaluationError("A timestamp has to lie between the years 1 and 9999.") from None
    total = (first + number - 1) * DAY + hours * 3600 + minutes * 60 + seconds
    if sign:
        total -= (1 if sign == "+" else -1) * (int(zone_hours) * 3600 + int(zone_minutes) * 60)
    return timestamp(total * NANOS + int((fraction or "").ljust(9, "0")[:9]))


def date_of(moment: Timestamp) -> date:
    """The day of a moment."""
    return date.fromordinal(moment.nanos // NANOS // DAY + _EPOCH)


def time_of(moment: Timestamp) -> int:
    """Nanoseconds since midnight."""
    return moment.nanos % (DAY * NANOS)
