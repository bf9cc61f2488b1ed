"""How fast our evaluator plays every alert over thirty days of one-minute series, beside promtool on the same series.

    .venv/bin/python -m benchmarks.alert_rules [DAYS]

Both read the same series from a file. What promtool takes to read them is measured apart, with a rule that looks at
nothing, and is taken from its time; what ours takes to read them is not taken from ours. promtool has to agree on the
begin and the end of every incident, and on the last minute. Both are measured in seconds of CPU, so that a busy machine
does not decide; wall time is shown beside. Exits 1 when the bound is broken.
"""

from __future__ import annotations

import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from monitors.cases.catalogue import watched
from monitors.cases.outside import HOST
from monitors.cases.requests import DOOR
from monitors.chance import MINUTE
from monitors.firing import stretches, timeline
from monitors.month import series
from monitors.promql.evaluating import Evaluation
from monitors.promql.samples import Measured, Samples

DAYS = 30
BOUND = 0.3  # of promtool's time
SEED = 1


def written(minutes: int) -> list[dict[str, Any]]:
    """Return the month's series, each with its labels and values as promtool takes them."""
    found = []
    for metric, labels, samples in series(DOOR, HOST, SEED, minutes):
        inside = ",".join(f'{name}="{value}"' for name, value in labels.items())
        values = " ".join(_runs([*samples.values]))
        found.append({"series": f"{metric}{{{inside}}}", "values": values, "metric": metric, "labels": labels})
    return found


def _runs(values: list[float]) -> list[str]:
    """Return values in promtool's notation, each value that repeats written once."""
    found, length = [], 0
    for value, following in pairwise([*values, None]):
        if following == value:
            length += 1
            continue
        found.append(f"{value!r}x{length}" if length else repr(value))
        length = 0
    return found


@dataclass(frozen=True)
class Took:
    """Seconds by the clock, and seconds of CPU."""

    wall: float
    cpu: float

    def __str__(self) -> str:
        return f"{self.cpu:.2f} s of CPU, {self.wall:.2f} s by the clock"


@contextmanager
def taken(who: int, found: list[Took]) -> Iterator[None]:
    """Append to `found` what the block takes: of this process, or of those that it started (`resource.RUSAGE_…`)."""
    began, used = time.perf_counter(), _cpu(who)
    yield
    found.append(Took(time.perf_counter() - began, _cpu(who) - used))


def _cpu(who: int) -> float:
    used = resource.getrusage(who)
    return used.ru_utime + used.ru_stime


def ours(path: Path, minutes: int) -> tuple[Took, dict[str, tuple[tuple[int, int], ...]]]:
    """Return how long we take and when each alert is open."""
    took: list[Took] = []
    with taken(resource.RUSAGE_SELF, took):
        seen = _evaluated(path, minutes)
    return took[0], seen


def _evaluated(path: Path, minutes: int) -> dict[str, tuple[tuple[int, int], ...]]:
    measured = Measured.of(
        (each["metric"], each["labels"], _samples(each["values"])) for each in json.loads(path.read_text())
    )
    evaluation, grid = Evaluation(measured), range(0, minutes * MINUTE, MINUTE)
    return {alert.id: stretches(timeline(alert, evaluation, grid), grid) for alert in watched().values()}


def _samples(notation: str) -> Samples:
    values: list[float] = []
    for part in notation.split():
        value, _, more = part.partition("x")
        values += [float(value)] * (int(more or 0) + 1)
    return Samples(range(0, len(values) * MINUTE, MINUTE), values)


def promtool(folder: Path, rules: list[dict[str, str]], tests: list[dict[str, Any]], shown: Any) -> Took:
    """Return how long promtool takes; exits when it sees something else."""
    (folder / "rules.json").write_text(json.dumps({"groups": [{"name": "rules", "rules": rules}]}))
    test = {"interval": "1m", "input_series": shown, "alert_rule_test": tests}
    whole = {"rule_files": ["rules.json"], "evaluation_interval": "1m", "tests": [test]}
    (folder / "test.json").write_text(json.dumps(whole))
    took: list[Took] = []
    with taken(resource.RUSAGE_CHILDREN, took):
        ran = subprocess.run(["promtool", "test", "rules", "test.json"], cwd=folder, capture_output=True, text=True)
    if ran.returncode:
        sys.exit(f"promtool does not agree:\n{ran.stdout[-3000:]}{ran.stderr[-1000:]}")
    return took[0]


def asked(seen: dict[str, tuple[tuple[int, int], ...]], minutes: int) -> list[dict[str, Any]]:
    """Return what promtool is asked: each alert around both ends of every incident, and at the last minute."""
    tests = []
    for alert, incidents in seen.items():
        edges = {end + step * MINUTE for incident in incidents for end in incident for step in (-1, 0, 1)}
        for at in sorted({edge for edge in edges if 0 <= edge < minutes * MINUTE} | {(minutes - 1) * MINUTE}):
            is_open = any(start <= at <= end for start, end in incidents)
            tests.append({"eval_time": f"{at}s", "alertname": alert, "exp_alerts": [{}] if is_open else []})
    return tests


def main(days: int) -> int:
    """Measure both, print, and return the exit code."""
    if shutil.which("promtool") is None:
        sys.exit("promtool is not installed; the Debian package is called prometheus")
    minutes = days * 24 * 60
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        kept = written(minutes)
        (folder / "series.json").write_text(json.dumps(kept))
        shown = [{"series": each["series"], "values": each["values"]} for each in kept]
        mine, seen = ours(folder / "series.json", minutes)
        print(f"{len(kept)} series, {days} days, {len(seen)} alerts, {sum(map(len, seen.values()))} incidents")
        print(f"ours: {mine}", flush=True)
        last = [{"eval_time": f"{minutes - 1}m", "alertname": "none", "exp_alerts": []}]
        reading = promtool(folder, [{"alert": "none", "expr": "vector(0) > 1"}], last, shown)
        rules = [
            {"alert": alert.id, "expr": f"count({alert.promql})", "for": f"{alert.sustained}m"}
            for alert in watched().values()
        ]
        whole = promtool(folder, rules, asked(seen, minutes), shown)
    ratio = mine.cpu / (whole.cpu - reading.cpu)
    print(f"promtool: {whole}, of which {reading} to read the series")
    print(f"ratio {ratio:.3f}, bound {BOUND}")
    return int(ratio > BOUND)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else DAYS))
