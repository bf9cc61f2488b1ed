"""What Google refuses about times: schedules, deadlines, and what has to be longer than what."""

from __future__ import annotations

import difflib
import re
import zoneinfo
from collections.abc import Iterator

from localcloud.providers.launch_rules import REFUSED, Case, LaunchRule, Stage
from localcloud.providers.quantities import seconds
from localcloud.providers.tables.gcp_data import SUBSCRIPTION
from localcloud.providers.tables.gcp_run import QUEUE
from localcloud.providers.values import Unknown, at

JOB = "gcp:cloudscheduler/job:Job"
KEY = "gcp:kms/cryptoKey:CryptoKey"
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
FIELDS = (
    ("minute", 0, 59, ()),
    ("hour", 0, 23, ()),
    ("day of the month", 1, 31, ()),
    ("month", 1, 12, MONTHS),
    ("day of the week", 0, 7, DAYS),
)
UNITS = ("hour", "hours", "min", "mins", "minute", "minutes")
IN_WORDS = re.compile(r".+ of .+ \d{2}:\d{2}")  # "1st,third monday of month 04:05", as App Engine takes it
DEADLINES = {"httpTarget": (15, 1_800), "appEngineHttpTarget": (15, 86_415)}  # seconds
WINDOWS = {  # path → seconds at least, at most
    (SUBSCRIPTION, "messageRetentionDuration"): (600, 2_678_400),
    (SUBSCRIPTION, "expirationPolicy.ttl"): (86_400, None),
    (KEY, "rotationPeriod"): (86_400, None),
}
ORDERED = {  # paths of a shorter and a longer time
    QUEUE: ("retryConfig.minBackoff", "retryConfig.maxBackoff"),
    SUBSCRIPTION: ("retryPolicy.minimumBackoff", "retryPolicy.maximumBackoff"),
    JOB: ("retryConfig.minBackoffDuration", "retryConfig.maxBackoffDuration"),
}


def wrong_schedule(case: Case) -> str | None:
    """Refuse a cron line that Cloud Scheduler does not take.

    https://cloud.google.com/scheduler/docs/configuring/cron-job-schedules
    """
    line = case.inputs.get("schedule")
    if case.traits.token == JOB and not line and not isinstance(line, Unknown):
        return f"{case.title} has no schedule ({REFUSED}). Set it, such as 0 3 * * * for every night at three."
    if case.traits.token != JOB or not isinstance(line, str):
        return None
    if line.startswith("every ") or IN_WORDS.fullmatch(line):
        return _in_words(case, line)
    found = next(_cron(line), None)
    if found is None:
        return None
    return (
        f'{case.title}: schedule "{line}" {found} (Cloud Scheduler answers {REFUSED}). Write minute, hour, day, month '
        "and day of the week, such as 0 3 * * * for every night at three."
    )


def _in_words(case: Case, line: str) -> str | None:
    """Refuse an interval in a unit that App Engine's schedules do not have (…/scheduling-jobs-with-cron-yaml)."""
    told = re.match(r"every \d+ (\S+)", line)
    if told is None or told[1] in UNITS:
        return None
    return (
        f'{case.title}: schedule "{line}" has "{told[1]}" where a unit belongs (Cloud Scheduler answers {REFUSED}). '
        "Use minutes or hours."
    )


def wrong_zone(case: Case) -> str | None:
    """Refuse a time zone that the tz database does not have (reference of projects.locations.jobs, timeZone)."""
    zone = case.inputs.get("timeZone")
    if case.traits.token != JOB or not isinstance(zone, str) or zone == "utc":  # "For UTC use the string utc"
        return None
    try:
        zoneinfo.ZoneInfo(zone)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        known = sorted(zoneinfo.available_timezones())
    else:
        return None
    if not known:
        return None  # this machine has no tz database to ask
    close = difflib.get_close_matches(zone, known, n=1) or ["Europe/Berlin"]
    return (
        f'{case.title}: there is no time zone "{zone}" (Cloud Scheduler answers {REFUSED}). Use one such as {close[0]}.'
    )


def wrong_deadline(case: Case) -> str | None:
    """Refuse a deadline that Cloud Scheduler's targets cannot have (same reference, attemptDeadline)."""
    time = seconds(case.inputs.get("attemptDeadline")) if case.traits.token == JOB else None
    for target, (least, most) in DEADLINES.items():
        if time is not None and case.inputs.get(target) and not least <= time <= most:
            return (
                f"{case.title}: attemptDeadline {case.inputs['attemptDeadline']} is outside of {least}s to {most}s for "
                f"{target} (Cloud Scheduler answers {REFUSED}). Set it within."
            )
    return None


def wrong_window(case: Case) -> str | None:
    """Refuse times that are too short or too long (references of Pub/Sub subscriptions and of Cloud KMS keys)."""
    for (token, path), (least, most) in WINDOWS.items():
        told = at(case.inputs, path) if token == case.traits.token else None
        time = seconds(told)
        if time is not None and not (time >= least and (most is None or time <= most)):
            bounds = f"{least}s to {most}s" if most else f"{least}s or more"
            return f"{case.title}: {path} is {told}, and Google takes {bounds} ({REFUSED}). Set it within."
    return None


def wrong_order(case: Case) -> str | None:
    """Refuse a shortest wait that is longer than the longest (references of queues, subscriptions and jobs)."""
    pair = ORDERED.get(case.traits.token)
    least, most = (seconds(at(case.inputs, path)) for path in pair) if pair else (None, None)
    if pair is None or least is None or most is None or least <= most:
        return None
    return (
        f"{case.title}: {pair[0]} is longer than {pair[1].rpartition('.')[2]} ({REFUSED}). Lower the one or raise the "
        "other."
    )


def _cron(line: str) -> Iterator[str]:
    parts = line.split()
    if len(parts) != len(FIELDS):
        yield f"has {len(parts)} fields where cron has five fields"
    for part, (name, low, high, words) in zip(parts, FIELDS, strict=False):
        if not all(_is_field(each, low, high, words) for each in part.split(",")):
            yield f'has "{part}" where the {name} belongs, {low} to {high}'


def _is_field(text: str, low: int, high: int, words: tuple[str, ...]) -> bool:
    span, slash, every = text.partition("/")
    if slash and not (every.isdigit() and int(every) > 0):
        return False
    if span == "*":
        return True
    ends = [_place(each, words) for each in span.split("-")]
    return len(ends) <= 2 and all(low <= end <= high for end in ends) and ends == sorted(ends)


def _place(text: str, words: tuple[str, ...]) -> int:
    """Return the number that a field says, by a name too; -1 for none."""
    if text.lower() in words:
        return words.index(text.lower()) + (1 if words is MONTHS else 0)
    return int(text) if text.isdigit() else -1


RULES: tuple[LaunchRule, ...] = (
    LaunchRule("cron-line", Stage.CHECK, "Cloud Scheduler: cron job format", wrong_schedule),
    LaunchRule("cron-zone", Stage.CHECK, "Cloud Scheduler API, Job.timeZone", wrong_zone),
    LaunchRule("cron-deadline", Stage.CHECK, "Cloud Scheduler API, Job.attemptDeadline", wrong_deadline),
    LaunchRule("time-window", Stage.CHECK, "Pub/Sub API, Subscription; tpg kms rotation_period", wrong_window),
    LaunchRule("time-order", Stage.CHECK, "Cloud Tasks, Pub/Sub and Scheduler APIs, backoff", wrong_order),
)
