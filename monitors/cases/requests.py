"""Requests to the public door: failures, slowness, and the budget of both."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeAlias

from monitors.cases.case import Measure
from monitors.cases.scenario import NEVER, Scenario
from monitors.cases.tracks import Stretch, counter, every
from monitors.essential import REQUESTS
from monitors.full import LATENCIES
from monitors.promql import Series

DOOR = "intake"
OTHER = "sync-crm"
Shares: TypeAlias = tuple[float, ...]
BOUNDS = ("100", "250", "500", "1000", "2000", "+Inf")
QUICK = (0.80, 0.96, 0.99, 1.0, 1.0, 1.0)
UNDER_HALF = (0.50, 0.80, 0.955, 1.0, 1.0, 1.0)  # p95 is 492 ms
OVER_HALF = (0.50, 0.80, 0.945, 1.0, 1.0, 1.0)  # p95 is 545 ms
UNDER_ONE = (0.10, 0.30, 0.60, 0.955, 1.0, 1.0)  # p95 is 993 ms
OVER_ONE = (0.10, 0.30, 0.60, 0.945, 1.0, 1.0)  # p95 is 1,091 ms


def answered(
    good: tuple[Stretch, ...], failed: tuple[Stretch, ...], service: str = DOOR, resource: str = REQUESTS.resource
) -> tuple[Measure, ...]:
    """Return what a service answered: with success, and with 5xx."""
    ours = replace(REQUESTS, resource=resource).where(service_name=service)
    return (
        Measure(ours.where(response_code_class="2xx"), counter(*good)),
        Measure(ours.where(response_code_class="5xx"), counter(*failed)),
    )


def beside(rate: float, percent: float, minutes: int) -> tuple[Measure, ...]:
    """Return what must not count: another service, and one of the same name that is no service of Cloud Run."""
    good, failed = steady(rate, percent, minutes)
    return (*answered(good, failed, OTHER), *answered(good, failed, resource="another"))


def steady(rate: float, percent: float, minutes: int) -> tuple[tuple[Stretch, ...], tuple[Stretch, ...]]:
    """Return good and failed answers for so long, of which so many percent fail."""
    return ((minutes, rate * (1 - percent / 100)),), ((minutes, rate * percent / 100),)


def spell(rate: float, percent: float, before: int, during: int, after: int, others: float = 0) -> tuple[Measure, ...]:
    """Return the answers of a door that fails so many percent for a while, beside others that always do as told."""
    parts = [steady(rate, share, length) for share, length in ((0, before), (percent, during), (0, after)) if length]
    good = tuple(stretch for each, _ in parts for stretch in each)
    failed = tuple(stretch for _, each in parts for stretch in each)
    return (*answered(good, failed), *beside(rate * 10, others, before + during + after))


def beside_failing(rate: float, percent: float, minutes: int) -> tuple[Measure, ...]:
    """Return the answers of a door that fails a little, beside others that fail half of the time."""
    return (*answered(*steady(rate, percent, minutes)), *beside(rate * 10, 50, minutes))


def at_night(rate: float, failures: int, others: float = 0) -> tuple[Measure, ...]:
    """Return a door that hardly anybody knocks at, and that fails so often within a minute; others have traffic."""
    return (*answered(((120, 0.5),), ((60, 0.0), (1, float(failures)), (59, 0.0))), *beside(rate, others, 120))


def twice(rate: float, percent: float, minutes: int, apart: int) -> tuple[Measure, ...]:
    """Return a door that fails for some minutes, and again so many minutes later."""
    parts = [
        steady(rate, share, length)
        for share, length in ((0, apart), (percent, minutes), (0, apart), (percent, minutes), (0, apart))
    ]
    good = tuple(stretch for each, _ in parts for stretch in each)
    failed = tuple(stretch for _, each in parts for stretch in each)
    return (*answered(good, failed), *beside(rate, 50, 3 * apart + 2 * minutes))


def easing(rate: float) -> tuple[Measure, ...]:
    """Return a door that fails four percent for ten hours and then 2.8 percent."""
    parts = [steady(rate, percent, minutes) for percent, minutes in ((0, 120), (4, 600), (2.8, 180))]
    good = tuple(stretch for each, _ in parts for stretch in each)
    return (*answered(good, tuple(stretch for _, each in parts for stretch in each)), *beside(rate, 0, 900))


def one_by_one(rate: float, minutes: int, times: int) -> tuple[Measure, ...]:
    """Return a door that hardly anybody knocks at, and that fails once in so many minutes, so many times."""
    length = minutes * (times + 2)
    failed = ((minutes, 0.0), *every(minutes, times), (minutes, 0.0))
    return (*answered(((length, 0.1),), failed), *beside(rate, 50, length))


def night_long(rate: float, minutes: int) -> tuple[Measure, ...]:
    """Return a door that is asked once a minute, and fails once in so many minutes; others have traffic."""
    failed = ((60, 0.0), *every(minutes, 120 // minutes))
    return (*answered(((180, 1.0),), failed), *beside(rate, 0 if minutes < 5 else 50, 180))


def turned_away(rate: float) -> tuple[Measure, ...]:
    """Return a door that does well enough and turns strangers away with 4xx."""
    strangers = REQUESTS.where(service_name=DOOR, response_code_class="4xx")
    return (*answered(*steady(rate, 1, 120)), Measure(strangers, counter((120, 1_000.0))))


def in_turn(rate: float) -> tuple[Measure, ...]:
    """Return a door that fails one percent and three percent in turn, for forty minutes each."""
    parts = [steady(rate, percent, 40) for percent in (1, 3, 1, 3, 1, 1)]
    good = tuple(stretch for each, _ in parts for stretch in each)
    return (*answered(good, tuple(stretch for _, each in parts for stretch in each)), *beside(rate, 0, 240))


def taken(
    rate: float, spells: tuple[tuple[int, Shares], ...], service: str = DOOR, resource: str = REQUESTS.resource
) -> tuple[Measure, ...]:
    """Return how long answers took: for so many minutes, which share of them stayed within each of BOUNDS."""
    of = {"service_name": service}
    buckets = tuple(
        Measure(
            Series(f"{LATENCIES}_bucket", resource, {**of, "le": bound}),
            counter(*((minutes, rate * shares[place]) for minutes, shares in spells)),
        )
        for place, bound in enumerate(BOUNDS)
    )
    count = counter(*((minutes, float(rate)) for minutes, _ in spells))
    return (*buckets, Measure(Series(f"{LATENCIES}_count", resource, of), count))


def elsewhere(rate: float, shares: Shares) -> tuple[Measure, ...]:
    """Return how long answers took that must not count."""
    spells = ((181, shares),)
    return (*taken(rate, spells, OTHER), *taken(rate, spells, resource="another"))


def slow_spell(rate: float, shares: Shares, before: int, during: int, after: int) -> tuple[Measure, ...]:
    """Return a slow spell of the door, beside others that are quick."""
    spells = tuple((length, share) for length, share in ((before, QUICK), (during, shares), (after, QUICK)) if length)
    return (*taken(rate, spells), *elsewhere(rate * 10, QUICK))


ERROR_RATE = (
    Scenario(
        "error-rate",
        "three percent fail from the second hour on",
        lambda rate: spell(rate, 3, 60, 120, 0),
        170,
        {"low": NEVER, "middle": ((88, 170),), "high": ((89, 170),)},
    ),
    Scenario(
        "error-rate",
        "a tenth fails for half an hour",
        lambda rate: spell(rate, 10, 60, 30, 100),
        180,
        {"low": NEVER, "middle": ((63, 131),), "high": ((63, 131),)},
    ),
    Scenario(
        "error-rate",
        "half fails for half an hour",
        lambda rate: spell(rate, 50, 60, 30, 100),
        180,
        {"low": ((64, 130),), "middle": ((60, 134),), "high": ((60, 134),)},
    ),
    Scenario(
        "error-rate",
        "just over the slow threshold",
        lambda rate: spell(rate, 2.1, 60, 120, 0),
        170,
        {"low": NEVER, "middle": ((93, 170),), "high": ((93, 170),)},
    ),
    Scenario(
        "error-rate",
        "just below the slow threshold, beside one that fails",
        lambda rate: beside_failing(rate, 1.9, 180),
        180,
        NEVER,
    ),
    Scenario(
        "error-rate",
        "just over the fast threshold for seven minutes",
        lambda rate: spell(rate, 6.3, 60, 7, 60),
        120,
        {"low": NEVER, "middle": ((64, 96),), "high": ((64, 96),)},
    ),
    Scenario(
        "error-rate",
        "just below the fast threshold for seven minutes",
        lambda rate: spell(rate, 5.7, 60, 7, 60),
        120,
        NEVER,
    ),
    Scenario(
        "error-rate",
        "over the slow threshold, but not for long enough",
        lambda rate: spell(rate, 3, 60, 17, 60),
        130,
        NEVER,
    ),
    Scenario("error-rate", "five failures within a minute at night", lambda rate: at_night(rate, 5), 120, ((60, 94),)),
    Scenario(
        "error-rate",
        "three failures within a minute at night, beside others that fail",
        lambda rate: at_night(rate, 3, 50),
        120,
        NEVER,
    ),
    Scenario(
        "error-rate", "a failure every other minute at night", lambda rate: night_long(rate, 2), 180, ((88, 180),)
    ),
    Scenario("error-rate", "a failure every five minutes at night", lambda rate: night_long(rate, 5), 180, NEVER),
    Scenario("error-rate", "strangers are turned away by the thousand", turned_away, 120, NEVER),
    Scenario(
        "error-rate",
        "one and three percent in turn",
        in_turn,
        240,
        {"low": NEVER, "middle": ((66, 117), (146, 197)), "high": ((66, 117), (146, 197))},
    ),
)
BURN = (
    Scenario(
        "budget-burn-slow", "four percent fail for ten hours, then less than three", easing, 895, ((390, 740),), 5
    ),
    Scenario(
        "budget-burn",
        "eight percent fail for two hours, beside others that fail",
        lambda rate: spell(rate, 8, 60, 120, 60, 50),
        240,
        {"low": ((113, 179),), "middle": ((113, 179),), "high": ((114, 179),)},
    ),
    Scenario(
        "budget-burn",
        "eight percent fail for ten minutes, beside others that fail",
        lambda rate: spell(rate, 8, 60, 10, 60, 50),
        130,
        NEVER,
    ),
    Scenario(
        "budget-burn",
        "a fifth fails for twenty minutes, and again an hour later",
        lambda rate: twice(rate, 20, 20, 60),
        219,
        NEVER,
    ),
    Scenario(
        "budget-burn", "a failure every fifteen minutes at night", lambda rate: one_by_one(rate, 15, 8), 149, NEVER
    ),
    Scenario(
        "budget-burn",
        "a failure every ten minutes at night",
        lambda rate: one_by_one(rate, 10, 9),
        109,
        ((59, 63), (69, 73), (79, 83), (89, 93), (99, 103)),
    ),
    Scenario(
        "budget-burn-slow",
        "four percent fail for ten hours, beside others that fail",
        lambda rate: spell(rate, 4, 120, 600, 180, 50),
        895,
        ((390, 725),),
        5,
    ),
    Scenario(
        "budget-burn-slow",
        "four percent fail for half an hour, beside others that fail",
        lambda rate: spell(rate, 4, 120, 30, 180, 50),
        325,
        NEVER,
        5,
    ),
    Scenario(
        "budget-burn-slow",
        "a fifth fails for fifty minutes, and again seven hours later",
        lambda rate: twice(rate, 20, 50, 420),
        1_355,
        NEVER,
        5,
    ),
    Scenario(
        "budget-burn-slow",
        "a failure every ninety minutes at night",
        lambda rate: one_by_one(rate, 90, 8),
        895,
        NEVER,
        5,
    ),
    Scenario(
        "budget-burn-slow",
        "a failure every hour at night",
        lambda rate: one_by_one(rate, 60, 9),
        655,
        ((360, 385), (420, 445), (480, 505), (540, 565), (600, 625)),
        5,
    ),
    Scenario(
        "budget-burn",
        "eight percent fail for two hours",
        lambda rate: spell(rate, 8, 60, 120, 60),
        240,
        {"low": ((113, 179),), "middle": ((113, 179),), "high": ((114, 179),)},
    ),
    Scenario("budget-burn", "just over the threshold", lambda rate: spell(rate, 7.5, 60, 180, 0), 230, ((117, 230),)),
    Scenario(
        "budget-burn",
        "just below the threshold, beside one that fails",
        lambda rate: beside_failing(rate, 6.9, 240),
        240,
        NEVER,
    ),
    Scenario("budget-burn", "five failures within a minute at night", lambda rate: at_night(rate, 5), 120, ((60, 64),)),
    Scenario(
        "budget-burn",
        "four failures within a minute at night, beside others that fail",
        lambda rate: at_night(rate, 4, 50),
        120,
        NEVER,
    ),
    Scenario(
        "budget-burn-slow",
        "four percent fail for ten hours",
        lambda rate: spell(rate, 4, 120, 600, 180),
        900,
        ((390, 725),),
        5,
    ),
    Scenario(
        "budget-burn-slow", "just over the threshold", lambda rate: spell(rate, 3.2, 120, 780, 0), 890, ((460, 890),), 5
    ),
    Scenario(
        "budget-burn-slow",
        "just below the threshold, beside one that fails",
        lambda rate: beside_failing(rate, 2.9, 900),
        900,
        NEVER,
        5,
    ),
    Scenario(
        "budget-burn-slow",
        "five failures within a minute at night",
        lambda rate: at_night(rate, 5),
        120,
        ((60, 85),),
        5,
    ),
    Scenario(
        "budget-burn-slow",
        "four failures within a minute at night, beside others that fail",
        lambda rate: at_night(rate, 4, 50),
        120,
        NEVER,
        5,
    ),
)


def slowness(alert: str, over: Shares, under: Shares) -> tuple[Scenario, ...]:
    """Return the scenarios of an alert on slowness: just `over` its threshold and just `under` it."""
    return (
        Scenario(
            alert,
            "slow from the second hour on",
            lambda rate: slow_spell(rate, over, 60, 91, 0),
            150,
            {"low": NEVER, "middle": ((82, 150),), "high": ((82, 150),)},
        ),
        Scenario(
            alert,
            "slow for half an hour",
            lambda rate: slow_spell(rate, over, 60, 30, 91),
            180,
            {"low": NEVER, "middle": ((82, 121),), "high": ((82, 121),)},
        ),
        Scenario(
            alert,
            "just quick enough, beside one that is slow",
            lambda rate: (*taken(rate, ((151, under),)), *elsewhere(rate * 10, over)),
            150,
            NEVER,
        ),
        Scenario(alert, "slow, but not for long enough", lambda rate: slow_spell(rate, over, 60, 8, 91), 150, NEVER),
        Scenario(
            alert,
            "sixty slow answers in a quarter of an hour",
            lambda rate: (*taken(4, ((151, over),)), *elsewhere(rate, QUICK)),
            150,
            ((23, 150),),
        ),
        Scenario(
            alert,
            "four slow answers a minute for an hour",
            lambda rate: (*taken(4, ((60, over), (121, QUICK))), *elsewhere(rate, QUICK)),
            180,
            ((23, 91),),
        ),
        Scenario(
            alert,
            "fifty-nine slow answers in a quarter of an hour",
            lambda rate: (*taken(59 / 15, ((151, over),)), *elsewhere(rate, over)),
            150,
            NEVER,
        ),
    )


SCENARIOS = (
    *ERROR_RATE,
    *BURN,
    *slowness("slow-answers", OVER_HALF, UNDER_HALF),
    *slowness("very-slow-answers", OVER_ONE, UNDER_ONE),
)
