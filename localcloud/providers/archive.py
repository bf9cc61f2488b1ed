"""Packs what an asset or archive names into bytes, as a bucket would receive them: the same files, the same bytes.

Assets reach a provider as paths relative to the root of the Pulumi project, without their content.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from localcloud.providers.values import Archive, Asset, Value

DATE = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip file can say, so that its bytes depend on the content alone
MODE = 0o644 << 16


class ContentError(Exception):
    """The content of an asset cannot be had; the message says which and why."""


def content(source: Value, root: Path) -> bytes:
    """Return the bytes of an asset, or of an archive as a zip file; raises ContentError.

    An archive that is one file already (`FileArchive("app.zip")`) is taken as it is.
    """
    if isinstance(source, Asset):
        return _bytes(source, root)
    if not isinstance(source, Archive):
        raise ContentError("an asset or an archive is wanted here")
    path = root / str(source.fields.get("path", ""))
    if path.is_file():
        return path.read_bytes()
    return _zip(dict(_files(source, PurePosixPath(), root)))


def _bytes(asset: Asset, root: Path) -> bytes:
    if "text" in asset.fields:
        return str(asset.fields["text"]).encode()
    if "path" not in asset.fields:
        raise ContentError(f"{asset.fields.get('uri', 'an asset')} lies elsewhere, and the rehearsal fetches nothing")
    path = root / str(asset.fields["path"])
    try:
        return path.read_bytes()
    except OSError as error:
        raise ContentError(f"{path} cannot be read: {error.strerror}") from error


def _files(source: Value, at: PurePosixPath, root: Path) -> Iterator[tuple[str, bytes]]:
    if isinstance(source, Asset):
        yield str(at), _bytes(source, root)
    elif source.assets is not None:
        for name, child in source.assets.items():
            yield from _files(child, at / name, root)
    else:
        yield from _tree(source, at, root)


def _tree(source: Archive, at: PurePosixPath, root: Path) -> Iterator[tuple[str, bytes]]:
    folder = root / str(source.fields.get("path", ""))
    if "path" not in source.fields or not folder.is_dir():
        raise ContentError(f"{source.fields.get('uri', folder)} is not a folder on this machine")
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield str(at / path.relative_to(folder).as_posix()), path.read_bytes()


def _zip(files: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as target:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, DATE)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = MODE
            target.writestr(entry, files[name])
    return packed.getvalue()
