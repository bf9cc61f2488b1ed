"""Events, sweeps and what the nightly comparison finds: all counted from log lines."""

from __future__ import annotations

from monitors import counting
from monitors.cases.case import Measure
from monitors.cases.scenario import NEVER, Scenario
from monitors.cases.tracks import Stretch, Track, counter, every
from monitors.counting import LogMetric
from monitors.promql import Series

DAY = 1_440
ENDED = counting.DELIVERIES.series
SWEPT = counting.SWEEPS.series


def logged(metric: LogMetric, *stretches: Stretch, **labels: str) -> Measure:
    """Return the count of lines of our services."""
    return Measure(metric.series.where(**labels), counter(*stretches))


def alike(metric: LogMetric, *stretches: Stretch, **labels: str) -> Measure:
    """Return the count of lines that something else than our services wrote."""
    return Measure(Series(metric.series.metric, "another", labels), counter(*stretches))


def lines(alert: str, metric: LogMetric) -> tuple[Scenario, ...]:
    """Return the scenarios of an alert that a single line raises."""

    def busy(rate: int) -> Measure:
        return logged(counting.DELIVERIES, (180, rate / 60), outcome="processed")

    return (
        Scenario(
            alert,
            "a first line, and no count before or after",
            lambda rate: (busy(rate), logged(metric, (60, None), (1, 1.0), (64, None), (1, 1.0), (54, None))),
            179,
            ((60, 90), (125, 155)),
        ),
        Scenario(
            alert,
            "a first line, and no count for twenty minutes",
            lambda rate: (busy(rate), logged(metric, (60, None), (1, 1.0), (19, None), (100, 0.0))),
            179,
            ((60, 103),),
        ),
        Scenario(
            alert,
            "the first line of its life",
            lambda rate: (busy(rate), logged(metric, (60, None), (1, 1.0), (119, 0.0))),
            179,
            ((60, 83),),
        ),
        Scenario(
            alert,
            "one more line",
            lambda rate: (busy(rate), logged(metric, (60, 0.0), (1, 1.0), (119, 0.0))),
            179,
            ((60, 89),),
        ),
        Scenario(
            alert,
            "two lines, twenty minutes apart",
            lambda rate: (busy(rate), logged(metric, (60, 0.0), (1, 1.0), (19, 0.0), (1, 1.0), (99, 0.0))),
            179,
            ((60, 109),),
        ),
        Scenario(
            alert,
            "no line, but others count some",
            lambda rate: (busy(rate), logged(metric, (180, 0.0)), alike(metric, (60, None), (1, 1.0), *every(2, 59))),
            179,
            NEVER,
        ),
        Scenario(alert, "no line ever", lambda rate: (busy(rate),), 179, NEVER),
    )


def deliveries(rate: float, given_up: tuple[Stretch, ...], missed: tuple[Stretch, ...] = ()) -> tuple[Measure, ...]:
    """Return how so many events an hour ended, beside as many of others that all failed."""
    minutes = sum(length for length, _ in given_up or missed)
    return (
        logged(counting.DELIVERIES, (minutes, rate / 60), outcome="processed"),
        *((logged(counting.DELIVERIES, *given_up, outcome="final_failure"),) if given_up else ()),
        *((logged(counting.MISSED_DELIVERIES, *missed),) if missed else ()),
    )


def with_others(measures: tuple[Measure, ...], good: float, bad: float) -> tuple[Measure, ...]:
    """Return the measures beside what must not count: so many good and bad endings a minute."""
    minutes = len(measures[0].track.values)
    return (
        *measures,
        alike(counting.DELIVERIES, (minutes, good), outcome="processed"),
        alike(counting.DELIVERIES, (minutes, bad), outcome="final_failure"),
        alike(counting.MISSED_DELIVERIES, (minutes, bad)),
    )


def share(rate: float, percent: float) -> float:
    """Return how many a minute are so many percent of so many an hour."""
    return rate / 60 * percent / 100


def given_up(rate: float, percent: float) -> tuple[Stretch, ...]:
    """Return a day without failures, a day with, and two more without."""
    return ((DAY, 0.0), (DAY, share(rate, percent)), (2 * DAY, 0.0))


def fixed(failures: int) -> tuple[Stretch, ...]:
    """Return a day without failures, then so many at once, then none."""
    return ((DAY, 0.0), (1, float(failures)), (2 * DAY, 0.0))


