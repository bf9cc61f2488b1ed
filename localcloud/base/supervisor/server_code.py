"""What the servers run: the packages they import, the arguments they get, and a hash that changes with either."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

PACKAGE = "localcloud"
ROOT = Path(__file__).resolve().parents[3]  # the folder that holds the package `localcloud`
SHARED = ("blueprint", "monitors", "rules")  # packages beside it that a server may import
IMPORT = re.compile(rb"^[ \t]*(?:from[ \t]+([a-z_]+)[\w.]*[ \t]+import|import[ \t]+([a-z_]+))\b", re.MULTILINE)


@dataclass(frozen=True)
class ServerCode:
    """The code of all servers. `root` holds the package `localcloud`; `arguments` are those of each named server."""

    root: Path = ROOT
    arguments: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @property
    def packages(self) -> tuple[str, ...]:
        """The packages below `root` that the servers import, directly or through another, in alphabetical order."""
        return tuple(sorted(self._sources))

    @cached_property
    def fingerprint(self) -> str:
        """A SHA-256 (hex) over source, locked requirements and arguments: an edit of any restarts all servers.

        All, because they import each other's modules.
        """
        arguments = {name: list(given) for name, given in self.arguments.items()}
        digest = hashlib.sha256(json.dumps(arguments, sort_keys=True).encode())
        requirements = self.root / "requirements.txt"
        if requirements.exists():
            digest.update(_named(requirements.name, requirements.read_bytes()))
        for package in self.packages:
            for name, source in self._sources[package].items():
                digest.update(_named(name, source))
        return digest.hexdigest()

    @cached_property
    def _sources(self) -> Mapping[str, Mapping[str, bytes]]:
        """The sources of each such package, by their paths below `root`; each is read once."""
        found, waiting = dict[str, Mapping[str, bytes]](), {PACKAGE}
        while waiting:
            package = waiting.pop()
            files = sorted((self.root / package).rglob("*.py"))
            found[package] = {str(file.relative_to(self.root)): file.read_bytes() for file in files}
            unknown = {name for name in SHARED if (self.root / name).is_dir()} - found.keys() - waiting
            waiting |= _imported(found[package].values(), unknown)
        return found


def _named(name: str, content: bytes) -> bytes:
    return f"{name}\0".encode() + content


def _imported(sources: Iterable[bytes], unknown: Set[str]) -> set[str]:
    """Return which of the unknown packages the sources import; reads on until all of them are known."""
    found = set[str]()
    for source in sources:
        if unknown <= found:
            break
        found |= _imports(source) & unknown
    return found


def _imports(source: bytes) -> set[str]:
    """Return the top-level names that a source imports at any depth, found by its text.

    To parse all sources would take longer than all else that `up` does when nothing has changed.
    """
    return {(match[1] or match[2]).decode() for match in IMPORT.finditer(source)}
