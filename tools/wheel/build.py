"""A wheel of the toolkit, written without a build backend, so that it needs no network.

Its form is given by the specification of binary distributions
(https://packaging.python.org/en/latest/specifications/binary-distribution-format/). Why the rooms are below
`launch_ready/rooms/`, and not at the top: docs/adr/0018-imports-after-installation.md.
"""

from __future__ import annotations

import base64
import hashlib
import tomllib
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

PACKAGE = "launch_ready"
ROOMS = f"{PACKAGE}/rooms"
WHERE_IT_IS = "tools/wheel/launch_ready"  # the package that enters the rooms
LEFT_OUT = {"__pycache__"}
FIXED_TIME = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip can hold: the same source gives the same bytes
MODE = 0o100644 << 16  # a plain file that everybody may read


def build(project: Path, out: Path) -> Path:
    """Write the wheel of `project` into the folder `out`, which is made, and return its path.

    Raises FileNotFoundError when a room that pyproject.toml names is not there.
    """
    described = tomllib.loads((project / "pyproject.toml").read_text())
    name, version = described["project"]["name"].replace("-", "_"), described["project"]["version"]
    about = f"{name}-{version}.dist-info"
    files = {**_code(project, described), **_about(project, described, about)}
    files[f"{about}/RECORD"] = _record(files, f"{about}/RECORD")
    out.mkdir(parents=True, exist_ok=True)
    wheel = out / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in files.items():
            entry = zipfile.ZipInfo(path, FIXED_TIME)
            entry.external_attr, entry.compress_type = MODE, zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
    return wheel


def rooms(described: Mapping[str, Any]) -> list[str]:
    """Return the rooms that pyproject.toml, parsed, names."""
    return list(described["tool"]["importlinter"]["root_packages"])


def _code(project: Path, described: Mapping[str, Any]) -> dict[str, bytes]:
    found = {f"{PACKAGE}/{path}": content for path, content in _files(project / WHERE_IT_IS)}
    for room in rooms(described):
        if not (project / room / "__init__.py").is_file():
            raise FileNotFoundError(f"pyproject.toml names the room {room}, which is not in {project.name}/")
        found |= {f"{ROOMS}/{room}/{path}": content for path, content in _files(project / room)}
    return found


def _files(folder: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder)
        if path.is_file() and not LEFT_OUT.intersection(inside.parts):
            yield inside.as_posix(), path.read_bytes()


def _about(project: Path, described: Mapping[str, Any], about: str) -> dict[str, bytes]:
    of = described["project"]
    metadata = [
        "Metadata-Version: 2.1",
        f"Name: {of['name']}",
        f"Version: {of['version']}",
        f"Summary: {of['description']}",
        f"Requires-Python: {of['requires-python']}",
        *(f"Requires-Dist: {line}" for line in _requirements(project / "requirements.in")),
    ]
    wheel = ["Wheel-Version: 1.0", "Generator: tools.wheel", "Root-Is-Purelib: true", "Tag: py3-none-any"]
    script = ["[console_scripts]", f"launch-ready = {PACKAGE}:command"]
    texts = {"METADATA": metadata, "WHEEL": wheel, "entry_points.txt": script}
    return {f"{about}/{name}": ("\n".join(lines) + "\n").encode() for name, lines in texts.items()}


def _requirements(source: Path) -> Iterator[str]:
    """Yield what a requirements file names, following `-r` into others."""
    for line in source.read_text().splitlines():
        said = line.partition(" #")[0].strip()
        if said.startswith("-r "):
            yield from _requirements(source.parent / said.removeprefix("-r ").strip())
        elif said and not said.startswith("#"):
            yield said


def _record(files: Mapping[str, bytes], itself: str) -> bytes:
    lines = [f"{path},sha256={_hash(content)},{len(content)}" for path, content in files.items()]
    return "\n".join([*lines, f"{itself},,", ""]).encode()


def _hash(content: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
