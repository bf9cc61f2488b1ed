"""Searches a web build that lies unpacked in build/web."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

from triage.archives.bundle import DULL, Searched, part_of_entry, secrets_in, source_maps
from triage.files.read import pieces
from triage.model import Hit


def search_web(root: Path, files: Mapping[str, int]) -> Searched:
    """Search the files of a web build (relative path → size in bytes)."""
    parts = Counter[str]()
    for path, size in files.items():
        parts[part_of_entry(path)] += size
    return Searched(tuple(_hits(root, files)), dict(parts))


def _hits(root: Path, files: Mapping[str, int]) -> Iterator[Hit]:
    told: set[str] = set()
    yield from source_maps(files)
    for path in sorted(files):
        if DULL.search(path):
            continue
        try:
            for _, piece in pieces(root / path):
                for hit in secrets_in(piece, path, assigned=".env" in path.rsplit("/", 1)[-1]):
                    if hit.evidence not in told:
                        told.add(hit.evidence)
                        yield hit
        except OSError as error:
            yield Hit("bundle.unreadable", 0, path, f"The file cannot be read: {error.strerror}.")
