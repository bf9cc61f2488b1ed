"""docs/architecture.md, CONTRIBUTING.md and pyproject.toml name the rooms that there are, in the same ladder."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "architecture.md").read_text()
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
BEING_BUILT = {"rules", "triage"}  # in the ladder already; while the folder is missing, the page may name it
NOT_CODE = {"benchmarks", "clients", "delivery", "docs", "firestore", "tests", "tools"}
Ladder = list[set[str]]


def ladder(text: str) -> Ladder:
    """The import ladder as a page draws it: levels from the left, each a set of rooms."""
    drawn = [line for line in text.splitlines() if re.fullmatch(r"cli > [\w |>]+", line)]
    assert len(drawn) == 1
    return [{room.strip() for room in level.split("|")} for level in drawn[0].split(">")]


def of_those(levels: Ladder, rooms: set[str]) -> Ladder:
    return [kept for level in levels if (kept := level & rooms)]


def contract() -> Ladder:
    """The ladder that import-linter holds."""
    [found] = [each for each in PYPROJECT["tool"]["importlinter"]["contracts"] if "cli" in each.get("layers", ())]
    return [{room.strip() for room in re.split(r"[|:]", layer)} for layer in found["layers"]]


def there_are(root: Path) -> set[str]:
    """Every room and sub-room: folders at the top and just below that hold files, and packages further down."""
    found = set()
    for folder, below, files in os.walk(root):
        below[:] = [name for name in below if not name.startswith((".", "__"))]
        name = Path(folder).relative_to(root).as_posix()
        if name != "." and files and is_room(name, root):
            found.add(name)
    return found | {name.partition("/")[0] for name in found}


def is_room(name: str, root: Path) -> bool:
    top, *inside = name.split("/")
    if not inside:
        return True
    return top != "tests" and (len(inside) == 1 or (root / name / "__init__.py").is_file())


def named() -> list[str]:
    return [
        name.rstrip("/") for name in re.findall(r"^\| `([\w/-]+/)` \|", PAGE.partition("## Rooms")[2], re.MULTILINE)
    ]


def rows() -> list[str]:
    """The second column of the table that says which file to open."""
    table = PAGE.partition("## To change this, open that")[2]
    return re.findall(r"^\| (?!to change|---)[^|]+ \| (.+) \|$", table, re.MULTILINE)


def paths(texts: Iterable[str]) -> list[str]:
    return [path for text in texts for path in re.findall(r"`([\w./-]*/[\w./-]*)`", text)]


def test_every_room_is_named_once_with_a_purpose() -> None:
    assert len(named()) == len(set(named()))
    missing = there_are(ROOT) - set(named())
    assert not missing, f"docs/architecture.md has no line for {sorted(missing)}"


def test_every_room_that_is_named_exists() -> None:
    gone = {name for name in named() if not (ROOT / name).is_dir()} - BEING_BUILT
    assert not gone, f"docs/architecture.md names {sorted(gone)}, which are not there"


def test_a_new_room_and_a_room_inside_another_are_seen(tmp_path: Path) -> None:
    for file in ("attic/__init__.py", "attic/box/__init__.py", "attic/box/lid/__init__.py", "tests/attic/test_box.py"):
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).touch()
    assert there_are(tmp_path) == {"attic", "attic/box", "attic/box/lid"}


def test_the_table_of_what_to_open_is_long_enough_to_help() -> None:
    assert len(rows()) >= 20
    assert all(paths([row]) for row in rows())


@pytest.mark.parametrize("path", sorted(set(paths(rows()))))
def test_every_path_that_is_named_exists(path: str) -> None:
    assert (ROOT / path).exists()


@pytest.mark.parametrize("page", ["docs/architecture.md", "CONTRIBUTING.md"])
def test_the_pages_draw_the_ladder_that_import_linter_holds(page: str) -> None:
    drawn = ladder((ROOT / page).read_text())
    there = {room for level in drawn for room in level if (ROOT / room).is_dir()}
    assert of_those(drawn, there) == contract()
    assert {room for level in drawn for room in level} - there <= BEING_BUILT


def test_every_room_of_code_is_checked() -> None:
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")} - NOT_CODE
    assert packages == {room for level in contract() for room in level}
    assert packages == set(PYPROJECT["tool"]["importlinter"]["root_packages"])


def test_all_code_but_the_tests_has_its_types_checked() -> None:
    below = [folder for folder in ROOT.iterdir() if folder.is_dir() and not folder.name.startswith(".")]
    code = {folder.name for folder in below if any(folder.rglob("*.py"))} - {"tests"}
    assert set(PYPROJECT["tool"]["mypy"]["packages"]) == code
    assert set(PYPROJECT["tool"]["mypy"]["modules"]) == {file.stem for file in ROOT.glob("*.py")}
