"""A secret's value, once pushed and in use, is in Secret Manager and nowhere else: a canary tells of every leak."""

from __future__ import annotations

import base64
import io
import secrets
import sqlite3
import subprocess
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psutil
import pytest

from localcloud.base.world import Resource, World
from localcloud.control.secret_versions import Versions

PROJECT = Path(__file__).parents[2]
IN_USE = {"hubspot-token": "sync-crm", "resend-key": "support-ticket"}  # secret → a service that reads it
STATEFUL = {"up --refresh": 0, "preview --json": 0, "verify --json": 0}  # command → exit code
VALUES = "secret_versions"  # the one table whose purpose is to hold them


def forms(value: str) -> frozenset[bytes]:
    """How a value may be written: as it is, for an address, in hexadecimal, and in base64 wherever in it it begins."""
    raw = value.encode()
    whole = (base64.b64encode(b"-" * shift + raw) for shift in range(3))
    return frozenset({raw, quote(value).encode(), raw.hex().encode(), *(text[4:-4] for text in whole)})


def leaks(home: Path, project: Path, printed: Mapping[str, str], value: str) -> list[str]:
    """Return every place that holds a value: files of the stack, tables of its cloud, files of the project, output."""
    wanted = forms(value)
    places = (*_files(home), *_rows(home / "world.db"), *_tree(project), *_printed(printed))
    return [place for place, content in places if any(form in content for form in wanted)]


def _files(home: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(home.rglob("*")):
        if path.is_file() and not path.name.startswith("world.db"):
            yield from _unpacked(str(path.relative_to(home)), path.read_bytes())


def _unpacked(name: str, content: bytes) -> Iterator[tuple[str, bytes]]:
    yield name, content
    if zipfile.is_zipfile(io.BytesIO(content)):
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            for member in packed.namelist():
                yield from _unpacked(f"{name}!{member}", packed.read(member))


def _rows(database: Path) -> Iterator[tuple[str, bytes]]:
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for table in tables:
            if table != VALUES:
                for row in connection.execute(f"SELECT * FROM {table}"):
                    yield f"table {table}", b"\0".join(_plain(value) for value in row)


def _plain(value: Any) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()


def _tree(project: Path) -> Iterator[tuple[str, bytes]]:
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=project, capture_output=True, check=True, text=True).stdout
    for name in filter(None, listed.split("\0")):
        if (project / name).is_file():
            yield f"git {name}", (project / name).read_bytes()


def _printed(printed: Mapping[str, str]) -> Iterator[tuple[str, bytes]]:
    yield from ((f"output of {command}", text.encode()) for command, text in printed.items())


# On a running stack


@pytest.fixture(scope="module")
def pushed(launch: Any) -> dict[str, str]:
    """Canaries in the place of two secrets, which the services read anew; what there was before stays valid."""
    values = {name: f"canary-{secrets.token_hex(16)}" for name in IN_USE}
    for name, value in values.items():
        done = launch.run("secrets", "push", name, given=value)
        assert done.returncode == 0, done.stderr
        assert value not in done.stdout + done.stderr
    for process in launch.processes():
        with suppress(psutil.Error):
            if process.environ().get("ROLE") in IN_USE.values():
                process.kill()
    return values


@pytest.fixture(scope="module")
def project_tree() -> Path:
    if subprocess.run(["git", "rev-parse"], cwd=PROJECT, capture_output=True, check=False).returncode:
        pytest.skip("left out: this is no checkout of git")
    return PROJECT


@pytest.mark.stack
def test_it_is_where_it_belongs(launch: Any, pushed: dict[str, str]) -> None:
    world = World(launch.home / "world.db")
    held = {secret.id.rpartition("/")[2]: Versions(world).get(secret, "latest") for secret in _secrets(world)}
    assert {name: version.payload for name, version in held.items() if version and name in pushed} == {
        name: value.encode() for name, value in pushed.items()
    }
    world.close()


def _secrets(world: World) -> list[Resource]:
    return world.resources("gcp:secretmanager/secret:Secret")


@pytest.mark.stack
def test_a_secret_in_use_is_nowhere_but_in_secret_manager(
    launch: Any, pushed: dict[str, str], project_tree: Path
) -> None:
    printed = {"accept": launch.well("accept", "--only", "signup.once"), "list": launch.well("secrets", "list")}
    for value in pushed.values():
        assert leaks(launch.home, project_tree, printed, value) == []
    slip = launch.home / "logs" / "slip.log"
    slip.write_text(f"Authorization: Bearer {pushed['hubspot-token']}")
    assert leaks(launch.home, project_tree, printed, pushed["hubspot-token"]) == ["logs/slip.log"]
    slip.unlink()


