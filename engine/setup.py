"""Installs the locked requirements into `.venv`: run by `launch` with the system's Python, so standard library only.

`.venv` is a link to an environment in the user's cache, which all clones share. A folder of that name is somebody's own
and is filled where it is; so is one that is made because the cache cannot be written.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Sequence
from contextlib import nullcontext
from pathlib import Path

from engine import ahead, heartbeat, locks, shared_libraries
from engine.heartbeat import say
from engine.home import PROJECT, cache
from engine.shared_libraries import UNFINISHED

LOCKS = {"": "what the toolkit runs on", "-dev": "what the tests need"}  # suffix of requirements*.txt → what it is for
PROGRESS_EVERY = 5.0  # seconds
LARGE = r"/site-packages/pulumi_(gcp|cloudflare)/"  # half of all that could be compiled, and little is imported
TAIL = 12  # lines of a failed step's output that are shown
UNREACHABLE = 3  # exit code


class SetupError(Exception):
    """A step failed; the message says which, why and what to do."""


def main(command: str = "") -> int:
    """Make `.venv` fit the lock files, those of the tests too when `command` is `test`; return the exit code.

    A command that runs the engine gets that too, in the same time.
    """
    waiting = "Another ./launch is setting up this folder; waiting for it …"
    meanwhile = ahead.engine_ahead() if command in ahead.COMMANDS else nullcontext()
    try:
        with locks.awaited(PROJECT / ".launch" / "setup.lock", "setting up", lambda _: say(waiting)), meanwhile:
            set_up(PROJECT, ["", "-dev"] if command == "test" else [""], cache(os.environ) / "libraries")
    except SetupError as error:
        say(f"launch: {error}")
        return UNREACHABLE
    except OSError as error:
        say(
            f"launch: {error.filename or PROJECT} cannot be written ({error.strerror}), and set-up installs the "
            "libraries in the project.\n  Make room, or copy the folder to where you may write, and run it again there."
        )
        return UNREACHABLE
    except KeyboardInterrupt:
        say("launch: interrupted; the next run sets up from here")
        return 130
    return 0


def set_up(project: Path, suffixes: Iterable[str], shared: Path) -> None:
    """Have what is not yet installed in the project's `.venv`, shared with other clones below `shared`.

    Raises SetupError.
    """
    own = project / ".venv"
    if not own.resolve().is_relative_to(shared.resolve()) and not _must_be_made(own):
        return _fill(own, project, suffixes)
    if _can_be_written(shared):
        return _share(project, suffixes, shared)
    say(f"{shared} cannot be written, so the libraries are not shared with other clones.")
    if own.is_symlink():
        own.unlink()
    return _fill(own, project, suffixes)


def _can_be_written(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return False
    return os.access(folder, os.W_OK | os.X_OK)


def _share(project: Path, suffixes: Iterable[str], shared: Path) -> None:
    waiting = "Another ./launch is installing libraries; waiting for it …"
    with locks.awaited(shared / ".lock", "installing libraries", lambda _: say(waiting)):
        environment = shared_libraries.place(shared, [project / f"requirements{suffix}.txt" for suffix in LOCKS])
        _fill(environment / "venv", project, suffixes)
        shared_libraries.link(project, environment)
        shared_libraries.remove_unused(shared)


def _fill(venv: Path, project: Path, suffixes: Iterable[str]) -> None:
    """Install what is not yet installed into `venv`, by this Python's pip if it has one: to make another takes seconds.

    While it works, `.unfinished` exists in it: a virtual environment in which it is found was left half-way, and is
    made again because pip cannot be trusted to see what is missing in it.
    """
    if _must_be_made(venv):
        say(f"Making a virtual environment with Python {sys.version.split()[0]} …")
        shutil.rmtree(venv, ignore_errors=True)
        venv.mkdir(parents=True)
        (venv / UNFINISHED).touch()
        _run([sys.executable, "-m", "venv", *(["--without-pip"] if _has_pip() else []), str(venv)], _venv_cure())
    for suffix in suffixes:
        lock, stamp = project / f"requirements{suffix}.txt", venv / f".installed{suffix}.txt"
        if stamp.exists() and stamp.read_bytes() == lock.read_bytes():
            continue
        (venv / UNFINISHED).touch()
        _install(venv, lock, LOCKS[suffix])
        shutil.copyfile(lock, stamp)
        (venv / UNFINISHED).unlink()


def _must_be_made(venv: Path) -> bool:
    return (venv / UNFINISHED).exists() or not runs(venv / "bin" / "python")


def runs(python: Path) -> bool:
    """Whether this Python is there and recent enough; it is not when the one it was made from has been removed."""
    check = f"import sys{'' if _has_pip() else ', pip'}; sys.exit(sys.version_info < (3, 11))"
    return python.exists() and subprocess.run([python, "-c", check], capture_output=True, check=False).returncode == 0


def _has_pip() -> bool:
    return importlib.util.find_spec("pip") is not None


def _install(venv: Path, lock: Path, purpose: str) -> None:
    total = sum(1 for line in lock.read_text().splitlines() if "==" in line and not line[0].isspace())
    say(f"Installing {total} locked libraries, {purpose} (once; a minute or two) …")
    python = str(venv / "bin" / "python")
    pip = [sys.executable, "-m", "pip", "--python", python] if _has_pip() else [python, "-m", "pip"]
    installing = [*pip, "install", "--disable-pip-version-check", "--no-input", "--no-compile"]
    cure = "Check the network (pip's own settings, PIP_INDEX_URL and proxies, are used) and run the command again."
    _run([*installing, "--require-hashes", "--no-deps", "-r", str(lock)], cure, total)
    compiling = [python, "-m", "compileall", "-qq", "-j", "0", "-x", LARGE, str(venv / "lib")]
    subprocess.run(compiling, stdout=subprocess.DEVNULL, check=False)  # what cannot be compiled is not imported either


def _run(command: Sequence[str], cure: str, total: int = 0) -> None:
    said: list[str] = []
    waiting = heartbeat.telling(PROGRESS_EVERY, say, lambda: f"  {progress(said, total)} …")
    with (
        waiting if total else nullcontext(),
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process,
    ):
        said.extend(line.rstrip() for line in process.stdout or ())
    if process.returncode:
        end = "\n".join(f"    {line}" for line in said[-TAIL:])
        raise SetupError(f"set-up failed at `{' '.join(command[1:4])}`:\n{end}\n  {cure}")


def progress(said: Sequence[str], total: int) -> str:
    """Return in words how far pip is with `total` libraries, from the lines that it `said` so far."""
    if any(line.startswith("Installing collected packages") for line in said):
        return f"all {total} are here, unpacking them"
    names = [line.split()[1].partition("==")[0] for line in said if line.startswith("Collecting ")]
    return f"{len(names)} of {total}, now {names[-1]}" if names else f"0 of {total}"


def _venv_cure() -> str:
    return "On Debian and Ubuntu: apt-get install python3-venv. Then run the command again."


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2]))
