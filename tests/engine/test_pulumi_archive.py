from __future__ import annotations

import hashlib
import io
import platform
import tarfile
import threading
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from engine import locate, pulumi_archive
from engine.errors import LaunchError
from engine.pulumi_archive import SHA256, VERSION, install, machine

HERE = machine(platform.system(), platform.machine())
NAME = f"pulumi-v{VERSION}-{HERE}.tar.gz"

Pins = Mapping[str, str]
Offer = Callable[[Mapping[str, bytes]], Pins]


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def releases(tmp_path: Path) -> Iterator[str]:
    folder = tmp_path / "releases"
    folder.mkdir()
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def offer(tmp_path: Path, releases: str) -> Offer:
    """Puts an archive with these files there and returns the pins that name it."""

    def put(files: Mapping[str, bytes]) -> Pins:
        path = tmp_path / "releases" / NAME
        with tarfile.open(path, "w:gz") as tar:
            for name, content in files.items():
                info = tarfile.TarInfo(name)
                info.size, info.mode = len(content), 0o755
                tar.addfile(info, io.BytesIO(content))
        return {HERE: hashlib.sha256(path.read_bytes()).hexdigest()}

    return put


def programs(top: str = "pulumi") -> dict[str, bytes]:
    return {f"{top}/{name}": b"#!/bin/sh\n" for name in ("pulumi", locate.LANGUAGE_HOST)}


@pytest.mark.parametrize("top", ["pulumi", "pulumi/bin"])
def test_an_archive_with_the_pinned_hash_is_unpacked(
    tmp_path: Path, releases: str, offer: Offer, told: list[str], top: str
) -> None:
    folder = install(tmp_path / "engine", {}, told.append, releases, offer(programs(top)))
    assert folder == tmp_path / "engine" / VERSION / "bin"
    assert sorted(path.name for path in folder.iterdir()) == ["pulumi", locate.LANGUAGE_HOST]
    assert all(path.stat().st_mode & 0o100 for path in folder.iterdir())
    assert [path.name for path in folder.parent.iterdir()] == ["bin"], "nothing else stays, the archive neither"
    assert locate.cached(tmp_path / "engine") is not None


def test_an_archive_with_another_hash_is_refused_before_anything_is_unpacked(
    tmp_path: Path, releases: str, offer: Offer, told: list[str]
) -> None:
    wanted = offer(programs())
    found = offer({**programs(), "pulumi/more": b"x"})
    with pytest.raises(LaunchError, match="archive could not be used") as refused:
        install(tmp_path / "engine", {}, told.append, releases, wanted)
    assert f"{NAME} is not the file that was pinned" in refused.value.why
    assert found[HERE] in refused.value.why
    assert wanted[HERE] in refused.value.why
    assert list((tmp_path / "engine").iterdir()) == []


def test_a_machine_without_a_pinned_archive_gets_none(tmp_path: Path, releases: str, told: list[str]) -> None:
    with pytest.raises(LaunchError) as refused:
        install(tmp_path / "engine", {}, told.append, releases, {"plan9-x64": "0" * 64})
    assert f"this machine ({HERE})" in refused.value.why
    assert told == [], "nothing was fetched"


@pytest.mark.parametrize(
    ("files", "words"),
    [({"pulumi/../../outside": b"x"}, "cannot be unpacked"), ({"pulumi/readme": b"x"}, "there is no pulumi")],
    ids=["outside of the folder", "without the program"],
)
def test_an_archive_of_another_shape_is_refused(
    tmp_path: Path, releases: str, offer: Offer, told: list[str], files: dict[str, bytes], words: str
) -> None:
    with pytest.raises(LaunchError) as refused:
        install(tmp_path / "engine", {}, told.append, releases, offer(files))
    assert words in refused.value.why
    assert list((tmp_path / "engine").iterdir()) == []
    assert not (tmp_path / "outside").exists()


def test_a_server_that_has_no_such_archive_is_told(tmp_path: Path, releases: str, told: list[str]) -> None:
    with pytest.raises(LaunchError) as refused:
        install(tmp_path / "engine", {}, told.append, releases, {HERE: "0" * 64})
    assert "404" in refused.value.why


@pytest.mark.parametrize(
    ("system", "processor", "name"),
    [
        ("Linux", "x86_64", "linux-x64"),
        ("Linux", "aarch64", "linux-arm64"),
        ("Darwin", "arm64", "darwin-arm64"),
        ("Darwin", "x86_64", "darwin-x64"),
        ("Linux", "riscv64", "linux-riscv64"),
    ],
)
def test_platforms_have_the_names_of_the_archives(system: str, processor: str, name: str) -> None:
    assert machine(system, processor) == name


def test_every_pin_is_a_hash_of_its_own_and_its_engine_is_recent_enough() -> None:
    assert sorted(SHA256) == ["darwin-arm64", "darwin-x64", "linux-arm64", "linux-x64"]
    assert len(set(SHA256.values())) == len(SHA256)
    assert all(len(bytes.fromhex(digest)) == 32 for digest in SHA256.values())
    assert locate.numbers(VERSION) >= locate.OLDEST
    assert pulumi_archive.RELEASES.startswith("https://")
