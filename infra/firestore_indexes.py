"""Firestore's indexes as the Firebase tools write them (`firestore.indexes.json`), read into values."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ORDERS = ("ASCENDING", "DESCENDING")
SCOPES = ("COLLECTION", "COLLECTION_GROUP")
FEWEST_FIELDS = 2  # Firestore keeps single-field indexes by itself and refuses them here


class IndexesError(ValueError):
    """The file is not what the Firebase tools would take; the message names the part."""


@dataclass(frozen=True)
class IndexField:
    """One field of a composite index: either ordered (`ASCENDING`, `DESCENDING`) or, with None, for array-contains."""

    path: str
    order: str | None

    def __post_init__(self) -> None:
        if self.order is not None and self.order not in ORDERS:
            raise IndexesError(f"field {self.path}: order is {self.order!r}; write {' or '.join(ORDERS)}")


@dataclass(frozen=True)
class CompositeIndex:
    """One composite index of a collection, or of all collections of that name (`COLLECTION_GROUP`)."""

    collection: str
    scope: str
    fields: tuple[IndexField, ...]

    def __post_init__(self) -> None:
        if self.scope not in SCOPES:
            raise IndexesError(f"index on {self.collection}: queryScope is {self.scope!r}; write {' or '.join(SCOPES)}")
        if len(self.fields) < FEWEST_FIELDS:
            raise IndexesError(f"index on {self.collection} has one field; Firestore makes those by itself, drop it")

    @property
    def key(self) -> str:
        """A name for the index within the stack."""
        return "-".join([self.collection, *(field.path for field in self.fields)])


@dataclass(frozen=True)
class FieldOverride:
    """One field that is not indexed by itself."""

    collection: str
    path: str


@dataclass(frozen=True)
class Indexes:
    """All of `firestore.indexes.json`."""

    composites: tuple[CompositeIndex, ...]
    overrides: tuple[FieldOverride, ...]


def load(path: Path) -> Indexes:
    """Read the file at `path`; raises IndexesError when it cannot be used."""
    try:
        return parse(json.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise IndexesError(f"{path} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise IndexesError(f"{path}: {error}") from error


def parse(content: Mapping[str, Any]) -> Indexes:
    """Return the indexes in the file's content; raises IndexesError that names the bad part."""
    try:
        return Indexes(
            composites=tuple(_composite(entry) for entry in content["indexes"]),
            overrides=tuple(_override(entry) for entry in content["fieldOverrides"]),
        )
    except KeyError as error:
        raise IndexesError(f"{error.args[0]} is missing") from error


def _composite(entry: Mapping[str, Any]) -> CompositeIndex:
    fields = tuple(IndexField(field["fieldPath"], _order(field)) for field in entry["fields"])
    return CompositeIndex(entry["collectionGroup"], entry["queryScope"], fields)


def _order(field: Mapping[str, Any]) -> str | None:
    if field.get("arrayConfig") == "CONTAINS":
        return None
    order: str = field["order"]
    return order


def _override(entry: Mapping[str, Any]) -> FieldOverride:
    where = f"fieldOverrides of {entry['collectionGroup']}.{entry['fieldPath']}"
    if entry["indexes"]:
        raise IndexesError(
            f"{where} keeps single-field indexes, which is not supported; leave `indexes` empty, or drop the override"
        )
    if entry.get("ttl"):
        raise IndexesError(
            f"{where} has a ttl, which here would delete documents at once; "
            "retention is set in infra/firestore.py, in days"
        )
    return FieldOverride(entry["collectionGroup"], entry["fieldPath"])
