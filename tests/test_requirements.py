"""What the code imports is what the requirements name: nothing may come along only because something else needs it."""

from __future__ import annotations

import ast
import importlib.metadata
import re
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path, PurePosixPath

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
TOOLKIT = ROOT / "requirements.in"
SERVICES = ROOT / "handlers" / "requirements.in"
TESTS = ROOT / "requirements-dev.in"
ELSEWHERE = "tests/localcloud/official/*_calls.py"  # played by clients that a long test fetches for itself
LOCKS = tuple(source.with_suffix(".txt") for source in (TOOLKIT, SERVICES, TESTS))


@cache
def owners() -> dict[tuple[str, ...], str]:
    """The distribution of each installed module; `google` belongs to many, so whole names count."""
    found: dict[tuple[str, ...], str] = {}
    for distribution in importlib.metadata.distributions():
        name = canonicalize_name(distribution.metadata["Name"])  # reads and parses a file each time
        modules = [PurePosixPath(file) for file in distribution.files or () if file.suffix == ".py"]
        found.update(dict.fromkeys(map(module_parts, modules), name))
    return found


def module_parts(path: PurePosixPath) -> tuple[str, ...]:
    return path.parent.parts if path.name == "__init__.py" else path.with_suffix("").parts


def imports(source: str) -> Iterator[str]:
    """The absolute names that a module imports, whole."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def needed(source: str, folder: Path = ROOT) -> set[str]:
    """The distributions that a module in `folder` imports; the name itself where no distribution has it."""
    names = [tuple(name.split(".")) for name in imports(source)]
    return {owner(name) for name in names if name[0] not in sys.stdlib_module_names and not is_ours(name[0], folder)}


def is_ours(package: str, folder: Path) -> bool:
    is_room = package in {"benchmarks", "tests"} or (ROOT / package / "__init__.py").is_file()
    return is_room or (folder / f"{package}.py").is_file()


def owner(name: tuple[str, ...]) -> str:
    prefixes = (name[:length] for length in range(len(name), 0, -1))
    return next((owners()[prefix] for prefix in prefixes if prefix in owners()), ".".join(name))


def named(requirements: Path) -> set[str]:
    """The distributions that a list of requirements names, also by `-r`."""
    found: set[str] = set()
    for line in requirements.read_text().splitlines():
        if line.startswith("-r "):
            found |= named(requirements.parent / line.removeprefix("-r "))
        elif line and not line.startswith(("#", "-")):
            found.add(canonicalize_name(Requirement(line).name))
    return found


def missing(folder: Path, allowed: set[str]) -> dict[str, set[str]]:
    """Module → distributions that it imports though they are not allowed."""
    ours = sorted(set(folder.rglob("*.py")) - set(ROOT.glob(ELSEWHERE)))
    modules = {path: needed(path.read_text(), path.parent) - allowed for path in ours}
    return {path.relative_to(ROOT).as_posix(): lacking for path, lacking in modules.items() if lacking}


@pytest.mark.parametrize("package", sorted(path.parent.name for path in ROOT.glob("*/__init__.py")))
def test_the_toolkit_names_what_it_imports(package: str) -> None:
    assert missing(ROOT / package, named(TOOLKIT)) == {}


def test_the_services_name_what_they_import_for_they_ship_alone() -> None:
    assert missing(ROOT / "handlers", named(SERVICES)) == {}


def test_the_tests_name_what_they_import() -> None:
    assert missing(ROOT / "tests", named(TOOLKIT) | named(TESTS)) == {}


def test_what_is_not_named_is_noticed() -> None:
    source = "import os\nimport infra.zone\nfrom google.api_core import exceptions\nimport nowhere.to_be\nimport h11"
    assert needed(source) == {"google-api-core", "nowhere.to_be", "h11"}


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.relative_to(ROOT).as_posix())
def test_a_lock_has_hashes_for_everything_and_names_no_place_to_get_it_from(lock: Path) -> None:
    text = lock.read_text()
    assert not re.search(r"://|--(index|extra-index|find-links)", text)
    assert all("--hash=sha256:" in entry for entry in re.split(r"\n(?=[a-z0-9])", text) if "==" in entry)


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.relative_to(ROOT).as_posix())
def test_a_lock_holds_what_its_source_names(lock: Path) -> None:
    locked = {canonicalize_name(name) for name in re.findall(r"^([A-Za-z0-9._-]+)==", lock.read_text(), re.MULTILINE)}
    assert named(lock.with_suffix(".in")) - locked == set()