FAILED = (
    Scenario(
        "failed-deliveries",
        "two of a quiet day's events fail, two days in a row, by either way",
        lambda rate: with_others(deliveries(2, (*fixed(2)[:2], *fixed(2)), (*fixed(2)[:2], *fixed(2))), 0, rate),
        4 * DAY,
        NEVER,
        30,
    ),
    Scenario(
        "failed-deliveries",
        "three percent of a day's events are given up",
        lambda rate: with_others(deliveries(rate * 5, given_up(rate * 5, 3)), rate, 0),
        4 * DAY - 1,
        ((1950, 3810),),
        30,
    ),
    Scenario(
        "failed-deliveries",
        "three percent of a day's events never come",
        lambda rate: with_others(deliveries(rate * 5, (), given_up(rate * 5, 3)), rate, 0),
        4 * DAY - 1,
        {"low": ((1950, 3810),), "middle": ((1920, 3810),), "high": ((1920, 3810),)},
        30,
    ),
    Scenario(
        "failed-deliveries",
        "just over one percent is given up",
        lambda rate: with_others(deliveries(rate * 15, given_up(rate * 15, 1.05)), rate, 0),
        4 * DAY - 1,
        ((2850, 2910),),
        30,
    ),
    Scenario(
        "failed-deliveries",
        "just over one percent never comes",
        lambda rate: with_others(deliveries(rate * 15, (), given_up(rate * 15, 1.05)), rate, 0),
        4 * DAY - 1,
        ((2820, 2940),),
        30,
    ),
    Scenario(
        "failed-deliveries",
        "just below one percent, by either way",
        lambda rate: with_others(deliveries(rate * 15, given_up(rate * 15, 0.9), given_up(rate * 15, 0.9)), 0, rate),
        4 * DAY - 1,
        NEVER,
        30,
    ),
    Scenario(
        "failed-deliveries",
        "three of a quiet day's events are given up",
        lambda rate: with_others(deliveries(2, fixed(3)), rate, 0),
        3 * DAY,
        ((1440, 2850),),
        30,
    ),
    Scenario(
        "failed-deliveries",
        "three of a quiet day's events never come",
        lambda rate: with_others(deliveries(2, (), fixed(3)), rate, 0),
        3 * DAY,
        ((1440, 2850),),
        30,
    ),
    Scenario(
        "failed-deliveries",
        "two of a quiet day's events fail, by either way",
        lambda rate: with_others(deliveries(2, fixed(2), fixed(2)), 0, rate),
        3 * DAY,
        NEVER,
        30,
    ),
)


def swept(rate: float, minute: Track, hour: Track | None = None, night: Track | None = None) -> tuple[Measure, ...]:
    """Return the counts of the sweeps, beside those of a job that sweeps, too."""
    minutes = len(minute.values)
    named = {"minute": minute, "hour": hour, "night": night, "another": counter((minutes, 1.0))}
    ours = tuple(Measure(SWEPT.where(sweep=name), track) for name, track in named.items() if track)
    others = tuple(alike(counting.SWEEPS, (minutes, 1.0), sweep=name) for name in named)
    return (*ours, *others, logged(counting.DELIVERIES, (minutes, rate / 60), outcome="processed"))


