"""Triage of a generated Flutter tree beside semgrep (a comparable rule file) and gitleaks (the secrets part).

    python benchmarks/triage_speed.py --semgrep PATH/TO/semgrep --gitleaks PATH/TO/gitleaks

The tree has 5,000 Dart files of a real app's mixture: most are widgets and models, a fifth talks to Firestore, a
twentieth calls something over HTTP. Everything runs on the same tree, one after the other, the best of the runs counts.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

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
    """The best of some runs: seconds on the clock, and seconds of CPU in all processes, which no other load changes."""

    wall: float
    cpu: float
    said: str

    def __str__(self) -> str:
        return f"{self.wall:.2f} s ({self.cpu:.2f} s of CPU)"

    def faster(self, other: Took) -> str:
        """Return how many times faster this is than another."""
        return f"ratio {other.wall / self.wall:.1f}, of CPU {other.cpu / self.cpu:.1f}"


def timed(command: list[str], cwd: Path, runs: int) -> Took:
    """Return the best of some runs of a command."""
    tries = []
    for _ in range(runs):
        before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
        wall, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
        tries.append(Took(wall, after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime, done.stdout))
    return min(tries, key=lambda took: took.cpu)


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


def against_gitleaks(gitleaks: str, app: Path, runs: int) -> None:
    report = app.parent / "gitleaks.json"
    command = [gitleaks, "dir", str(app), "--no-banner", "--exit-code", "0", "--report-format", "json"]
    theirs = timed([*command, "--report-path", str(report)], ROOT, runs)
    ours = timed(secrets_only(app), ROOT, runs)
    found = len(json.loads(report.read_text()))
    print(f"secrets   ours {ours}: {ours.said.strip()} found; gitleaks {theirs}: {found} found; {ours.faster(theirs)}")


def against_semgrep(semgrep: str, app: Path, ours: Took) -> None:
    command = [semgrep, "scan", "--config", str(RULES), "--metrics=off", "--disable-version-check", "--json"]
    theirs = timed([*command, "--no-git-ignore", str(app)], ROOT, 1)
    said = json.loads(theirs.said or "{}")
    scanned, errors = len(said.get("paths", {}).get("scanned", [])), len(said.get("errors", []))
    print(
        f"whole     semgrep {theirs}: {len(said.get('results', []))} found, {scanned} files, {errors} errors of parsing"
    )
    print(f"          {ours.faster(theirs)}")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--files", type=int, default=5000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--semgrep", default=shutil.which("semgrep"))
    parser.add_argument("--gitleaks", default=shutil.which("gitleaks"))
    asked = parser.parse_args()
    with TemporaryDirectory() as folder:
        app, quarter = Path(folder, "app"), Path(folder, "quarter")
        size, small = tree(app, asked.files, random.Random(1)), tree(quarter, asked.files // 4, random.Random(1))
        first = timed(triage(app, "--no-cache"), ROOT, asked.runs)
        count = sum(json.loads(line)["kind"] == "finding" for line in first.said.splitlines())
        print(f"whole     ours {first}: {size / 1e6:.1f} MB in {asked.files} files, {count} found")
        part = timed(triage(quarter, "--no-cache"), ROOT, asked.runs)
        print(f"linear    {first.cpu / size * 1e6:.2f} s of CPU a MB, {part.cpu / small * 1e6:.2f} for a quarter of it")
        again(app, first)
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        print(f"memory    {peak:.0f} MB at most in one process")
        if asked.gitleaks:
            against_gitleaks(asked.gitleaks, app, asked.runs)
        if asked.semgrep:
            against_semgrep(asked.semgrep, app, first)


def again(app: Path, first: Took) -> None:
    """Scan once to fill the cache, change one file, and scan again."""
    timed(triage(app), ROOT, 1)
    path = app / "lib" / "feature_1" / "item_1.dart"
    path.write_text(path.read_text() + "// changed\n")
    second = timed(triage(app), ROOT, 1)
    print(f"again     {second} after one changed file, {second.cpu / first.cpu:.2f} of the first")


if __name__ == "__main__":
    main()
