"""What one Write makes of one document: preconditions, update masks and transforms. Pure: nothing is stored here.

Rules: https://cloud.google.com/firestore/docs/reference/rpc/google.firestore.v1#write
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from grpc import StatusCode

from localcloud.firestore import fieldpaths, limits, paths, transforms
from localcloud.firestore.errors import invalid
from localcloud.firestore.guard import Change
from localcloud.firestore.messages import Document, WriteResult
from localcloud.firestore.paths import Location
from localcloud.firestore.times import micros, stamp
from localcloud.rpc import Refused


def target(write: Any, database: str) -> Location:
    """Return the document that the write is about; raises Refused when it is not in the database."""
    kind = write.WhichOneof("operation")
    if kind is None:
        raise invalid("A write must have an operation: update, delete or transform.")
    name = write.update.name if kind == "update" else write.transform.document if kind == "transform" else write.delete
    return paths.document_in(name, database)


def check(write: Any) -> int:
    """Return how many field transforms the write has, and cut its timestamps to microseconds.

    Raises Refused when it is wrong whatever is stored.
    """
    found = transforms_of(write)
    transforms.check(found)
    if write.WhichOneof("operation") == "update":
        limits.admit(write.update.fields)
        _check_mask([fieldpaths.written(path) for path in write.update_mask.field_paths])
    elif write.HasField("update_mask") or write.update_transforms:
        raise invalid("update_mask and update_transforms can be set only when the operation is update.")
    return len(found)


def transforms_of(write: Any) -> list[Any]:
    """Return the field transforms of a write, whichever way it carries them."""
    is_transform = write.WhichOneof("operation") == "transform"
    return [*(write.transform.field_transforms if is_transform else ()), *write.update_transforms]


def changes(
    places: Sequence[Location],
    requested: Sequence[Any],
    stored: Mapping[Location, Any | None],
    now: int,
    *,
    unconditional: bool = False,
) -> list[Change]:
    """Return what each write makes of its document at commit time `now` (microseconds), in their order; raises Refused.

    `unconditional` is as if every precondition held.
    """
    documents = dict(stored)
    found = []
    for place, write in zip(places, requested, strict=True):
        before = documents[place]
        if not unconditional:
            check_precondition(write.current_document, place, before, now)
        documents[place], result = _applied(write, place, before, now)
        found.append(Change(method(write, before), place, before, documents[place], result))
    return found


def _applied(write: Any, place: Location, stored: Any | None, now: int) -> tuple[Any | None, Any]:
    """Return the document after the write (None: it is gone) and the WriteResult."""
    if write.WhichOneof("operation") == "delete":
        return None, WriteResult()
    changed = _updated(write, place, stored)
    results = [transforms.apply(changed.fields, transform, now) for transform in transforms_of(write)]
    limits.check_size(place, changed.fields)
    # A write that changes nothing keeps the update time it had.
    if stored is None or changed != stored:
        changed.update_time.CopyFrom(stamp(now))
    if stored is None:
        changed.create_time.CopyFrom(changed.update_time)
    return changed, WriteResult(update_time=changed.update_time, transform_results=results)


def method(write: Any, stored: Any | None) -> str:
    """Return the write's method by the security rules: what it says of the document counts before what is stored."""
    if write.WhichOneof("operation") == "delete":
        return "delete"
    condition = write.current_document.WhichOneof("condition_type")
    exists = stored is not None if condition is None else condition == "update_time" or write.current_document.exists
    return "update" if exists else "create"


def check_precondition(precondition: Any, place: Location, stored: Any | None, now: int) -> None:
    """Raise Refused unless the `stored` document is what the caller expects it to be."""
    kind = precondition.WhichOneof("condition_type")
    if kind == "exists" and not precondition.exists and stored is not None:
        raise Refused(StatusCode.ALREADY_EXISTS, f"Document already exists: {place.name}")
    if kind is not None and stored is None and (kind == "update_time" or precondition.exists):
        raise Refused(StatusCode.NOT_FOUND, f"No document to update: {place.name}")
    if kind == "update_time":
        _check_version(micros(stored.update_time), micros(precondition.update_time), now)  # type: ignore[union-attr]  # narrowed above


def _check_version(stored: int, required: int, now: int) -> None:
    if required > now:
        raise invalid(f"the required base version ({required}) lies in the future")
    if stored != required:
        raise Refused(
            StatusCode.FAILED_PRECONDITION,
            f"the stored version ({stored}) does not match the required base version ({required})",
        )


def _check_mask(mask: list[fieldpaths.Path]) -> None:
    clash = fieldpaths.conflicting(mask)
    if clash:
        first, second = (fieldpaths.text(path) for path in clash)
        raise invalid(f"Conflicting field paths in the update mask: {first} and {second}.")


def _updated(write: Any, place: Location, stored: Any | None) -> Any:
    if write.WhichOneof("operation") == "update" and not write.HasField("update_mask"):
        return _replaced(write.update, stored)
    changed = Document(name=place.name)
    if stored is not None:
        changed.CopyFrom(stored)
    for text in write.update_mask.field_paths:
        path = fieldpaths.parse(text)
        value = fieldpaths.get(write.update.fields, path)
        if value is None:
            fieldpaths.drop(changed.fields, path)
        else:
            fieldpaths.put(changed.fields, path, value)
    return changed


def _replaced(given: Any, stored: Any | None) -> Any:
    changed = Document()
    changed.CopyFrom(given)
    changed.ClearField("create_time")
    changed.ClearField("update_time")
    if stored is not None:
        changed.create_time.CopyFrom(stored.create_time)
        changed.update_time.CopyFrom(stored.update_time)
    return changed
