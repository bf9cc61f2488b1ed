"""The entry script and the set-up behind it, in a small project of its own with a wheel made here."""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import subprocess
import sys
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from engine import shared_libraries
from engine.home import PROJECT

LOCATE = """
import time
from pathlib import Path
from engine.errors import LaunchError

def ensure(environ, tell):
    while not (Path(".venv").exists() or list(Path(environ["XDG_CACHE_HOME"]).glob("launch-ready/libraries/*/venv"))):
        time.sleep(0.01)
    tell(f"Looking for the engine; libraries are here: {Path('.venv/.installed.txt').exists()}")
    raise LaunchError("There is none")
"""
CLI = "import os, sys; print('cli', sys.argv[1:], os.getcwd(), os.environ['LAUNCH_CWD'])"
SLOW = 180  # seconds, on a machine that is busy with other things


@dataclass(frozen=True)
class Small:
    """A project with one locked library."""

    root: Path
    wheels: Path

    def lock(self, suffix: str = "", digest: str = "") -> None:
        found = digest or hashlib.sha256(next(self.wheels.iterdir()).read_bytes()).hexdigest()
        (self.root / f"requirements{suffix}.txt").write_text(f"tiny==1.0 --hash=sha256:{found}\n")

    @property
    def environ(self) -> dict[str, str]:
        offline = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(self.wheels), "LAUNCH_PYTHON": sys.executable}
        return {**os.environ, **offline, "XDG_CACHE_HOME": str(self.cache)}

    @property
    def cache(self) -> Path:
        """A cache of its own, beside the project."""
        return self.root.parent / "cache"

    @property
    def shared(self) -> list[Path]:
        """The virtual environments in it."""
        return sorted(self.cache.glob("launch-ready/libraries/*/venv"))

    def forget(self) -> None:
        """Take away all that was set up."""
        (self.root / ".venv").unlink()
        shutil.rmtree(self.cache)

    def run(self, *arguments: str, script: Path | None = None, **changes: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [script or self.root / "launch", *arguments],
            env={**self.environ, **changes},
            cwd="/",
            capture_output=True,
            text=True,
            timeout=SLOW,
            check=False,
        )

    def start(self) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [self.root / "launch", "up"],
            env=self.environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )


