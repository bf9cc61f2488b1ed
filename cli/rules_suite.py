"""A suite of tests beside a Firestore that has the rules: ours, or a foreign engine with the emulators' options."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from engine.errors import UNREACHABLE, USAGE, LaunchError

if TYPE_CHECKING:
    from localcloud.base.world import World

PROJECT = "demo-rules"  # Google's tools take a project that begins with demo- for one that exists nowhere else
INDEXES = "firestore.indexes.json"
PATIENCE = 60.0  # seconds until an engine has to listen; Google's starts a Java machine


def run(command: Sequence[str], address: str) -> int:
    """Return the exit code of a command that runs where the user typed it; raises LaunchError when it cannot run."""
    told = {"FIRESTORE_EMULATOR_HOST": address, "GCLOUD_PROJECT": PROJECT, "GOOGLE_CLOUD_PROJECT": PROJECT}
    folder = os.environ.get("LAUNCH_CWD", ".")
    words = list(command)
    try:
        return subprocess.run(words, env={**os.environ, **told}, cwd=folder, check=False).returncode
    except OSError as error:
        raise LaunchError(f"{words[0]} cannot be run: {error.strerror}.", code=UNREACHABLE) from error


@contextmanager
def ours(text: str, indexes: Path) -> Iterator[str]:
    """Serve the local Firestore with the rules while the block runs, and yield its address.

    It asks for composite indexes where the file `indexes` is there. Raises LaunchError when that cannot be used.
    """
    from localcloud.base import ports, process
    from localcloud.base.world import World
    from localcloud.firestore import rulebook, server

    with tempfile.TemporaryDirectory(prefix="launch-rules-") as folder:
        home = Path(folder)
        world, numbers = World(home / "world.db"), ports.allocate(home)
        rulebook.deploy(world, PROJECT, text)
        asks = indexes.is_file()
        if asks:
            deploy_indexes(world, indexes)
        with process.on_thread(server.serve(home, asks_for_indexes=asks)):
            yield numbers.address("firestore")
        world.close()


@contextmanager
def foreign(engine: str, text: str) -> Iterator[str]:
    """Start an engine with the rules while the block runs, and yield its address: a program, or the emulator's .jar.

    It takes `--host` and `--port`, as Google's emulator does, and rules by HTTP. Raises LaunchError when it does not.
    """
    from localcloud.base import ports

    port = ports.free_port(set())
    address = f"{ports.LOOPBACK}:{port}"
    words = [*_program(engine), "--host", ports.LOOPBACK, "--port", str(port)]
    try:
        process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    except OSError as error:
        raise LaunchError(f"{engine} cannot be run: {error.strerror}.", code=UNREACHABLE) from error
    try:
        _wait(engine, process, port)
        _load(engine, address, text)
        yield address
    finally:
        process.terminate()
        process.wait(10)


def _program(engine: str) -> list[str]:
    path = Path(os.environ.get("LAUNCH_CWD", "."), engine)
    found = str(path) if path.is_file() else shutil.which(engine)
    if found is None:
        cure = "Name a program that speaks as the emulators do (hidane), or the .jar of Google's emulator."
        raise LaunchError(f"{engine}: there is no such program.", cure=cure, code=USAGE)
    return ["java", "-jar", found] if found.endswith(".jar") else [found]


def _wait(engine: str, process: subprocess.Popen[bytes], port: int) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    ended = f"it ended with {process.returncode}" if process.returncode is not None else f"not within {PATIENCE:.0f} s"
    raise LaunchError(f"{engine} does not listen: {ended}.", cure="Start it by hand to see why.", code=UNREACHABLE)


def exported(path: Path) -> Path:
    """Return the overall metadata of an export, given itself or the folder it lies in; raises LaunchError."""
    found = [path] if path.is_file() else sorted(path.rglob("*.overall_export_metadata"))
    if len(found) != 1:
        held = "no export" if not found else f"{len(found)} exports"
        cure = "Name one NAME.overall_export_metadata, or the folder that `firebase emulators:export` wrote."
        raise LaunchError(f"{path} holds {held} of Firestore.", cure=cure, code=USAGE)
    return found[0]


def import_(address: str, metadata: Path) -> None:
    """Have a Firestore take the documents of an export; raises LaunchError when it does not."""
    body = {"database": f"projects/{PROJECT}/databases/(default)", "export_directory": str(metadata.resolve())}
    _ask("POST", address, "import", body, f"{metadata} is not imported", "documents")


def _load(engine: str, address: str, text: str) -> None:
    body = {"rules": {"files": [{"name": "firestore.rules", "content": text}]}}
    _ask("PUT", address, "securityRules", body, f"{engine} refuses the rules", "rules")


def _ask(verb: str, address: str, call: str, body: object, refused: str, what: str) -> None:
    url = f"http://{address}/emulator/v1/projects/{PROJECT}:{call}"
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(url, json.dumps(body).encode(), headers, method=verb)
    try:
        urllib.request.urlopen(request, timeout=30).close()  # noqa: S310 - loopback
    except urllib.error.HTTPError as error:
        told = error.read().decode(errors="replace")[:2000]
        raise LaunchError(f"{refused}: {told}", code=USAGE) from error
    except OSError as error:
        raise LaunchError(f"The engine takes no {what} by HTTP: {error}.", code=UNREACHABLE) from error


def deploy_indexes(world: World, path: Path) -> None:
    """Put the indexes of a file into the world, as the Firebase tools read it: comments and a byte order mark are none.

    Raises LaunchError when the file cannot be used.
    """
    from infra.firestore_indexes import without_comments
    from localcloud.firestore import index_file

    try:
        index_file.deploy(world, without_comments(path.read_text(encoding="utf-8-sig")))
    except (OSError, UnicodeDecodeError, index_file.IndexFileError) as error:
        raise LaunchError(
            f"{path} cannot be used: {error}.", cure="Correct it, or name another with --indexes.", code=USAGE
        ) from error