HOURLY = (6, 0.0), (1, 1.0), (53, 0.0)
NIGHTLY = (203, 0.0), (1, 1.0), (1_236, 0.0)
SWEEPS = (
    Scenario(
        "sweep-missed",
        "the second night's sweep comes late",
        lambda rate: swept(
            rate,
            counter((1_600, 1.0)),
            counter(*HOURLY * 27),
            counter((30, None), (1, 1.0), (1_499, 0.0), (1, 1.0), (69, 0.0)),
        ),
        1_599,
        ((1489, 1529),),
    ),
    Scenario(
        "sweep-missed",
        "the night's sweep runs every night, and is not counted in between",
        lambda rate: swept(
            rate,
            counter((4 * DAY, 1.0)),
            counter(*HOURLY * 24 * 4),
            counter((203, None), *((1, 1.0), (DAY - 1, None)) * 4),
        ),
        4 * DAY - 1,
        NEVER,
        30,
    ),
    Scenario(
        "sweep-missed",
        "the hour's sweep never runs, and the minute's stops for forty minutes",
        lambda rate: swept(rate, counter((60, 1.0), (40, 0.0), (200, 1.0))),
        299,
        ((79, 99), (141, 198), (240, 299)),
    ),
    Scenario(
        "sweep-missed",
        "the night's sweep never runs, and the minute's stops for forty minutes",
        lambda rate: swept(
            rate, counter((60, 1.0), (40, 0.0), (1_500, 1.0)), counter(*HOURLY * 27), counter((203, None), (1_397, 0.0))
        ),
        1_599,
        ((79, 99), (1481, 1538), (1580, 1599)),
    ),
    Scenario(
        "sweep-missed",
        "no sweep runs for three hours",
        lambda rate: swept(rate, counter((60, 1.0), (180, 0.0), (120, 1.0)), counter(*HOURLY, (180, 0.0), *HOURLY * 2)),
        359,
        ((79, 239),),
    ),
    Scenario(
        "sweep-missed",
        "the minute's sweep stops for an hour",
        lambda rate: swept(rate, counter((60, 1.0), (60, 0.0), (60, 1.0)), counter(*HOURLY * 3)),
        179,
        ((79, 119),),
    ),
    Scenario(
        "sweep-missed",
        "the minute's sweep misses a few minutes",
        lambda rate: swept(rate, counter((60, 1.0), (17, 0.0), (60, 1.0))),
        136,
        NEVER,
    ),
    Scenario(
        "sweep-missed",
        "the first sweep comes a quarter of an hour after the launch",
        lambda rate: swept(rate, counter((15, None), (120, 1.0))),
        134,
        ((10, 15),),
    ),
    Scenario(
        "sweep-missed",
        "the first sweep comes nine minutes after the launch",
        lambda rate: swept(rate, counter((9, None), (126, 1.0))),
        134,
        NEVER,
    ),
    Scenario(
        "sweep-missed",
        "the hour's sweep stops for five hours",
        lambda rate: swept(rate, counter((900, 1.0)), counter(*HOURLY * 4, (300, 0.0), *HOURLY * 6)),
        899,
        ((326, 545),),
    ),
    Scenario(
        "sweep-missed",
        "the hour's sweep misses one hour",
        lambda rate: swept(rate, counter((900, 1.0)), counter(*HOURLY * 4, (60, 0.0), *HOURLY * 10)),
        899,
        NEVER,
    ),
    Scenario(
        "sweep-missed", "the hour's sweep never runs", lambda rate: swept(rate, counter((300, 1.0))), 299, ((141, 299),)
    ),
    Scenario(
        "sweep-missed",
        "the night's sweep misses two nights",
        lambda rate: swept(
            rate,
            counter((6 * DAY, 1.0)),
            counter(*HOURLY * 24 * 6),
            counter((203, None), (1, 1.0), (1_236, 0.0), *NIGHTLY, (2 * DAY, 0.0), *NIGHTLY * 2),
        ),
        6 * DAY - 1,
        ((3150, 5940),),
        30,
    ),
    Scenario(
        "sweep-missed",
        "the night's sweep runs every night",
        lambda rate: swept(
            rate,
            counter((6 * DAY, 1.0)),
            counter(*HOURLY * 24 * 6),
            counter((203, None), (1, 1.0), (1_236, 0.0), *NIGHTLY * 5),
        ),
        6 * DAY - 1,
        NEVER,
        30,
    ),
    Scenario(
        "sweep-missed",
        "the night's sweep never runs",
        lambda rate: swept(rate, counter((2 * DAY, 1.0)), counter(*HOURLY * 48)),
        2 * DAY - 1,
        ((1530, 2850),),
        30,
    ),
)


def waiting(rate: float, *stretches: Stretch) -> tuple[Measure, ...]:
    """Return in how many minutes something waited, beside others where something always does."""
    minutes = sum(length for length, _ in stretches)
    return (
        logged(counting.WAITING, *stretches),
        alike(counting.WAITING, (minutes, 1.0)),
        logged(counting.DELIVERIES, (minutes, rate / 60), outcome="processed"),
    )


