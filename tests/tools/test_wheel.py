"""The wheel of the toolkit, installed and used in a founder's folder whose own packages bear the names of our rooms."""

from __future__ import annotations

import base64
import csv
import hashlib
import os
import pickle
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from tools.wheel import launch_ready
from tools.wheel.build import build

ROOT = Path(__file__).parents[2]
ROOMS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["root_packages"]
THEIRS = ("infra", "handlers", "cli", "tests", "blueprint")
PROVIDERS = (("infra.key", "KeyProvider"), ("infra.pause", "PauseProvider"), ("infra.image", "ImageProvider"))
WHERE = "import {module}; print({module}.__file__)"

Python = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(ROOT, tmp_path_factory.mktemp("dist"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that pip installed the wheel into, without a network."""
    target = tmp_path_factory.mktemp("site")
    options = ["--quiet", "--no-index", "--no-deps", "--disable-pip-version-check", "--target", target]
    subprocess.run([sys.executable, "-m", "pip", "install", *options, wheel], check=True, cwd=target)
    return target


@pytest.fixture
def founder(tmp_path: Path) -> Path:
    """A founder's folder: packages that must not be imported by us, and the program in two lines."""
    for name in THEIRS:
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text(f"raise ImportError('the founder owns {name}')\n")
    (tmp_path / "__main__.py").write_text("import launch_ready\nlaunch_ready.program()\n")
    return tmp_path


@pytest.fixture
def python(installed: Path, founder: Path) -> Python:
    """Runs Python in the founder's folder, where the toolkit is installed and this repository is unknown."""

    def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
        kept = {
            name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PULUMI", "LAUNCH"))
        }
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=founder,
            env={**kept, "PYTHONPATH": str(installed), "COLUMNS": "200"},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    return run


def test_nothing_lies_at_the_top_but_one_package_and_its_description(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    assert {name.partition("/")[0] for name in names} == {"launch_ready", "launch_ready-0.1.0.dist-info"}
    assert {name.split("/")[2] for name in names if name.startswith("launch_ready/rooms/")} == set(ROOMS)
    assert not [name for name in names if "__pycache__" in name]


def test_every_file_is_recorded_with_its_hash(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        rows = list(csv.reader(archive.read("launch_ready-0.1.0.dist-info/RECORD").decode().splitlines()))
        assert [path for path, _, _ in rows] == archive.namelist()
        for path, said, size in rows[:-1]:
            content = archive.read(path)
            digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
            assert (said, size) == (f"sha256={digest}", str(len(content)))


def test_the_same_source_gives_the_same_wheel(wheel: Path, tmp_path: Path) -> None:
    assert build(ROOT, tmp_path).read_bytes() == wheel.read_bytes()


def test_a_room_that_is_named_but_missing_stops_the_build(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(
        '[project]\nname = "x"\nversion = "1"\n[tool.importlinter]\nroot_packages = ["attic"]\n'
    )
    with pytest.raises(FileNotFoundError, match="attic"):
        build(tmp_path, tmp_path / "out")


def test_the_founders_packages_come_first_until_the_rooms_are_entered(python: Python) -> None:
    done = python("-c", WHERE.format(module="infra"))
    assert done.returncode == 1
    assert "the founder owns infra" in done.stderr


@pytest.mark.parametrize("arguments", [("-m", "launch_ready"), ("-P", "-m", "launch_ready")])
def test_the_command_line_runs_beside_the_founders_packages(python: Python, arguments: tuple[str, ...]) -> None:
    done = python(*arguments, "--help")
    assert done.returncode == 0, done.stderr
    assert "Rehearse a launch on this machine" in done.stdout
    assert "checklist" in done.stdout


def test_the_installed_script_runs_beside_the_founders_packages(python: Python, installed: Path) -> None:
    done = python(installed / "bin" / "launch-ready", "up", "--help")
    assert done.returncode == 0, done.stderr
    assert "Example:" in done.stdout


def test_the_pulumi_program_is_imported_from_the_installed_rooms(python: Python, installed: Path) -> None:
    done = python("-c", f"import launch_ready; launch_ready.enter(); {WHERE.format(module='infra.program')}")
    assert done.returncode == 0, done.stderr
    assert Path(done.stdout.strip()) == installed / "launch_ready" / "rooms" / "infra" / "program.py"


def test_the_two_lines_run_the_program_as_pulumi_runs_a_folder(python: Python) -> None:
    """Pulumi's own script uses runpy on the folder, which puts the folder first on the search path."""
    done = python("-c", "import runpy; runpy.run_path('.', run_name='__main__')")
    assert "the founder owns" not in done.stderr
    assert "pulumi.run may only be called while a Pulumi program is running" in done.stderr  # its only argument is ours


@pytest.mark.parametrize(("module", "name"), PROVIDERS)
def test_a_provider_kept_in_a_stacks_state_is_found_by_a_process_that_we_start(
    python: Python, module: str, name: str
) -> None:
    """The state holds a dynamic provider as a pickle that names its module and class; the engine's host loads it."""
    kept = f"c{module}\n{name}\n.".encode()
    load = f"import pickle; print(pickle.loads({kept!r}).__module__)"
    child = f"import subprocess, sys; sys.exit(subprocess.run([sys.executable, '-c', {load!r}]).returncode)"
    done = python("-c", f"import launch_ready; launch_ready.enter(); {child}")
    assert (done.returncode, done.stdout) == (0, f"{module}\n"), done.stderr


@pytest.mark.parametrize(("module", "name"), PROVIDERS)
def test_the_names_that_a_stacks_state_holds_are_those_of_this_repository(module: str, name: str) -> None:
    assert pickle.loads(f"c{module}\n{name}\n.".encode()).__qualname__ == name


def test_entering_twice_changes_nothing_more() -> None:
    path, environ = ["/work", "/lib"], {"PYTHONPATH": "/theirs"}
    launch_ready.enter(path, environ, {})
    once = (list(path), dict(environ))
    launch_ready.enter(path, environ, {})
    assert (path, environ) == once
    assert path == [str(launch_ready.ROOMS), "/work", "/lib"]
    assert environ["PYTHONPATH"].split(os.pathsep) == [str(launch_ready.ROOMS), "/theirs"]


def test_a_package_of_the_founders_that_is_loaded_already_is_named(python: Python, founder: Path) -> None:
    (founder / "infra" / "__init__.py").write_text("")
    done = python("-c", "import infra, launch_ready; launch_ready.enter()")
    assert "The package infra was imported from" in done.stderr
    assert "Call launch_ready.enter() before other imports." in done.stderr


def test_modules_without_a_file_are_no_reason_to_refuse() -> None:
    launch_ready.enter([], {}, {"sys": sys, "made_up": ModuleType("made_up")})
