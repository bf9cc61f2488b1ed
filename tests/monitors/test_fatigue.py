from __future__ import annotations

from collections.abc import Sequence
from random import Random
from statistics import median

import pytest

from monitors.cases.catalogue import watched
from monitors.cases.outside import HOST
from monitors.cases.requests import DOOR
from monitors.chance import MINUTE, MONTH, counted, failing
from monitors.essential import REQUESTS
from monitors.fatigue import MOST, Fatigue, Starts, fatigue
from monitors.firing import fires, stretches, timeline
from monitors.month import month
from monitors.promql import metric_name
from monitors.promql.evaluating import Evaluation
from monitors.promql.parsing import parse
from monitors.promql.samples import Measured

ALERTS = watched()
ERROR_RATE = ALERTS["error-rate"]
RATE = 60  # requests a minute
SEEDS = range(20)


def door(failed: Sequence[int]) -> Measured:
    good = [RATE - count for count in failed]
    labels = {"monitored_resource": REQUESTS.resource, "service_name": DOOR}
    name = metric_name(REQUESTS.metric)
    return Measured.of(
        (name, {**labels, "response_code_class": kind}, counted(counts))
        for kind, counts in (("2xx", good), ("5xx", failed))
    )


def half_the_threshold(seed: int) -> Measured:
    return door(failing(Random(seed), RATE, 0.01, MONTH))


@pytest.mark.parametrize("seed", SEEDS)
def test_thirty_days_at_half_the_threshold_never_start_the_alert(seed: int) -> None:
    grid = range(0, MONTH * MINUTE, MINUTE)
    assert stretches(timeline(ERROR_RATE, Evaluation(half_the_threshold(seed)), grid), grid) == ()


def test_the_same_days_start_a_bare_ratio_many_times() -> None:
    """What the simulation is worth: a rule without hold, guard and two paces does flap on these series."""
    ours = REQUESTS.where(service_name=DOOR)
    bare = parse(f"{ours.where(response_code_class='5xx').counted(15)} / {ours.counted(15)} > 0.02")
    grid = range(0, MONTH * MINUTE, MINUTE)
    starts = len(stretches(fires(bare, 0, Evaluation(half_the_threshold(SEEDS[0])), grid), grid))
    assert starts >= 10


def test_an_outage_of_a_tenth_opens_within_five_minutes_in_the_median_and_ten_at_most() -> None:
    before, during = 120, 60
    waits = []
    for seed in SEEDS:
        chance = Random(seed)
        failed = failing(chance, RATE, 0.002, before) + failing(chance, RATE, 0.1, during)
        grid = range(0, (before + during) * MINUTE, MINUTE)
        (incident,) = stretches(timeline(ERROR_RATE, Evaluation(door(failed)), grid), grid)
        waits.append(incident[0] // MINUTE - before + 1)  # the first sample of the outage is a minute old
    assert min(waits) > 0
    assert median(waits) <= 5
    assert max(waits) <= 10


def test_an_ordinary_month_calls_nobody_more_than_twice_a_week() -> None:
    seen = fatigue(ALERTS.values(), month(DOOR, HOST, seed=1), MONTH)
    assert seen.is_bearable, {each.alert.id: each.begun for each in seen.starts if each.begun}
    assert {each.alert.id for each in seen.starts if each.begun} == {"final-failures", "wrong-plan"}


def test_three_starts_in_one_week_are_too_many() -> None:
    tired = Fatigue((Starts(ERROR_RATE, (10, 5_000, 10_079), (1, 1, 1)),), MONTH)
    assert tired.weeks == (MOST + 1, 0, 0, 0, 0)
    assert not tired.is_bearable
    assert Fatigue((Starts(ERROR_RATE, (10, 5_000, 10_080), (1, 1, 1)),), MONTH).is_bearable


def test_about_as_many_requests_fail_as_are_meant_to() -> None:
    assert sum(failing(Random(1), RATE, 0.01, MONTH)) == pytest.approx(RATE * MONTH * 0.01, rel=0.03)
    assert failing(Random(1), RATE, 0, 10) == [0] * 10
