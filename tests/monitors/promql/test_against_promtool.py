"""Our evaluator beside Prometheus' own engine, on series and expressions made by chance."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

from monitors.alerts import Alert, Owner
from monitors.cases.case import Case, Measure
from monitors.cases.promtool import files
from monitors.cases.tracks import Track, gauge
from monitors.promql import Series

MINUTES = 120
WORLDS = 80
SERIES = Series("a/b", "r")
COUNTS = tuple(SERIES.where(le=bound, x=x) for bound in ("1", "2", "5", "+Inf") for x in ("p", "q"))


@dataclass(frozen=True)
class Written:
    """A condition that is its own expression."""

    promql: str


def wandering(chance: Random) -> Track:
    """Return a counter with gaps and restarts, in quarters so that its sums are exact."""
    value, stretches = 0.0, []
    for _ in range(MINUTES + 1):
        value = 0.0 if chance.random() < 0.02 else value + chance.choice((0, 0, 0.25, 1, 3))
        stretches.append((1, None if chance.random() < 0.1 else value))
    return gauge(*stretches)


def expression(chance: Random) -> str:
    """Return an expression that has a value now and then."""
    window, other, bound = chance.choice((5, 7, 15, 31)), chance.choice((5, 15)), chance.choice((0.5, 2, 7.25, 20))
    plain = SERIES.where(x="p").selector
    ours, all_ = f"increase({plain}[{window}m])", f"increase({SERIES.selector}[{other}m] offset {other}m)"
    return chance.choice(
        (
            f"{ours} > {bound}",
            f"sum by (x) ({all_}) > {bound}",
            f"sum({ours}) / sum({all_}) > 0.3",
            f"max by (le) (max_over_time({plain}[{window}m])) < {bound * 4}",
            f"count(min_over_time({plain}[{other}m]) == 0) > 1",
            f"(sum by (x) ({ours}) > {bound}) or (sum by (x) ({all_}) > {bound})",
            f"({ours} > {bound}) and ({ours} < {bound * 3})",
            f"vector(1) unless (sum({ours}) > {bound})",
            f"count_over_time((sum({ours}) > {bound})[{other}m:1m]) > {other - 1.5}",
            f"max_over_time((count_over_time((sum({all_}) > {bound})[{other}m:2m]) > 2)[{window}m:1m])",
            f"histogram_quantile(0.7, sum by (le) ({ours})) > {bound / 4}",
            f"sum(rate({plain}[{window}m])) * 60 > {bound / 8}",
            f"max_over_time({plain}[{other}m]) > max_over_time({plain}[{window}m] offset {window}m)",
        )
    )


def test_both_say_the_same_of_worlds_made_by_chance(tool: Callable[[str], str], tmp_path: Path) -> None:
    tests, some, fired = [], 0, 0
    for seed in range(WORLDS):
        chance = Random(seed)
        measures = tuple(Measure(series, wandering(chance)) for series in COUNTS)
        rule = Alert(f"rule-{seed}", "t", "ERROR", Owner.ENGINEERING, Written(expression(chance)), "m")
        case = Case(rule.id, f"world {seed}", "low", measures, MINUTES, ())
        case = replace(case, open=case.seen(rule))
        some, fired = some + 1, fired + bool(case.open)
        folder = tmp_path / rule.id
        folder.mkdir()
        for name, content in files(rule, [case]).items():
            (folder / name).write_text(content.replace('"rules.json"', f'"{folder}/rules.json"'))
        tests.append(str(folder / "test-1.json"))
    assert fired > some / 2
    ran = subprocess.run([tool("promtool"), "test", "rules", *tests], capture_output=True, text=True, timeout=120)
    assert ran.returncode == 0, [
        line for line in f"{ran.stdout}{ran.stderr}".splitlines() if "FAILED" in line or "rule-" in line
    ][:40]
