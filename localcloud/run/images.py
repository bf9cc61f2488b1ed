"""From an image's digest to something that runs: the unpacked archive and a virtual environment of its locked packages.

The environment depends on nothing but the lock and the interpreter, so it is built once for all homes on this machine.
It holds what the archive names and nothing of the toolkit's own, as the container will.
"""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
import importlib.util
import logging
import os
import re
import shutil
import sys
import sysconfig
from asyncio.subprocess import DEVNULL, PIPE, STDOUT
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import platformdirs

from localcloud.run import lines

DIGEST = re.compile(r"@sha256:([0-9a-f]{64})$")
LOCK_POLL = 0.2  # seconds
READY = "ready"  # written last: an environment without it was never finished
COMPILED = ".compiled"  # suffix of the mark beside an image's folder

log = logging.getLogger(__name__)


class ImageError(Exception):
    """The image cannot be run on this machine; the message says why and what to do."""


@dataclass(frozen=True)
class Image:
    """A runnable image: the folder that is its file system's working directory, and its interpreter."""

    folder: Path
    python: Path


def default_cache() -> Path:
    """Return the folder of the user's cache that all local clouds share."""
    return platformdirs.user_cache_path("launch-ready") / "images"


async def prepare(home: Path, image: str, cache: Path, requirements: str) -> Image:
    """Return the image named `…@sha256:<hex>`, building its environment below `cache` when it is the first time.

    `requirements` is the path of the locked requirements in the image. Takes a moment or, the first time, as long as
    pip needs. Raises ImageError.
    """
    folder = _folder(home, image)
    lock = folder / requirements
    if not lock.is_file():
        raise ImageError(f"the image {image} has no {requirements}: add it to the archive that the program uploads")
    environment = cache / _key(lock.read_bytes())
    async with _locked(environment):
        if not (environment / READY).exists():
            await _build(environment, lock)
        found = Image(folder, environment / "venv" / "bin" / "python")
        await _compile(found)
    return found


def _folder(home: Path, image: str) -> Path:
    digest = DIGEST.search(image)
    if not digest:
        raise ImageError(f"the image {image} is not named by its digest: deploy what the build returned")
    folder = home / "images" / digest[1]
    if not folder.is_dir():
        raise ImageError(f"the image {image} was never built here: deploy the program that builds it again")
    return folder


def _key(lock: bytes) -> str:
    interpreter = f"{sys.implementation.cache_tag} {sysconfig.get_platform()} {sys.base_prefix}"
    return hashlib.sha256(lock + interpreter.encode()).hexdigest()[:32]


@asynccontextmanager
async def _locked(folder: Path) -> AsyncIterator[None]:
    """Hold the folder's lock against other processes; the second one waits for the work of the first."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        while not _taken(lock):
            await asyncio.sleep(LOCK_POLL)
        yield


def _taken(lock: IO[str]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


async def _build(environment: Path, lock: Path) -> None:
    venv = environment / "venv"
    shutil.rmtree(venv, ignore_errors=True)
    log.info("building the image's environment in %s: this happens once for this lock file", environment)
    for command in _commands(venv, lock):
        await _run(command)
    (environment / READY).touch()
    log.info("the image's environment is ready")


def _commands(venv: Path, lock: Path) -> list[list[str]]:
    """Return what makes the environment. Our own pip fills it, and only where we have none it gets one of its own."""
    python = str(venv / "bin" / "python")
    if importlib.util.find_spec("pip"):
        made = [sys.executable, "-m", "venv", "--without-pip", str(venv)]
        return [made, [sys.executable, "-m", "pip", "--python", python, *_install(lock)]]
    return [[sys.executable, "-m", "venv", str(venv)], [python, "-m", "pip", *_install(lock)]]


def _install(lock: Path) -> list[str]:
    return ["install", "--no-input", "--disable-pip-version-check", "--require-hashes", "--requirement", str(lock)]


async def _compile(image: Image) -> None:
    """Compile the image's modules once: its instances may not write there, and each would compile all of them again.

    A module that cannot be compiled says so when an instance loads it.
    """
    done = image.folder.with_suffix(COMPILED)
    if done.exists():
        return
    command = [str(image.python), "-m", "compileall", "-q", str(image.folder)]
    process = await asyncio.create_subprocess_exec(*command, env=_environment(), stdout=DEVNULL, stderr=DEVNULL)
    try:
        await process.wait()
    except asyncio.CancelledError:
        process.kill()
        raise
    done.touch()


async def _run(command: list[str]) -> None:
    """Run a command, log its lines as they come, and raise ImageError with the last ones when it fails."""
    process = await asyncio.create_subprocess_exec(*command, env=_environment(), stdout=PIPE, stderr=STDOUT)
    tail: deque[str] = deque(maxlen=10)
    try:
        async for line in lines.of(process):
            tail.append(line)
            log.info("%s", line)
        status = await process.wait()
    except asyncio.CancelledError:
        process.kill()
        raise
    if status:
        said = "\n".join(tail)
        raise ImageError(f"the image's packages could not be installed: {' '.join(command[:4])} said\n{said}")


def _environment() -> dict[str, str]:
    """Return what an interpreter of the image is started with: nothing that would change how Python works."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
