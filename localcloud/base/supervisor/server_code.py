"""What the servers run: the packages they import, the arguments they get, and a hash that changes with either."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
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

    @cached_property
    def packages(self) -> tuple[str, ...]:
        """The packages below `root` that the servers import, directly or through another, in alphabetical order."""
        found, waiting = set[str](), {PACKAGE}
        while waiting:
            package = waiting.pop()
            found.add(package)
            imported = {name for file in self._files(package) for name in _imports(file.read_bytes())}
            waiting |= {name for name in imported & set(SHARED) - found if (self.root / name).is_dir()}
        return tuple(sorted(found))

    @cached_property
    def fingerprint(self) -> str:
        """A SHA-256 (hex) over source, locked requirements and arguments: an edit of any restarts all servers.

        All, because they import each other's modules.
        """
        arguments = {name: list(given) for name, given in self.arguments.items()}
        digest = hashlib.sha256(json.dumps(arguments, sort_keys=True).encode())
        requirements = self.root / "requirements.txt"
        files = [file for package in self.packages for file in self._files(package)]
        for path in ([requirements] if requirements.exists() else []) + files:
            digest.update(f"{path.relative_to(self.root)}\0".encode() + path.read_bytes())
        return digest.hexdigest()

    def _files(self, package: str) -> list[Path]:
        return sorted((self.root / package).rglob("*.py"))


def _imports(source: bytes) -> set[str]:
    """Return the top-level names that a source imports at any depth, found by its text.

    To parse all sources would take longer than all else that `up` does when nothing has changed.
    """
    return {(match[1] or match[2]).decode() for match in IMPORT.finditer(source)}
