"""Pulumi's own build of the engine: one archive for each platform, used only when it has the hash that is written here.

Whoever can change what is downloaded could otherwise run a program with the launch's log-ins. The version is not that
of the locked SDK, but one whose hashes were published by somebody else than the server that the archive comes from.
"""

from __future__ import annotations

import hashlib
import platform
import re
import shutil
import tarfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from engine.atomic_folders import complete_or_absent
from engine.errors import LaunchError

VERSION = "3.221.0"
# Source: NixOS/nixpkgs, pkgs/by-name/pu/pulumi-bin/data.nix at 0501eb325e7384fc5a54bf8df23814ecf4d50096, in hex.
SHA256: Mapping[str, str] = {
    "linux-x64": "fe736f91b4153f94f859870e34dda01e648552c25f702c8a42282acf3a5db9ad",
    "linux-arm64": "baaf077a8b851da4fd1f6434860b56fec43f877709fe5a22ed3bbd335af57a37",
    "darwin-x64": "6c275ff21c2a2790dc4ac9536be745f0fa65b9eab32e5dc896d1e4cd79fafb6b",
    "darwin-arm64": "4d3024f24131440cacc9d04cf9a19dc673c821216fe5fec848d1ce5af0c06092",
}
RELEASES = "https://get.pulumi.com/releases/sdk"
MACHINES = {"x86_64": "x64", "amd64": "x64", "aarch64": "arm64", "arm64": "arm64"}
SILENCE = 15.0  # seconds the server may say nothing
TIMEOUT = 900.0  # seconds for the whole download
LARGEST = 600_000_000  # bytes; the archive has about 150 million
CHUNK = 1 << 20  # bytes read at once
UNUSABLE = "Pulumi's archive could not be used"


def install(
    root: Path,
    environ: Mapping[str, str],
    tell: Callable[[str], None],
    releases: str = RELEASES,
    pins: Mapping[str, str] = SHA256,
) -> Path:
    """Install the engine below `root` and return its `bin` folder; raises LaunchError when that cannot be done.

    `pins` has the SHA-256 of the archive for each platform, in hex.
    """
    here = machine(platform.system(), platform.machine())
    if here not in pins:
        raise LaunchError(UNUSABLE, f"none with a known hash is for this machine ({here})")
    name = f"pulumi-v{VERSION}-{here}.tar.gz"
    tell(f"Fetching the Pulumi engine {VERSION} ({name}) …")
    with complete_or_absent(root / VERSION) as draft:
        archive = draft / name
        found = _fetched(f"{releases}/{name}", environ, archive)
        if found != pins[here]:
            raise LaunchError(
                UNUSABLE,
                f"{name} is not the file that was pinned: its SHA-256 is {found}, and it has to be {pins[here]}",
            )
        _unpack(archive, draft)
    return root / VERSION / "bin"


def machine(system: str, processor: str) -> str:
    """Return a platform as Pulumi's archives name it: `linux-x64`."""
    return f"{system.lower()}-{MACHINES.get(processor.lower(), processor.lower())}"


def plain(line: str) -> str:
    """Return an error's line without the exception's name and what it is wrapped in."""
    return re.sub(r"^[\w.]+: |<urlopen error (?:\[Errno -?\d+\] )?|>$", "", line)


def _fetched(url: str, environ: Mapping[str, str], archive: Path) -> str:
    """Write what is at a URL into a file and return its SHA-256 in hex."""
    from urllib.error import HTTPError  # every command loads this module, and few download anything
    from urllib.request import ProxyHandler, build_opener

    proxies = {name: proxy for name in ("http", "https") if (proxy := _proxy(environ, name))}
    digest, size, ends = hashlib.sha256(), 0, time.monotonic() + TIMEOUT
    try:
        with build_opener(ProxyHandler(proxies)).open(url, timeout=SILENCE) as answer, archive.open("wb") as file:
            while chunk := answer.read(CHUNK):
                size += len(chunk)
                if size > LARGEST or time.monotonic() > ends:
                    raise LaunchError(UNUSABLE, f"it is larger than expected, or took over {TIMEOUT / 60:.0f} minutes")
                digest.update(chunk)
                file.write(chunk)
    except HTTPError as error:
        with error:
            raise LaunchError(UNUSABLE, f"the server answers {error.code}: {url}") from error
    except OSError as error:  # of the network and of the disk
        raise LaunchError(UNUSABLE, plain(str(error) or type(error).__name__)) from error
    return digest.hexdigest()


def _proxy(environ: Mapping[str, str], scheme: str) -> str:
    return environ.get(f"{scheme}_proxy") or environ.get(f"{scheme.upper()}_PROXY") or ""


def _unpack(archive: Path, draft: Path) -> None:
    """Leave the programs of the archive in `bin` below the draft, and nothing else."""
    try:
        with tarfile.open(archive) as tar:
            tar.extractall(draft / "unpacked", filter="data")
    except (tarfile.TarError, OSError, EOFError) as error:
        raise LaunchError(UNUSABLE, f"{archive.name} cannot be unpacked: {error}") from error
    top = draft / "unpacked" / "pulumi"
    folder = top / "bin" if (top / "bin").is_dir() else top
    if not (folder / "pulumi").is_file():
        raise LaunchError(UNUSABLE, f"there is no pulumi in {archive.name}")
    folder.rename(draft / "bin")
    shutil.rmtree(draft / "unpacked")
    archive.unlink()
