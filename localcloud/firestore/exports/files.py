"""An export as a folder of files, in the layout of Google's service and emulator.

`NAME.overall_export_metadata` points to the metadata of each part, which names the files with the records:
https://firebase.google.com/docs/firestore/manage-data/export-import and, for the emulator,
https://firebase.google.com/docs/emulator-suite/install_and_configure#export_and_import_emulator_data.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from google.protobuf.message import DecodeError

from localcloud.firestore.exports import entities, record_log
from localcloud.firestore.exports.entities import Exported
from localcloud.firestore.exports.messages import Metadata, Overall

VERSION = b"\x33"
SUFFIX = ".overall_export_metadata"
PART = Path("all_namespaces/all_kinds/all_namespaces_all_kinds.export_metadata")
OUTPUT = "output-0"
FORMAT = {"entity": 2, "version": 3}


class ExportError(ValueError):
    """An export cannot be written or read; the message names the file and what is wrong with it."""


def write(folder: Path, name: str, documents: Sequence[Any], started: int, ended: int) -> Path:
    """Write Documents as the export `name` in a folder, whole or not at all, and return its overall metadata's path.

    Times are in microseconds since the epoch. Raises ExportError when something is there already.
    """
    if name in {"", ".", ".."} or "/" in name or "\0" in name:
        raise ExportError(f"{name!r} is no name of a folder")
    target = folder / name
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise ExportError(f"{target} is there already; name another, or remove it")
    made = Path(tempfile.mkdtemp(prefix=f".{name[:50]}-", dir=folder))
    try:
        _fill(made, name, documents, started, ended)
        made.chmod(0o755)
        made.rename(target)
    except BaseException:
        shutil.rmtree(made)
        raise
    return target / f"{name}{SUFFIX}"


def _fill(root: Path, name: str, documents: Sequence[Any], started: int, ended: int) -> None:
    overall = Overall()
    if documents:
        part = root / PART
        part.parent.mkdir(parents=True)
        log = record_log.write(map(entities.encode, documents))
        (part.parent / OUTPUT).write_bytes(log)
        told = {"name": name.encode(), "start": started, "end": ended}
        metadata = Metadata(export=told, files=[{"folder": b"", "file": [OUTPUT.encode()]}])
        part.write_bytes(metadata.SerializeToString())
        overall.pointer.add(format=FORMAT, path=PART.as_posix().encode(), entities=len(documents), size=len(log))
    (root / f"{name}{SUFFIX}").write_bytes(record_log.write([VERSION, overall.SerializeToString()]))


def read(path: Path, project: str) -> list[Exported]:
    """Return the documents of the export with that overall metadata, for their import into a project.

    Raises ExportError, also when the export names a file outside of its folder.
    """
    return [_decoded(record, file, project) for file in _outputs(path) for record in _records(file)]


def _outputs(path: Path) -> Iterator[Path]:
    """Yield the files that hold the records."""
    found = list(_records(path))
    if found[:1] != [VERSION] or len(found) != 2:
        raise ExportError(f"{path} is no overall metadata of an export that is known here")
    for pointer in _parsed(Overall, found[1], path).pointer:
        part = _inside(path.parent, path.parent, pointer.path, path)
        for files in _parsed(Metadata, _bytes(part), part).files:
            for file in files.file:
                yield _inside(path.parent, part.parent, files.folder + b"/" + file if files.folder else file, part)


def _inside(root: Path, base: Path, name: bytes, source: Path) -> Path:
    """Return the path of a file that an export names, which has to lie in the export's folder."""
    try:
        found = (base / name.decode()).resolve()
        found.relative_to(root.resolve())
    except ValueError as error:
        raise ExportError(f"{source} names a file that is not part of the export: {name!r}") from error
    return found


def _records(path: Path) -> list[bytes]:
    try:
        return list(record_log.read(_bytes(path)))
    except record_log.LogError as error:
        raise ExportError(f"{path} is damaged: {error}") from error


def _decoded(record: bytes, source: Path, project: str) -> Exported:
    try:
        return entities.decode(record, project)
    except entities.EntityError as error:
        raise ExportError(f"{source}: {error}") from error


def _parsed(kind: Any, content: bytes, source: Path) -> Any:
    try:
        return kind.FromString(content)
    except DecodeError as error:
        raise ExportError(f"{source} is damaged: {error}") from error


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ExportError(f"{path} cannot be read: {error.strerror}") from error


def documents_of(exported: Iterable[Exported], database: str) -> dict[tuple[str, ...], Any]:
    """Return the fields of an export's documents by their paths, of the database with that resource name.

    Raises ExportError when the export holds documents, and none of that database.
    """
    found, others = {}, set()
    wanted = database.rpartition("/")[2]
    for each in exported:
        if each.database == wanted:
            found[each.segments] = each.fields
        else:
            others.add(each.database)
    if others and not found:
        raise ExportError(f"the export is of the database {', '.join(sorted(others))}, not of {wanted}")
    return found
