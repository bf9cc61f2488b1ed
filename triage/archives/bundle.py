"""Reads APK, AAB and IPA files (zip archives all) entry by entry, within limits that no hostile archive passes."""

from __future__ import annotations

import re
import struct
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from triage.model import Hit
from triage.secrets.search import SERVICE_ACCOUNT_NAME, search

MAX_ENTRIES = 100_000
MAX_ENTRY = 200_000_000  # bytes read of one entry
MAX_TOTAL = 2_000_000_000  # bytes read of one archive
MAX_RATIO = 400  # unpacked to packed, for entries that are large
PIECE = 4_000_000
OVERLAP = 1024
BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    OSError,
    EOFError,
    NotImplementedError,
    RuntimeError,
    ValueError,
    MemoryError,
    KeyError,
    struct.error,
)
DULL = re.compile(
    r"(?i)\.(png|jpe?g|webp|gif|ttf|otf|mp3|mp4|ogg|wav|arsc|frag|sksl)$|(^|/)(icudtl\.dat|libflutter\.so"
    r"|Flutter\.framework/Flutter|isolate_snapshot_data|vm_snapshot_data)$|META-INF/|_CodeSignature/"
)


@dataclass(frozen=True)
class Searched:
    """What a bundle holds: findings, and its size in bytes by part."""

    hits: tuple[Hit, ...]
    parts: Mapping[str, int]


def search_bundle(path: Path, name: str) -> Searched:
    """Search an archive; whatever is wrong with it becomes a finding."""
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            parts = Counter[str]()
            for entry in entries[:MAX_ENTRIES]:
                parts[part_of_entry(entry.filename)] += entry.compress_size
            return Searched(tuple(_hits(archive, entries, name)), dict(parts))
    except BROKEN as error:
        return Searched(
            (Hit("bundle.unreadable", 0, name, f"The archive cannot be read: {error or type(error).__name__}."),), {}
        )


def _hits(archive: zipfile.ZipFile, entries: list[zipfile.ZipInfo], name: str) -> Iterator[Hit]:
    read, told = 0, set[str]()
    yield from source_maps(entry.filename for entry in entries[:MAX_ENTRIES])
    if len(entries) > MAX_ENTRIES:
        yield Hit(
            "bundle.unreadable", 0, name, f"The archive has {len(entries)} entries; only {MAX_ENTRIES} were looked at."
        )
    for entry in entries[:MAX_ENTRIES]:
        if entry.is_dir() or DULL.search(entry.filename):
            continue
        if read > MAX_TOTAL or _is_bomb(entry):
            yield _unread(entry, "The entry unpacks to more than it can hold; it was not read.")
            continue
        for hit in _whole(archive, entry):
            if hit.check == "bundle.unreadable" or hit.evidence not in told:
                told.add(hit.evidence)
                yield hit
        read += min(entry.file_size, MAX_ENTRY)


def _is_bomb(entry: zipfile.ZipInfo) -> bool:
    return entry.file_size > 10_000_000 and entry.file_size > MAX_RATIO * max(entry.compress_size, 1)


def _unread(entry: zipfile.ZipInfo, observed: str) -> Hit:
    return Hit("bundle.unreadable", 0, entry.filename[-120:], observed)


def _whole(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Iterator[Hit]:
    try:
        yield from _entry(archive, entry)
    except BROKEN as error:
        yield _unread(entry, f"The entry cannot be read: {error or type(error).__name__}.")


def source_maps(names: Iterable[str]) -> Iterator[Hit]:
    """Yield one hit for all source maps of a build: the one nearest to its root, and how many more there are."""
    maps = sorted((name for name in names if name.endswith(".map")), key=lambda name: (name.count("/"), name))
    if maps:
        more = f" and {len(maps) - 1} more source maps are" if len(maps) > 1 else " is"
        yield Hit("bundle.source-map", 0, maps[0][-120:], f"{maps[0][-80:]}{more} in the build.")


def _entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Iterator[Hit]:
    """Yield the secrets in one entry, read piece by piece and never more than the limit, whatever its header claims."""
    environment = re.search(r"(^|/)\.?env[^/]*$", entry.filename) is not None
    with archive.open(entry) as file:
        kept, read = b"", 0
        while read < MAX_ENTRY and (piece := file.read(PIECE)):
            read += len(piece)
            yield from secrets_in(kept + piece, entry.filename, assigned=environment)
            kept = piece[-OVERLAP:]


def secrets_in(data: bytes, where: str, *, assigned: bool = False) -> Iterator[Hit]:
    """Yield the secrets in some bytes of a built app; only shapes count, names are everywhere in compiled code."""
    for secret in search(data, assigned=assigned):
        if secret.kind in {
            "RevenueCat secret key",
            "Twilio key",
            "Mailchimp key",
            "Private key",
        } and not where.endswith((".env", ".json", ".pem", ".key")):
            continue  # their shapes occur in compiled code by chance, and libraries carry keys for tests
        kind = "service account key" if secret.kind == SERVICE_ACCOUNT_NAME else secret.kind
        yield Hit("bundle.secret", 0, kind, f"{kind} in {where[-100:]}: {secret.shown}.", secret.print)


def part_of_entry(name: str) -> str:
    """Return which part of a bundle an entry adds to."""
    for part, pattern in (
        ("compiled Dart", r"libapp\.so$|App\.framework/App$|main\.dart\.(js|wasm)"),
        ("Flutter engine", r"libflutter\.so$|Flutter\.framework/|canvaskit"),
        ("assets", r"flutter_assets/|(^|/)assets/"),
        ("native libraries", r"\.so$|\.dylib$|\.framework/"),
        ("Java and Kotlin", r"\.dex$"),
        ("resources", r"(^|/)res/|\.arsc$|\.car$"),
    ):
        if re.search(pattern, name):
            return part
    return "other"
