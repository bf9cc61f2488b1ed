from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from localcloud.base.supervisor import server_code
from localcloud.base.supervisor.server_code import ServerCode

ROOT = Path(__file__).parents[4]


def imported(package: str) -> Iterator[str]:
    """The top-level names that a package imports, as Python itself reads them."""
    for file in (ROOT / package).rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_bytes())):
            if isinstance(node, ast.ImportFrom) and node.module and not node.level:
                yield node.module.partition(".")[0]
            elif isinstance(node, ast.Import):
                yield from (alias.name.partition(".")[0] for alias in node.names)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name, text in {
        "localcloud/server.py": "def late():\n    from rules.engine import judge\n",
        "localcloud/base/__init__.py": "import os, sys\n",
        "rules/engine.py": "import blueprint.spec\n",
        "blueprint/spec.py": "",
        "monitors/alert.py": "",
        "requirements.txt": "grpcio==1\n",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def test_every_room_that_the_servers_import_is_hashed() -> None:
    hashed = set(ServerCode(ROOT).packages)
    rooms = {path.name for path in ROOT.iterdir() if path.is_dir() and any(path.glob("*.py"))}
    for package in hashed:
        assert set(imported(package)) & rooms <= hashed, f"{package} imports a room that no restart would follow"


def test_a_room_that_a_room_imports_is_hashed_and_one_that_nobody_imports_is_not(root: Path) -> None:
    assert ServerCode(root).packages == ("blueprint", "localcloud", "rules")


@pytest.mark.parametrize("name", ["localcloud/server.py", "blueprint/spec.py", "requirements.txt"])
def test_an_edit_of_what_the_servers_run_changes_the_fingerprint(root: Path, name: str) -> None:
    before = ServerCode(root).fingerprint
    (root / name).write_text((root / name).read_text() + "# more\n")
    assert ServerCode(root).fingerprint != before


def test_an_edit_of_what_no_server_imports_does_not(root: Path) -> None:
    before = ServerCode(root).fingerprint
    (root / "monitors" / "alert.py").write_text("# more\n")
    assert ServerCode(root).fingerprint == before


def test_arguments_are_part_of_the_fingerprint_whatever_their_order(root: Path) -> None:
    first = ServerCode(root, {"run": ("--a",), "control": ()}).fingerprint
    assert first == ServerCode(root, {"control": (), "run": ("--a",)}).fingerprint
    assert first != ServerCode(root, {"control": (), "run": ("--b",)}).fingerprint


def test_the_code_is_found_beside_this_package() -> None:
    assert server_code.ROOT == ROOT
