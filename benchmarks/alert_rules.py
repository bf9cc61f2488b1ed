"""How fast our evaluator plays every alert over thirty days of one-minute series, beside promtool on the same series.

    .venv/bin/python -m benchmarks.alert_rules [DAYS] [EVERY]

Ours looks at every alert at each minute. `promtool test rules` works each window out at each look, and every window
of a subquery within it, so that thirty days of minutes take it eleven minutes of CPU: it looks every EVERY minutes only
(5, or 1 for look against look), which makes the ratio larger than a fair one, never smaller. Both read the same series
from a file. What promtool takes to read them is measured apart, with a rule that looks at nothing, and is taken from
its time; what ours takes to read them is not taken from ours. promtool has to agree whether each alert's condition
holds, at its looks around the begin and the end of every stretch in which it does, and at the last. For how long a
condition has to last is left to ours, for it would mean something else at other looks. Both are measured in
seconds of CPU, so that a busy machine does not decide; wall time is shown beside. Exits 1 when the bound is broken.
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
from monitors.firing import fires, stretches, timeline
from monitors.month import series
from monitors.promql.evaluating import Evaluation
from monitors.promql.parsing import parse
from monitors.promql.samples import Measured, Samples

DAYS = 30
EVERY = 5  # minutes between two looks of promtool
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


@dataclass(frozen=True)
class Seen:
    """When an alert was open, and when its condition held, both in seconds."""

    incidents: tuple[tuple[int, int], ...]
    held: tuple[tuple[int, int], ...]


def ours(path: Path, minutes: int) -> tuple[Took, dict[str, Seen]]:
    """Return how long we take and what we see of each alert."""
    took: list[Took] = []
    with taken(resource.RUSAGE_SELF, took):
        seen = _evaluated(path, minutes)
    return took[0], seen


def _evaluated(path: Path, minutes: int) -> dict[str, Seen]:
    measured = Measured.of(
        (each["metric"], each["labels"], _samples(each["values"])) for each in json.loads(path.read_text())
    )
    evaluation, grid = Evaluation(measured), range(0, minutes * MINUTE, MINUTE)
    return {
        alert.id: Seen(
            stretches(timeline(alert, evaluation, grid), grid),
            stretches(fires(parse(alert.promql), 0, evaluation, grid), grid),
        )
        for alert in watched().values()
    }


def _samples(notation: str) -> Samples:
    values: list[float] = []
    for part in notation.split():
        value, _, more = part.partition("x")
        values += [float(value)] * (int(more or 0) + 1)
    return Samples(range(0, len(values) * MINUTE, MINUTE), values)


@dataclass(frozen=True)
class Peer:
    """promtool in a folder of its own, on these series, with a look every so many minutes."""

    folder: Path
    shown: list[dict[str, str]]
    every: int

    def took(self, rules: list[dict[str, str]], tests: list[dict[str, Any]]) -> Took:
        """Return how long promtool takes; exits when it sees something else."""
        test = {"interval": "1m", "input_series": self.shown, "alert_rule_test": tests}
        whole = {"rule_files": ["rules.json"], "evaluation_interval": f"{self.every}m", "tests": [test]}
        (self.folder / "rules.json").write_text(json.dumps({"groups": [{"name": "rules", "rules": rules}]}))
        (self.folder / "test.json").write_text(json.dumps(whole))
        found: list[Took] = []
        with taken(resource.RUSAGE_CHILDREN, found):
            ran = subprocess.run(
                ["promtool", "test", "rules", "test.json"], cwd=self.folder, capture_output=True, text=True
            )
        if ran.returncode:
            sys.exit(f"promtool does not agree:\n{ran.stdout[-3000:]}{ran.stderr[-1000:]}")
        return found[0]


def asked(seen: dict[str, Seen], looks: range) -> list[dict[str, Any]]:
    """Return what promtool is asked: each condition at the looks around both ends of every stretch, and at the last."""
    tests = []
    for alert, each in seen.items():
        near = {
            end - end % looks.step + steps * looks.step for span in each.held for end in span for steps in (-1, 0, 1)
        }
        for at in sorted(near.intersection(looks) | {looks[-1]}):
            holds = any(start <= at <= end for start, end in each.held)
            tests.append({"eval_time": f"{at}s", "alertname": alert, "exp_alerts": [{}] if holds else []})
    return tests


def main(days: int, every: int) -> int:
    """Measure both, print, and return the exit code."""
    if shutil.which("promtool") is None:
        sys.exit("promtool is not installed; the Debian package is called prometheus")
    minutes = days * 24 * 60
    looks = range(0, minutes * MINUTE, every * MINUTE)
    with tempfile.TemporaryDirectory() as name:
        kept = written(minutes)
        (Path(name) / "series.json").write_text(json.dumps(kept))
        mine, seen = ours(Path(name) / "series.json", minutes)
        incidents = sum(len(each.incidents) for each in seen.values())
        print(f"{len(kept)} series, {days} days, {len(seen)} alerts, {incidents} incidents")
        print(f"ours, {minutes:,} looks at each alert: {mine}", flush=True)
        peer = Peer(Path(name), [{"series": each["series"], "values": each["values"]} for each in kept], every)
        last = [{"eval_time": f"{looks[-1]}s", "alertname": "none", "exp_alerts": []}]
        reading = peer.took([{"alert": "none", "expr": "vector(0) > 1"}], last)
        rules = [{"alert": alert.id, "expr": f"count({alert.promql})"} for alert in watched().values()]
        tests = asked(seen, looks)
        whole = peer.took(rules, tests)
    ratio = mine.cpu / (whole.cpu - reading.cpu)
    print(f"promtool, {len(looks):,} looks at each alert: {whole}, of which {reading} to read the series")
    print(f"promtool agrees at all {len(tests)} looks that it was asked about")
    print(f"ratio {ratio:.3f}, bound {BOUND}")
    return int(ratio > BOUND)


if __name__ == "__main__":
    given = [int(text) for text in sys.argv[1:3]]
    sys.exit(main(*given, *(DAYS, EVERY)[len(given) :]))
