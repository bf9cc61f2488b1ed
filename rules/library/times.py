"""timestamp and duration: their methods, and the functions that make them.

Source: https://firebase.google.com/docs/reference/rules/rules.Timestamp, rules.Duration, rules.timestamp_ and
rules.duration_ of the same reference.
"""

from rules.errors import EvaluationError
from rules.library.registry import function, method
from rules.values import calendar
from rules.values.calendar import date_of, time_of
from rules.values.kinds import NANOS, Duration, Timestamp

_WHEN = frozenset({int, str})


@method(Timestamp, "year")
def year(value: Timestamp) -> int:
    """The year."""
    return date_of(value).year


@method(Timestamp, "month")
def month(value: Timestamp) -> int:
    """The month, 1 to 12."""
    return date_of(value).month


@method(Timestamp, "day")
def day(value: Timestamp) -> int:
    """The day of the month, 1 to 31."""
    return date_of(value).day


@method(Timestamp, "dayOfWeek")
def day_of_week(value: Timestamp) -> int:
    """The day of the week, Monday being 1."""
    return date_of(value).isoweekday()


@method(Timestamp, "dayOfYear")
def day_of_year(value: Timestamp) -> int:
    """The day of the year, 1 to 366."""
    return date_of(value).timetuple().tm_yday


@method(Timestamp, "hours")
def hours(value: Timestamp) -> int:
    """The hour, 0 to 23."""
    return time_of(value) // (3600 * NANOS)


@method(Timestamp, "minutes")
def minutes(value: Timestamp) -> int:
    """The minute, 0 to 59."""
    return time_of(value) // (60 * NANOS) % 60


@method(Timestamp, "seconds")
def seconds(value: Timestamp) -> int:
    """The second, 0 to 59."""
    return time_of(value) // NANOS % 60


@method(Timestamp, "nanos")
def nanos(value: Timestamp) -> int:
    """The fraction of a second, in nanoseconds."""
    return value.nanos % NANOS


@method(Timestamp, "toMillis")
def to_millis(value: Timestamp) -> int:
    """Milliseconds since 1970."""
    return value.nanos // 1_000_000


@method(Timestamp, "date")
def date(value: Timestamp) -> Timestamp:
    """Midnight of the same day."""
    return Timestamp(value.nanos - time_of(value))


@method(Timestamp, "time")
def time(value: Timestamp) -> Duration:
    """The time since midnight."""
    return Duration(time_of(value))


@method(Duration, "seconds")
def duration_seconds(value: Duration) -> int:
    """Whole seconds, toward zero."""
    whole = abs(value.nanos) // NANOS
    return whole if value.nanos >= 0 else -whole


@method(Duration, "nanos")
def duration_nanos(value: Duration) -> int:
    """What is left beside the whole seconds, in nanoseconds, of the same sign."""
    rest = abs(value.nanos) % NANOS
    return rest if value.nanos >= 0 else -rest


function("timestamp.date", int, int, int)(calendar.day)


@function("timestamp.value", _WHEN)
def timestamp_value(when: int | str) -> Timestamp:
    """A moment from milliseconds since 1970, or from RFC 3339 text."""
    return calendar.parsed(when) if isinstance(when, str) else calendar.timestamp(when * 1_000_000)


@function("duration.value", int, str)
def duration_value(magnitude: int, unit: str) -> Duration:
    """A length of time from a number and a unit: w, d, h, m, s, ms or ns."""
    if unit not in calendar.UNITS:
        raise EvaluationError(f"'{unit}' is not a unit of time; use one of {', '.join(calendar.UNITS)}.")
    return calendar.duration(magnitude * calendar.UNITS[unit])


@function("duration.time", int, int, int, int)
def duration_time(hour: int, minute: int, second: int, nano: int) -> Duration:
    """A length of time from hours, minutes, seconds and nanoseconds."""
    return calendar.duration(((hour * 60 + minute) * 60 + second) * NANOS + nano)


@function("duration.abs", Duration)
def duration_abs(value: Duration) -> Duration:
    """The length without its sign."""
    return Duration(abs(value.nanos))
