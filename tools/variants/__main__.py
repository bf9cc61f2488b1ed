"""`python -m tools.variants`: lists the variants, plays them, or dumps what they would make."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from tools.variants.plan import PlanError, planned
from tools.variants.play import Workbench, play, workbench
from tools.variants.table import VARIANTS, Variant, named

PROJECT = Path(__file__).resolve().parents[2]


def main(arguments: Sequence[str]) -> int:
    """Do what the arguments say; return 0 when all went well, 1 when a variant failed, 2 for a wrong call."""
    given = _parser().parse_args(arguments)
    if given.command == "list":
        for variant in VARIANTS:
            print(f"{variant.name:16} {variant.about}")
        return 0
    try:
        wanted = named(tuple(given.names))
    except KeyError as error:
        print(f"There is no variant {error}. `python -m tools.variants list` shows them.", file=sys.stderr)
        return 2
    work = _played if given.command == "play" else _dumped(Path(given.folder).absolute())
    results = [_at(variant, work) for variant in wanted]
    return 0 if all(results) else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tools.variants")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("list", help="names and what each is about")
    playing = commands.add_parser("play", help="each by one `./launch up --weather rough`, then a refreshed preview")
    planning = commands.add_parser("plan", help="each as plan JSON in a folder, NAME.json")
    planning.add_argument("folder")
    for command in (playing, planning):
        command.add_argument("names", nargs="*", metavar="NAME")
    return parser


def _at(variant: Variant, work: Callable[[Workbench], bool]) -> bool:
    with (
        tempfile.TemporaryDirectory(prefix="launch-variant-") as folder,
        workbench(variant, PROJECT, Path(folder)) as bench,
    ):
        return work(bench)


def _played(bench: Workbench) -> bool:
    is_well = play(bench)
    for ran in bench.runs:
        said = f"exit {ran.code}, {ran.seconds:.0f} s: {ran.last}"
        print(f"{bench.variant.name:16} {' '.join(ran.command)}: {said}", flush=True)
    if not is_well:
        print(bench.runs[-1].said)
    return is_well


def _dumped(folder: Path) -> Callable[[Workbench], bool]:
    def work(bench: Workbench) -> bool:
        try:
            found = planned(bench)
        except PlanError as error:
            print(f"{bench.variant.name:16} no plan: {error}")
            return False
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / f"{bench.variant.name}.json"
        file.write_text(json.dumps({"variant": bench.variant.name, "resources": found}, indent=1, sort_keys=True))
        print(f"{bench.variant.name:16} {len(found)} resources: {file}", flush=True)
        return True

    return work


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
