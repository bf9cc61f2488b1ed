"""Processes that outlive the command which started them: recorded so that a reused process id is never ended.

A record is a file `pids/<name>.json`. A process belongs to its record only when id and creation time both agree.
"""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from localcloud.base.supervisor.home import Home

MARK = "LAUNCH_STACK_HOME"  # in the environment of everything we start: which stack's process this is
SAME_INSTANT = 0.05  # seconds; the creation time is rounded differently by different kernels
GRACE = 5.0  # seconds between asking a process to end and killing it
KILLED = 5.0  # seconds a killed process may take to be gone
POLL = 0.02  # seconds between two looks
LOG_LIMIT = 10_000_000  # bytes after which a new log is begun; one older file is kept


@dataclass(frozen=True)
class Record:
    """One process of ours: `created` in seconds since the epoch, `code` a hash of the source it runs."""

    name: str
    pid: int
    created: float
    code: str = ""


def start(home: Home, name: str, command: Sequence[str | Path], environ: Mapping[str, str], code: str = "") -> Record:
    """Start a process in a session of its own, with its output in `logs/<name>.log`, and record it."""
    with log_file(home, name).open("ab") as log:
        process = subprocess.Popen(
            command,
            cwd=home.project,
            env={**environ, MARK: str(home.path)},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    process.returncode = 0  # it outlives us, so nobody waits for it here
    return record(home, name, process.pid, code)


def record(home: Home, name: str, pid: int, code: str = "") -> Record:
    """Write down that process `pid` is ours; raises psutil.NoSuchProcess when it is already gone."""
    made = Record(name, pid, psutil.Process(pid).create_time(), code)
    home.pids.mkdir(parents=True, exist_ok=True)
    draft = home.pids / f".{name}.{os.getpid()}"
    draft.write_text(json.dumps(asdict(made)))
    draft.replace(home.pids / f"{name}.json")
    return made


def recorded(home: Home, name: str) -> Record | None:
    """Return the record of that name, or None when there is none or it was cut off by a kill."""
    try:
        return Record(**json.loads((home.pids / f"{name}.json").read_text()))
    except (FileNotFoundError, ValueError, TypeError):
        return None


def forget(home: Home, name: str) -> None:
    """Remove the record of that name."""
    (home.pids / f"{name}.json").unlink(missing_ok=True)


def running(found: Record | None) -> psutil.Process | None:
    """Return the recorded process when it still runs; never another one that was given its id."""
    if found is None:
        return None
    try:
        process = psutil.Process(found.pid)
        same = abs(process.create_time() - found.created) < SAME_INSTANT
        return process if same and _is_alive(process) else None
    except psutil.NoSuchProcess:
        return None


def end(processes: Iterable[psutil.Process], grace: float = GRACE) -> None:
    """End processes with all their descendants: asked first, killed after `grace` seconds."""
    doomed = _with_descendants(processes)
    for process in doomed:
        _signal(process, "terminate")
    stubborn = still_alive(doomed, grace)
    for process in stubborn:
        _signal(process, "kill")
    still_alive(stubborn, KILLED)


def still_alive(processes: Iterable[psutil.Process], timeout: float) -> list[psutil.Process]:
    """Wait up to `timeout` seconds for processes to end and return those that have not.

    One that has ended counts as ended even when its parent has not asked for its exit status yet.
    """
    deadline = time.monotonic() + timeout
    left = [process for process in processes if _is_alive(process)]
    while left and time.monotonic() < deadline:
        time.sleep(POLL)
        left = [process for process in left if _is_alive(process)]
    return left


def log_file(home: Home, name: str) -> Path:
    """Return where a process logs, with its folder made; a log that has grown too long is put aside."""
    home.logs.mkdir(parents=True, exist_ok=True)
    log = home.logs / f"{name}.log"
    if log.exists() and log.stat().st_size > LOG_LIMIT:
        log.replace(log.with_suffix(".log.1"))
    return log


def _with_descendants(processes: Iterable[psutil.Process]) -> list[psutil.Process]:
    found: dict[int, psutil.Process] = {}
    for process in processes:
        try:
            family = [process, *process.children(recursive=True)]
        except psutil.NoSuchProcess:
            continue
        found.update({member.pid: member for member in family})
    return list(found.values())


def _is_alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _signal(process: psutil.Process, how: str) -> None:
    try:
        getattr(process, how)()
    except psutil.NoSuchProcess:
        return  # it ended by itself