@pytest.mark.stack
@pytest.mark.long
def test_nor_does_a_run_take_it_into_state_preview_outputs_or_handover(
    launch: Any, pushed: dict[str, str], project_tree: Path
) -> None:
    commands = ("up --refresh", "preview --json", "verify --json", "checklist", "logs", "reconcile --dry-run", "env")
    done = {command: launch.run(*command.split()) for command in commands}
    assert {command: each.returncode for command, each in done.items() if command in STATEFUL} == STATEFUL
    exported = launch.shell("pulumi stack export --stack local --show-secrets")
    assert '"resources"' in exported.stdout
    printed = {command: each.stdout + each.stderr for command, each in done.items()} | {"export": exported.stdout}
    for value in pushed.values():
        assert leaks(launch.home, project_tree, printed, value) == []


# The canary sings


Plant = Callable[[Path, Path, bytes], None]
PLANTS: Mapping[str, Plant] = {
    "state/.pulumi/stacks/launch-ready/local.json": lambda home, _, value: _write(
        home / "state/.pulumi/stacks/launch-ready/local.json", value
    ),
    "logs/edge.log": lambda home, _, value: _write(home / "logs/edge.log", b"Authorization: Bearer " + value),
    "images/00/handlers/settings.py": lambda home, _, value: _write(home / "images/00/handlers/settings.py", value),
    "objects/source/a.zip!handlers/a.py": lambda home, _, value: _pack(home / "objects/source/a.zip", value),
    "outputs.json": lambda home, _, value: _write(home / "outputs.json", value),
    "HANDOVER.html": lambda home, _, value: _write(home / "HANDOVER.html", b"<code>" + value + b"</code>"),
    "evidence/accept-1.json": lambda home, _, value: _write(
        home / "evidence/accept-1.json", base64.b64encode(b"user:" + value)
    ),
    "table journal": lambda home, _, value: _recorded(home, value),
    "table resources": lambda home, _, value: _put(home, value),
    "git Pulumi.prod.yaml": lambda _, project, value: _write(project / "Pulumi.prod.yaml", value),
}


def _write(file: Path, content: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(b"before " + content + b" after")


def _pack(file: Path, content: bytes) -> None:
    file.parent.mkdir(parents=True)
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("handlers/a.py", b"x" * 500 + content)


def _recorded(home: Path, value: bytes) -> None:
    world = World(home / "world.db")
    world.record("log", "intake", message=f"refused: {value.decode()}")
    world.close()


def _put(home: Path, value: bytes) -> None:
    world = World(home / "world.db")
    world.put(Resource("gcp:cloudrunv2/service:Service", "intake", "urn", {"env": value.hex()}, {}))
    world.close()


@pytest.fixture
def bare(tmp_path: Path) -> tuple[Path, Path]:
    """A stack's folder and a project without anything in them."""
    home, project = tmp_path / "home", tmp_path / "project"
    home.mkdir()
    project.mkdir()
    world = World(home / "world.db")
    Versions(world)
    world.close()
    subprocess.run(["git", "init", "-q", project], check=True)
    return home, project


@pytest.mark.parametrize("place", PLANTS)
def test_a_leak_is_found_wherever_it_is(bare: tuple[Path, Path], place: str) -> None:
    value = f"canary-{secrets.token_hex(16)}"
    assert leaks(*bare, {}, value) == []
    PLANTS[place](*bare, value.encode())
    assert leaks(*bare, {}, value) == [place]


def test_a_leak_that_a_command_prints_is_found(bare: tuple[Path, Path]) -> None:
    assert leaks(*bare, {"preview": "+ value: canary-1"}, "canary-1") == ["output of preview"]


def test_the_table_of_the_values_is_no_leak(bare: tuple[Path, Path]) -> None:
    world = World(bare[0] / "world.db")
    secret = Resource("gcp:secretmanager/secret:Secret", "projects/p/secrets/a", "urn", {}, {})
    world.put(secret)
    Versions(world).add(_secrets(world)[0], b"canary-2-in-its-place", True, 0.0)
    world.close()
    assert leaks(*bare, {}, "canary-2-in-its-place") == []
