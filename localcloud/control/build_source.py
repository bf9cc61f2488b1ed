"""An uploaded source archive and the image made of it: the same files give the same digest, whatever their dates.

An image of the rehearsal is a folder, HOME/images/<sha256 hex>/, that appears whole or not at all.
"""

from __future__ import annotations

import hashlib
import shutil
import stat
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

LARGEST = 256 * 1024 * 1024  # bytes of all files together


class SourceError(Exception):
    """The archive cannot be built; the message says why and what to do."""


@dataclass(frozen=True)
class Source:
    """The files of an archive by their relative path."""

    files: dict[str, bytes]

    @property
    def digest(self) -> str:
        """The SHA-256 (hex) over every path and content, in the order of the paths."""
        total = hashlib.sha256()
        for path in sorted(self.files):
            total.update(path.encode() + b"\0" + hashlib.sha256(self.files[path]).digest())
        return total.hexdigest()


def read(archive: Path, requirements: str) -> Source:
    """Return the files of a zip archive that holds the path `requirements`.

    Raises SourceError when it is damaged, unsafe or lacks its requirements.
    """
    try:
        with zipfile.ZipFile(archive) as packed:
            entries = [entry for entry in packed.infolist() if not entry.is_dir()]
            _check(entries)
            source = Source({entry.filename: packed.read(entry) for entry in entries})
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError) as error:
        raise SourceError(f"the source archive is not a zip file that can be read: {error}") from error
    if requirements not in source.files:
        raise SourceError(
            f"the source archive has no {requirements}; add the hash-locked requirements to what is uploaded"
        )
    return source


def publish(source: Source, images: Path) -> str:
    """Unpack the source into `images`/<digest> unless it is there, and return the digest (sha256 hex)."""
    digest = source.digest
    if not (images / digest).exists():
        images.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=".new-", dir=images))
        try:
            _write(source, draft)
            _move(draft, images / digest)
        finally:
            shutil.rmtree(draft, ignore_errors=True)
    return digest


def _check(entries: list[zipfile.ZipInfo]) -> None:
    if sum(entry.file_size for entry in entries) > LARGEST:
        raise SourceError(f"the source archive unpacks to more than {LARGEST} bytes; upload listed files only")
    seen: set[str] = set()
    for entry in entries:
        if not is_safe(entry.filename) or stat.S_ISLNK(entry.external_attr >> 16):
            raise SourceError(f"the source archive would write outside its folder: '{entry.filename}'")
        if entry.filename in seen:
            raise SourceError(f"the source archive holds '{entry.filename}' twice")
        seen.add(entry.filename)


def is_safe(name: str) -> bool:
    """Tell whether a path of an archive is plain, relative and stays in the folder it is unpacked to."""
    path = PurePosixPath(name)
    plain = bool(path.parts) and str(path) == name and not {"\\", "\0", ":"} & set(name)
    return plain and not path.is_absolute() and ".." not in path.parts


def _write(source: Source, folder: Path) -> None:
    for name, content in source.files.items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    folder.chmod(0o755)


def _move(draft: Path, target: Path) -> None:
    try:
        draft.rename(target)
    except OSError:
        if not target.exists():  # else another build of the same files was quicker
            raise
