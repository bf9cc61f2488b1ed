"""`python -m tools.variants`: lists the variants, plays them, dumps what they would make, or rehearses founders."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from tools.variants.founders import REHEARSED, founders, rehearsed
from tools.variants.plan import PlanError, planned
from tools.variants.play import Workbench, copied, delivered, play, workbench
from tools.variants.table import VARIANTS, Variant, named

PROJECT = Path(__file__).resolve().parents[2]


def main(arguments: Sequence[str]) -> int:
    """Do what the arguments say; return 0 when all went well, 1 when a variant failed, 2 for a wrong call."""
    given = _parser().parse_args(arguments)
    if given.command == "list":
        for variant in VARIANTS:
            print(f"{variant.name:16} {variant.about}")
        return 0
    if given.command == "rehearse":
        return _rehearsed(given.names)
    try:
        wanted = named(tuple(given.names))
    except KeyError as error:
        print(f"There is no variant {error}. `python -m tools.variants list` shows them.", file=sys.stderr)
        return 2
    work = _played(ci=given.ci) if given.command == "play" else _dumped(Path(given.folder).absolute())
    results = [_at(variant, partial(work, variant)) for variant in wanted]
    return 0 if all(results) else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tools.variants")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("list", help="names and what each is about")
    playing = commands.add_parser("play", help="each by one `./launch up --weather rough`, then a refreshed preview")
    playing.add_argument("--ci", action="store_true", help="then look and deploy as a CI's accounts, if it has any")
    planning = commands.add_parser("plan", help="each as plan JSON in a folder, NAME.json")
    planning.add_argument("folder")
    rehearsing = commands.add_parser(
        "rehearse", help="production with the answers of typical founders, to a person's step"
    )
    for command in (playing, planning, rehearsing):
        command.add_argument("names", nargs="*", metavar="NAME")
    return parser


def _at(variant: Variant, work: Callable[[Workbench], bool]) -> bool:
    with (
        tempfile.TemporaryDirectory(prefix="launch-variant-") as folder,
        workbench(variant, PROJECT, Path(folder)) as bench,
    ):
        return work(bench)


def _played(*, ci: bool) -> Callable[[Variant, Workbench], bool]:
    def work(variant: Variant, bench: Workbench) -> bool:
        is_well = play(bench) and (not (ci and bench.has_delivery) or delivered(bench))
        return _told(variant.name, bench, is_well=is_well)

    return work


def _told(name: str, bench: Workbench, *, is_well: bool) -> bool:
    for ran in bench.runs:
        said = f"exit {ran.code}, {ran.seconds:.0f} s: {ran.last}"
        print(f"{name:16} {' '.join(ran.command)}: {said}", flush=True)
    if not is_well:
        print(bench.runs[-1].said)
    return is_well


def _rehearsed(names: Sequence[str]) -> int:
    known = {founder.name: founder for founder in founders()}
    strange = [name for name in names if name not in known]
    if strange:
        print(f"There is no founder {', '.join(strange)}. There are {', '.join(known)}.", file=sys.stderr)
        return 2
    results = []
    for founder in [known[name] for name in names] or known.values():
        with (
            tempfile.TemporaryDirectory(prefix="launch-founder-") as folder,
            copied(PROJECT, Path(folder), "prod", **REHEARSED) as bench,
        ):
            results.append(_told(founder.name, bench, is_well=rehearsed(founder, bench)))
    return 0 if all(results) else 1


def _dumped(folder: Path) -> Callable[[Variant, Workbench], bool]:
    def work(variant: Variant, bench: Workbench) -> bool:
        try:
            found = planned(bench)
        except PlanError as error:
            print(f"{variant.name:16} no plan: {error}")
            return False
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / f"{variant.name}.json"
        file.write_text(json.dumps({"variant": variant.name, "resources": found}, indent=1, sort_keys=True))
        print(f"{variant.name:16} {len(found)} resources: {file}", flush=True)
        return True

    return work


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