WORK = (
    Scenario(
        "waiting-work",
        "something waits for an hour",
        lambda rate: waiting(rate, (60, 0.0), (60, 1.0), (60, 0.0)),
        179,
        ((84, 124),),
    ),
    Scenario(
        "waiting-work",
        "something waits in nine minutes of ten",
        lambda rate: waiting(rate, (60, 0.0), *((9, 1.0), (1, 0.0)) * 12),
        179,
        ((86, 179),),
    ),
    Scenario(
        "waiting-work",
        "something waits in three minutes of four",
        lambda rate: waiting(rate, (60, 0.0), *((3, 1.0), (1, 0.0)) * 30),
        179,
        NEVER,
    ),
    Scenario(
        "waiting-work",
        "something waits for twenty minutes",
        lambda rate: waiting(rate, (60, 0.0), (20, 1.0), (100, 0.0)),
        179,
        NEVER,
    ),
)


def signed(rate: float, *stretches: Stretch) -> tuple[Measure, ...]:
    """Return how often the previous secret was used, beside others that always use it."""
    minutes = sum(length for length, _ in stretches)
    return (
        logged(counting.PREVIOUS_SECRET, *stretches),
        alike(counting.PREVIOUS_SECRET, *every(30, minutes // 30)),
        logged(counting.DELIVERIES, (minutes, rate / 60), outcome="processed"),
    )


def used(minutes: int) -> tuple[Stretch, ...]:
    """Return a day without, so many minutes in which the previous secret is used twice an hour, and a day without."""
    return ((DAY, 0.0), *every(30, minutes // 30), (2 * DAY, 0.0))


SECRETS = (
    Scenario(
        "previous-secret",
        "still in use after two days",
        lambda rate: signed(rate, *used(2 * DAY)),
        5 * DAY - 1,
        ((2550, 4650),),
        30,
    ),
    Scenario(
        "previous-secret",
        "in use for half a day after its rotation",
        lambda rate: signed(rate, *used(720)),
        3 * DAY + 719,
        NEVER,
        30,
    ),
    Scenario(
        "previous-secret",
        "used once, and once more a day later",
        lambda rate: signed(rate, (DAY, 0.0), (1, 1.0), (1_259, 0.0), (1, 1.0), (DAY, 0.0)),
        2 * DAY + 1_260,
        ((2700, 2850),),
        30,
    ),
    Scenario(
        "previous-secret",
        "used once, and once more ten hours later",
        lambda rate: signed(rate, (DAY, 0.0), (1, 1.0), (599, 0.0), (1, 1.0), (DAY, 0.0)),
        2 * DAY + 600,
        NEVER,
        30,
    ),
)


def unanswered(rate: float, *stretches: Stretch) -> tuple[Measure, ...]:
    """Return the hours in which a ticket had waited too long, beside what others count."""
    minutes = sum(length for length, _ in stretches)
    return (
        logged(counting.UNANSWERED, *stretches),
        logged(counting.DELIVERIES, (minutes, rate / 60), outcome="processed"),
        alike(counting.UNANSWERED, (minutes, 1.0)),
    )


UNANSWERED = (
    Scenario(
        "unanswered-ticket",
        "a ticket waits for five hours too long",
        lambda rate: unanswered(rate, (60, 0.0), *every(60, 5), (300, 0.0)),
        659,
        ((179, 428),),
    ),
    Scenario(
        "unanswered-ticket",
        "the sweep finds it in two hours, and then it is answered",
        lambda rate: unanswered(rate, (60, 0.0), *every(60, 2), (300, 0.0)),
        479,
        ((179, 248),),
    ),
    Scenario(
        "unanswered-ticket",
        "it is answered before the next hour",
        lambda rate: unanswered(rate, (119, 0.0), (1, 1.0), (300, 0.0)),
        419,
        NEVER,
    ),
    Scenario(
        "unanswered-ticket",
        "one in the morning and another in the afternoon",
        lambda rate: unanswered(rate, (60, 0.0), *every(180, 2), (180, 0.0)),
        599,
        NEVER,
    ),
)
SCENARIOS = (
    *FAILED,
    *lines("final-failures", counting.FINAL_FAILURES),
    *SWEEPS,
    *WORK,
    *SECRETS,
    *lines("wrong-plan", counting.WRONG_PLANS),
    *lines("lost-ticket", counting.LOST_TICKETS),
    *lines("foreign-events", counting.FOREIGN),
    *UNANSWERED,
)
