"""Triage of a generated Flutter tree beside semgrep (a comparable rule file) and gitleaks (the secrets part).

    python benchmarks/triage_speed.py --semgrep PATH/TO/semgrep --gitleaks PATH/TO/gitleaks

The tree has 5,000 Dart files of a real app's mixture: most are widgets and models, a fifth talks to Firestore, a
twentieth calls something over HTTP. Everything runs on the same tree, one after the other, the best of the runs counts.
Exit code 1 when one of the bounds does not hold.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import shutil
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile

import psutil

ROOT = Path(__file__).parents[1]
RULES = Path(__file__).with_name("triage_semgrep.yaml")
WIDGET = """
class {name} extends StatelessWidget {{
  const {name}({{super.key, required this.title, this.onTap}});
  final String title;
  final VoidCallback? onTap;

  @override
  Widget build(BuildContext context) {{
    final theme = Theme.of(context);
    return Padding(
      padding: const EdgeInsets.symmetric(horizontal: {number}.0, vertical: 8),
      child: Column(
        crossAxisAlignment: CrossAxisAlignment.start,
        children: [
          Text(title, style: theme.textTheme.titleMedium),
          const SizedBox(height: {number}),
          ElevatedButton(onPressed: onTap, child: Text('Continue with ${{title.trim()}}')),
        ],
      ),
    );
  }}
}}
"""
MODEL = """
class {name}Model {{
  const {name}Model({{required this.id, required this.name, this.count = {number}}});
  factory {name}Model.fromJson(Map<String, dynamic> json) =>
      {name}Model(id: json['id'] as String, name: json['name'] as String, count: json['count'] as int);
  final String id;
  final String name;
  final int count;
  Map<String, dynamic> toJson() => {{'id': id, 'name': name, 'count': count}};
  {name}Model copyWith({{String? name, int? count}}) =>
      {name}Model(id: id, name: name ?? this.name, count: count ?? this.count);
}}
"""
STORE = """
class {name}Repository {{
  final items = FirebaseFirestore.instance.collection('items{number}');
  Future<void> save(String uid, String id, String text) =>
      items.doc(id).set({{'userId': uid, 'text': text, 'at': FieldValue.serverTimestamp()}});
  Stream<QuerySnapshot> watch(String uid) => items.where('userId', isEqualTo: uid).snapshots();
}}
"""
CALL = """
class {name}Api {{
  Future<http.Response> load(String id) => http.get(Uri.parse('https://api.acme.dev/v{number}/items/$id'));
}}
"""
LEAK = """
Future<void> pay{number}() => http.post(Uri.parse('https://api.stripe.com/v1/charges'));
const key{number} = '{key}';
"""


def tree(root: Path, count: int, chance: random.Random) -> int:
    """Write a Flutter app of `count` Dart files and return its size in bytes."""
    size = 0
    for number in range(count):
        parts = ["import 'package:flutter/material.dart';\n"]
        name = f"Item{number}"
        parts += [chance.choice((WIDGET, MODEL)) for _ in range(chance.randint(1, 5))]
        if number % 5 == 0:
            parts = ["import 'package:cloud_firestore/cloud_firestore.dart';\n", *parts, STORE]
        if number % 20 == 0:
            parts = ["import 'package:http/http.dart' as http;\n", *parts, CALL]
        if number % 250 == 0:
            parts.append(LEAK)
        key = "sk_live_51" + "".join(chance.choices("abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789", k=40))
        text = parts[0] + "".join(
            part.format(name=f"{name}_{at}", number=number % 40 + 1, key=key) for at, part in enumerate(parts[1:])
        )
        path = root / "lib" / f"feature_{number % 100}" / f"item_{number}.dart"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        size += len(text)
    (root / "pubspec.yaml").write_text("name: acme\ndependencies:\n  flutter:\n    sdk: flutter\n")
    return size


@dataclass(frozen=True)
class Took:
    """The best of some runs: seconds on the clock, seconds of CPU in all processes, the most memory of all together."""

    wall: float
    cpu: float
    megabytes: float
    said: str

    def __str__(self) -> str:
        return f"{self.wall:.2f} s ({self.cpu:.2f} s of CPU, {self.megabytes:.0f} MB)"


@dataclass(frozen=True)
class Bound:
    """Something measured that has to stay on one side of a number."""

    name: str
    value: float
    at_least: float = 0.0
    at_most: float = float("inf")

    @property
    def holds(self) -> bool:
        """Whether the value is where it has to be."""
        return self.at_least <= self.value <= self.at_most

    def __str__(self) -> str:
        asked = f"at least {self.at_least:g}" if self.at_least else f"at most {self.at_most:g}"
        return f"{'ok  ' if self.holds else 'FAIL'} {self.name}: {self.value:.2f} ({asked})"


def timed(command: list[str], cwd: Path, runs: int) -> Took:
    """Return the best of some runs of a command."""
    return min((_once(command, cwd) for _ in range(runs)), key=lambda took: took.cpu)


def _once(command: list[str], cwd: Path) -> Took:
    before, began, most = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter(), 0.0
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    with (
        TemporaryFile() as output,
        subprocess.Popen(command, cwd=cwd, env=environ, stdout=output, stderr=subprocess.DEVNULL) as run,
    ):
        while run.poll() is None:
            most = max(most, _megabytes(run.pid))
            time.sleep(0.05)
        wall, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
        output.seek(0)
        said = output.read().decode()
    return Took(wall, after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime, most, said)


def _megabytes(pid: int) -> float:
    """Return what a process and its children keep in memory now; pages that several share count for each."""
    total = 0
    with suppress(psutil.Error):
        root = psutil.Process(pid)
        for process in [root, *root.children(recursive=True)]:
            with suppress(psutil.Error):
                total += process.memory_info().rss
    return total / 1e6


def triage(app: Path, *more: str) -> list[str]:
    return [sys.executable, "-m", "cli", "triage", str(app), "--no-history", "--json", *more]


def secrets_only(app: Path) -> list[str]:
    """Return a command that does what gitleaks does: list, read and search each file for secrets."""
    program = (
        "import sys\nfrom pathlib import Path\n"
        "from triage.facts import secret_hits\nfrom triage.files.walk import walk\n"
        "root = Path(sys.argv[1])\n"
        "print(sum(len(secret_hits(path, (root / path).read_bytes())) for path in walk(root).files))"
    )
    return [sys.executable, "-c", program, str(app)]


def alone(app: Path, quarter: Path, sizes: tuple[int, int], runs: int) -> tuple[Took, list[Bound]]:
    """Measure the triage by itself: memory, growth with the bytes, and the second scan after one changed file."""
    first, part = (timed(triage(where, "--no-cache"), ROOT, runs) for where in (app, quarter))
    count = sum(json.loads(line)["kind"] == "finding" for line in first.said.splitlines())
    print(f"whole     ours {first}: {sizes[0] / 1e6:.1f} MB, {count} found")
    print(f"quarter   ours {part}: {sizes[1] / 1e6:.1f} MB")
    timed(triage(app), ROOT, 1)
    path = app / "lib" / "feature_1" / "item_1.dart"
    path.write_text(path.read_text() + "// changed\n")
    second = timed(triage(app), ROOT, 1)
    print(f"again     ours {second} after one changed file")
    growth = (first.cpu / sizes[0]) / (part.cpu / sizes[1])
    return first, [
        Bound("CPU a byte, whole tree to a quarter of it", growth, at_most=1.15),
        Bound("memory of all processes in MB", first.megabytes, at_most=300),
        Bound("second scan, seconds of CPU", second.cpu, at_most=max(first.cpu / 10, 1.0)),
    ]


def against_gitleaks(gitleaks: str, app: Path, runs: int) -> Bound:
    report = app.parent / "gitleaks.json"
    command = [gitleaks, "dir", str(app), "--no-banner", "--exit-code", "0", "--report-format", "json"]
    theirs = timed([*command, "--report-path", str(report)], ROOT, runs)
    ours = timed(secrets_only(app), ROOT, runs)
    print(f"secrets   ours {ours}: {ours.said.strip()} found")
    print(f"          gitleaks {theirs}: {len(json.loads(report.read_text()))} found")
    return Bound("times as fast as gitleaks on secrets", _ratio(ours, theirs), at_least=1)


def against_semgrep(semgrep: str, app: Path, ours: Took) -> Bound:
    command = [semgrep, "scan", "--config", str(RULES), "--metrics=off", "--disable-version-check", "--json"]
    theirs = timed([*command, "--no-git-ignore", str(app)], ROOT, 1)
    said = json.loads(theirs.said or "{}")
    scanned, errors = len(said.get("paths", {}).get("scanned", [])), len(said.get("errors", []))
    print(f"whole     semgrep {theirs}: {len(said.get('results', []))} found")
    print(f"          it read {scanned} files and could not parse {errors} places (its Dart is experimental)")
    return Bound("times as fast as semgrep", _ratio(ours, theirs), at_least=5)


def _ratio(ours: Took, theirs: Took) -> float:
    """Return the less flattering one of the ratios by clock and by CPU."""
    return min(theirs.wall / ours.wall, theirs.cpu / ours.cpu)


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--files", type=int, default=5000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--semgrep", default=shutil.which("semgrep"))
    parser.add_argument("--gitleaks", default=shutil.which("gitleaks"))
    asked = parser.parse_args()
    with TemporaryDirectory() as folder:
        app, quarter = Path(folder, "app"), Path(folder, "quarter")
        sizes = tree(app, asked.files, random.Random(1)), tree(quarter, asked.files // 4, random.Random(1))
        first, bounds = alone(app, quarter, sizes, asked.runs)
        if asked.gitleaks:
            bounds.append(against_gitleaks(asked.gitleaks, app, asked.runs))
        if asked.semgrep:
            bounds.append(against_semgrep(asked.semgrep, app, first))
    print(*bounds, sep="\n")
    for name in ("semgrep", "gitleaks"):
        if not getattr(asked, name):
            print(f"skip not compared with {name}: it is not installed; name it with --{name} PATH")
    return 0 if all(bound.holds for bound in bounds) else 1


if __name__ == "__main__":
    sys.exit(main())