def make_wheel(folder: Path) -> None:
    folder.mkdir()
    record = "tiny.py,,\ntiny-1.0.dist-info/METADATA,,\ntiny-1.0.dist-info/WHEEL,,\ntiny-1.0.dist-info/RECORD,,\n"
    with zipfile.ZipFile(folder / "tiny-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr("tiny.py", "SIZE = 1\n")
        wheel.writestr("tiny-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n")
        wheel.writestr(
            "tiny-1.0.dist-info/WHEEL",
            "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        )
        wheel.writestr("tiny-1.0.dist-info/RECORD", record)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Small:
    """Set up once; tests work on copies."""
    root = tmp_path_factory.mktemp("made") / "a project"
    small = Small(root, root.parent / "wheels")
    make_wheel(small.wheels)
    (root / "engine").mkdir(parents=True)
    (root / "cli").mkdir()
    shutil.copy(PROJECT / "launch", root)
    for module in ("__init__", "ahead", "errors", "heartbeat", "home", "locks", "setup", "shared_libraries"):
        shutil.copy(PROJECT / "engine" / f"{module}.py", root / "engine")
    (root / "engine" / "locate.py").write_text(LOCATE)
    (root / "cli" / "__main__.py").write_text(CLI)
    small.lock()
    small.lock("-dev")
    done = small.run("up")
    assert done.returncode == 0, done.stderr
    assert "Making a virtual environment" in done.stderr
    assert "Installing 1 locked libraries" in done.stderr
    return small


@pytest.fixture
def small(template: Small, tmp_path: Path) -> Small:
    small = Small(tmp_path / "a project", template.wheels)
    shutil.copytree(template.root, small.root, symlinks=True)
    shutil.copytree(template.cache, small.cache, symlinks=True)
    shared_libraries.link(small.root, small.shared[0].parent)
    return small


def test_once_set_up_it_only_runs_the_command(small: Small) -> None:
    done = small.run("up", "--stack", "a b")
    assert done.stdout == f"cli ['up', '--stack', 'a b'] {small.root} /\n"
    assert done.stderr == ""


def test_it_runs_through_symbolic_links(small: Small, tmp_path: Path) -> None:
    (tmp_path / "links").mkdir()
    (tmp_path / "links" / "absolute").symlink_to(small.root / "launch")
    (tmp_path / "links" / "relative").symlink_to("absolute")
    done = small.run("status", script=tmp_path / "links" / "relative")
    assert done.stdout == f"cli ['status'] {small.root} /\n"


def test_the_tests_need_more_and_get_it(small: Small) -> None:
    done = small.run("test")
    assert "what the tests need" in done.stderr
    assert small.run("test").stderr == ""


def test_the_tests_explain_themselves_without_it(small: Small) -> None:
    done = small.run("test", "--help")
    assert done.stdout.startswith("cli ['test', '--help']")
    assert done.stderr == ""


def test_the_engine_comes_while_the_libraries_are_installed_and_compiled(small: Small) -> None:
    small.forget()
    done = small.run("up")
    assert "Looking for the engine; libraries are here: False" in done.stderr
    assert done.stdout.startswith("cli ['up']")  # which says why there is no engine, and what to do
    assert list(small.root.glob(".venv/lib/python*/site-packages/__pycache__/tiny.*.pyc"))


def test_a_command_that_runs_no_engine_does_not_get_one(small: Small) -> None:
    (small.root / "requirements.txt").write_text((small.root / "requirements.txt").read_text() + "# another line\n")
    said = small.run("status").stderr
    assert "Installing" in said
    assert "engine" not in said


def test_a_changed_lock_is_installed(small: Small) -> None:
    lock = small.root / "requirements.txt"
    lock.write_text(lock.read_text() + "# another line\n")
    assert "Installing 1 locked libraries" in small.run("up").stderr
    assert small.run("up").stderr == ""


def test_a_library_that_is_not_the_locked_one_is_refused(small: Small) -> None:
    small.lock(digest="0" * 64)
    small.forget()
    done = small.run("up")
    assert done.returncode == 3
    assert "set-up failed at" in done.stderr
    assert "HASHES" in done.stderr.upper()
    assert "Traceback" not in done.stderr


def test_a_python_without_pip_makes_one_in_the_environment(small: Small, tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "bare"], check=True)
    small.forget()
    done = small.run("up", LAUNCH_PYTHON=str(tmp_path / "bare" / "bin" / "python"))
    assert done.stdout.startswith("cli ['up']"), done.stderr
    assert list(small.shared[0].glob("lib/*/site-packages/pip"))


def test_a_python_with_pip_makes_no_other(small: Small) -> None:
    assert list(small.shared[0].glob("lib/*/site-packages/tiny.py"))
    assert not list(small.shared[0].glob("lib/*/site-packages/pip"))


@pytest.mark.parametrize("damage", ["unfinished", "no python"])
def test_a_half_finished_environment_is_made_again(small: Small, damage: str) -> None:
    venv = small.root / ".venv"
    match damage:
        case "unfinished":
            (venv / ".unfinished").touch()
            (venv / ".installed.txt").unlink()
        case "no python":
            for python in (venv / "bin").glob("python*"):
                python.unlink()
    done = small.run("up")
    assert "Making a virtual environment" in done.stderr
    assert done.stdout.startswith("cli ['up']")
    assert not (venv / ".unfinished").exists()


@pytest.fixture
def second(small: Small) -> Small:
    """Another clone of the same user, not yet set up."""
    root = small.root.parent / "a second clone"
    shutil.copytree(small.root, root, symlinks=True)
    (root / ".venv").unlink()
    return Small(root, small.wheels)


def test_a_second_clone_shares_the_libraries(small: Small, second: Small) -> None:
    done = second.run("up")
    assert "Installing" not in done.stderr
    assert done.stdout.startswith("cli ['up']")
    assert (second.root / ".venv").resolve() == (small.root / ".venv").resolve()


def test_a_clone_with_another_lock_leaves_the_libraries_of_the_first_alone(small: Small, second: Small) -> None:
    (second.root / "requirements.txt").write_text((small.root / "requirements.txt").read_text() + "# another line\n")
    assert "Installing" in second.run("up").stderr
    assert len(small.shared) == 2
    assert small.run("up").stderr == ""


def test_libraries_that_no_clone_uses_any_more_are_removed(small: Small, second: Small) -> None:
    second.run("up")
    before = small.shared
    for clone in (small, second):
        assert set(before) <= set(small.shared)  # the other one uses it
        (clone.root / "requirements.txt").write_text((clone.root / "requirements.txt").read_text() + "# changed\n")
        assert clone.run("up").returncode == 0
    assert small.shared == [(small.root / ".venv").resolve()]
    assert small.shared != before


def test_what_a_killed_set_up_left_half_way_stays_what_it_was_for_the_other_clone(small: Small, second: Small) -> None:
    second.run("up")
    ((small.root / ".venv") / ".unfinished").touch()  # as a killed `./launch test` leaves it
    assert "Making a virtual environment" in small.run("test").stderr
    assert (small.root / ".venv").resolve() != (second.root / ".venv").resolve()
    assert second.run("up").stderr == ""


def test_a_virtual_environment_of_ones_own_is_filled_where_it_is(small: Small) -> None:
    small.forget()
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", small.root / ".venv"], check=True)  # as uv does
    done = small.run("up")
    assert "Installing 1 locked libraries" in done.stderr
    assert "Making" not in done.stderr
    assert not (small.root / ".venv").is_symlink()
    assert small.shared == []


def test_without_a_cache_the_libraries_lie_in_the_project(small: Small) -> None:
    small.forget()
    small.cache.touch()  # a file where the folder has to be: root may write everywhere else
    done = small.run("up")
    assert "not shared with other clones" in done.stderr
    assert done.stdout.startswith("cli ['up']")
    assert (small.root / ".venv" / "bin" / "python").is_relative_to(small.root)
    assert not (small.root / ".venv").is_symlink()


def test_two_at_once_set_up_once(small: Small) -> None:
    small.forget()
    with small.start() as first, small.start() as second:
        said = sorted((first.communicate(timeout=SLOW)[0], second.communicate(timeout=SLOW)[0]), key=len)
    assert first.returncode == second.returncode == 0
    assert "Installing" not in said[0]
    assert "waiting for it" in said[0]
    assert "Installing" in said[1]


def test_killed_half_way_the_next_run_sets_up_from_there(small: Small, eventually: Callable[..., None]) -> None:
    small.forget()
    with small.start() as running:
        eventually(lambda: small.shared)
        os.killpg(running.pid, signal.SIGKILL)
    assert not (small.root / ".venv").exists()
    done = small.run("up")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("cli ['up']")


@pytest.mark.parametrize("python", ["exit 1", "exit 127"], ids=["too old", "broken"])
def test_without_a_recent_python_it_says_how_to_get_one(
    small: Small, program: Callable[..., Path], python: str
) -> None:
    small.forget()
    for name in ("python3", "python3.11", "python3.12", "python3.13", "python3.14", "python"):
        folder = program(name, python).parent
    for tool in ("dirname", "cmp", "sh", "readlink"):
        (folder / tool).symlink_to(shutil.which(tool) or "")
    done = small.run("up", PATH=str(folder), LAUNCH_PYTHON="")
    assert done.returncode == 3
    assert "Python 3.11 or newer is needed" in done.stderr
    assert "LAUNCH_PYTHON=" in done.stderr


def test_with_nothing_to_do_the_script_needs_but_two_small_programs(small: Small, tmp_path: Path) -> None:
    (tmp_path / "few").mkdir()
    for tool in ("dirname", "cmp"):
        (tmp_path / "few" / tool).symlink_to(shutil.which(tool) or "")
    done = small.run("up", PATH=str(tmp_path / "few"), LAUNCH_PYTHON="")
    assert (done.returncode, done.stderr) == (0, "")


def test_the_locks_shipped_carry_a_hash_for_every_library() -> None:
    for suffix in ("", "-dev"):
        lines = (PROJECT / f"requirements{suffix}.txt").read_text().splitlines()
        pinned = [number for number, line in enumerate(lines) if "==" in line and not line[0].isspace()]
        assert pinned
        assert all("--hash=sha256:" in lines[number + 1] for number in pinned)
