"""Starts servers: forked off one interpreter that has loaded their code, or else each in an interpreter of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import IO, Any

import psutil

from localcloud.base import forkserver
from localcloud.base.forkserver import Load, Request
from localcloud.base.supervisor import processes
from localcloud.base.supervisor.home import Home
from localcloud.base.supervisor.server_code import PACKAGE, ServerCode

LOADED_WITHIN = 60.0  # seconds until the modules of all servers are loaded, and for each answer

# glibc takes buffers of 128 KiB and more from the kernel and gives them back, until it frees the first: from then on it
# keeps them, unless the threshold is set (mallopt(3), M_MMAP_THRESHOLD). TLS connections have one of 256 KiB each.
# One arena: each of the 15 threads of a server would have one of its own, with room that no other thread uses.
MEMORY = {"MALLOC_MMAP_THRESHOLD_": str(128 * 1024), "MALLOC_ARENA_MAX": "1"}
LATER = (  # what most servers load when they begin to serve
    "anyio._backends._asyncio",
    "grpc._server",
    "localcloud.base.before_forks",
    "rules",
    "uvicorn.lifespan.off",
    "uvicorn.protocols.http.auto",
)
MISSING = ("aiohttp", "pygments", "rich")  # for clients of Google's and a command line of httpx's that no server uses
Commands = Mapping[str, Sequence[str]]  # the arguments of each server, by its name


def start(home: Home, names: Iterable[str], environ: Mapping[str, str], code: ServerCode) -> None:
    """Start these servers with the present `code`, each with its output in its log, and record them."""
    commands = {name: ["--home", str(home.path), *code.arguments.get(name, ())] for name in names}
    paths = [str(code.root), *filter(None, [environ.get("PYTHONPATH")])]
    importing = {**MEMORY, **environ, "PYTHONPATH": os.pathsep.join(paths)}
    forked = _fork(home, commands, importing, code) if commands and forkserver.SAFE else ()
    for name in (name for name in commands if name not in forked):
        # -P: the servers' folder is the program's, whose files must not be taken for modules of theirs.
        command = [sys.executable, "-P", "-m", f"{PACKAGE}.{name}", *commands[name]]
        processes.start(home, name, command, importing, code.fingerprint)


def _fork(home: Home, commands: Commands, environ: Mapping[str, str], code: ServerCode) -> Sequence[str]:
    """Fork these servers off one process, which ends after that, and return the names of those that run."""
    forked: list[str] = []
    marked = {**environ, processes.MARK: str(home.path)}
    load = Load([str(code.root / PACKAGE / name / "__main__.py") for name in commands], LATER, missing=MISSING)
    process, server = forkserver.start(sys.executable, load, marked)
    with _ending(process), server, server.makefile("rb") as answers, _gate() as (wait, gate):
        server.settimeout(LOADED_WITHIN)
        try:
            fit = "unfit" not in _answer(answers)
            for name in commands if fit else ():
                request = Request(f"{PACKAGE}.{name}", commands[name], marked, str(home.project))
                with processes.log_file(home, name).open("ab") as log:
                    forkserver.call(server, request, wait, log.fileno(), log.fileno())
                processes.record(home, name, _answer(answers)["started"], code.fingerprint)
                forked.append(name)
        except (
            OSError,
            ValueError,
            psutil.NoSuchProcess,
        ):  # it ended or hangs: interpreters will tell why
            process.kill()
        gate.write(b"." * len(forked))
    return forked


def _answer(answers: IO[bytes]) -> Any:
    """Return the next answer; raises ValueError when none comes any more."""
    return json.loads(answers.readline())


@contextmanager
def _ending(process: subprocess.Popen[bytes]) -> Iterator[None]:
    try:
        yield
    except BaseException:
        process.kill()
        raise
    finally:
        process.wait()


@contextmanager
def _gate() -> Iterator[tuple[int, IO[bytes]]]:
    """Give a pipe by which forks wait: none runs before all are recorded, and all end if we are killed before that."""
    wait, go = os.pipe()
    with os.fdopen(wait, "rb"), os.fdopen(go, "wb", buffering=0) as gate:
        yield wait, gate
