"""The dead man's switch: probes that come every quarter of an hour, come late, or do not come."""

from __future__ import annotations

from monitors import counting
from monitors.cases.case import Measure
from monitors.cases.events import alike, logged
from monitors.cases.scenario import NEVER, Scenario
from monitors.cases.tracks import Stretch, every

QUARTER = 15  # minutes


def probed(rate: float, *stretches: Stretch) -> tuple[Measure, ...]:
    """Return the count of probes, beside events of customers and probes of somebody else, which never stop."""
    minutes = sum(length for length, _ in stretches)
    return (
        logged(counting.PROBES, *stretches),
        logged(counting.DELIVERIES, (minutes, rate / 60), outcome="processed"),
        alike(counting.PROBES, *every(QUARTER, minutes // QUARTER)),
    )


def seldom(minutes: int, times: int, size: float = 0.0) -> tuple[Stretch, ...]:
    """Return stretches with one sample in so many minutes, so many times."""
    return ((1, size), (minutes - 1, None)) * times


SCENARIOS = (
    Scenario(
        "probe-missed",
        "they come every quarter of an hour",
        lambda rate: probed(rate, *every(QUARTER, 12)),
        179,
        NEVER,
    ),
    Scenario(
        "probe-missed",
        "they come, and are not counted in between",
        lambda rate: probed(rate, *seldom(QUARTER, 12, 1.0)),
        179,
        NEVER,
    ),
    Scenario(
        "probe-missed",
        "none comes for an hour and a half",
        lambda rate: probed(rate, *every(QUARTER, 4), (90, 0.0), *every(QUARTER, 4)),
        209,
        ((94, 163),),
    ),
    Scenario(
        "probe-missed",
        "none comes for an hour and a half, and nothing is counted in between",
        lambda rate: probed(rate, *seldom(QUARTER, 4, 1.0), (90, None), *seldom(QUARTER, 4, 1.0)),
        209,
        ((81, 149),),
    ),
    Scenario(
        "probe-missed",
        "one is lost",
        lambda rate: probed(rate, *every(QUARTER, 4), (QUARTER, 0.0), *every(QUARTER, 7)),
        179,
        NEVER,
    ),
    Scenario(
        "probe-missed",
        "two are lost",
        lambda rate: probed(rate, *every(QUARTER, 4), (2 * QUARTER, 0.0), *every(QUARTER, 6)),
        179,
        ((94, 103),),
    ),
    Scenario(
        "probe-missed",
        "the first comes twenty minutes after the launch",
        lambda rate: probed(rate, (20, None), (1, 1.0), *every(QUARTER, 10)),
        170,
        NEVER,
    ),
    Scenario(
        "probe-missed",
        "the first comes, and no other",
        lambda rate: probed(rate, (20, None), (1, 1.0), (159, 0.0)),
        179,
        ((49, 179),),
    ),
    Scenario(
        "probe-missed",
        "the first comes, no other, and the count has a gap",
        lambda rate: probed(rate, (20, None), (1, 1.0), (2, 0.0), (9, None), (148, 0.0)),
        179,
        ((61, 179),),
    ),
    Scenario(
        "probe-missed",
        "the first comes, no other, and every second count is missing",
        lambda rate: probed(rate, (20, None), *seldom(2, 1, 1.0), *seldom(2, 79)),
        179,
        ((53, 179),),
    ),
    Scenario(
        "probe-missed",
        "a count that begins at nothing and stays there",
        lambda rate: probed(rate, (20, None), (160, 0.0)),
        179,
        ((25, 179),),
    ),
    Scenario(
        "probe-missed",
        "none ever comes",
        lambda rate: probed(rate, (180, None)),
        179,
        ((25, 179),),
    ),
)
