"""Firestore's indexes as the Firebase tools write them (`firestore.indexes.json`), read into values.

Source: https://firebase.google.com/docs/reference/firestore/indexes (format of the file); the tools take comments, too.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from blueprint import zone_lines
from infra.json_shape import Shape, ShapeError

ORDERS = ("ASCENDING", "DESCENDING")
SCOPES = ("COLLECTION", "COLLECTION_GROUP")
NAME = "__name__"
FEWEST_FIELDS = 2  # Firestore keeps single-field indexes by itself and refuses them here
MOST_DIMENSIONS = 2_048  # https://firebase.google.com/docs/firestore/vector-search: "Limitations"
KEYS = ("indexes", "fieldOverrides")
OF_AN_INDEX = (
    *("collectionGroup", "collectionId", "queryScope", "fields", "apiScope", "density", "multikey", "unique"),
    *("name", "state"),  # as the API lists them
)
OF_A_FIELD = ("fieldPath", "order", "mode", "arrayConfig", "vectorConfig")
OF_AN_OVERRIDE = ("collectionGroup", "collectionId", "fieldPath", "ttl", "indexes")
OF_A_KEPT_INDEX = ("queryScope", "order", "mode", "arrayConfig", "apiScope", "density", "multikey", "unique")
MOST_FIELDS = 100  # of a composite index, https://firebase.google.com/docs/firestore/quotas#indexes
_COMMENTS = re.compile(r'("(?:[^"\\]|\\.)*")|//[^\n]*|/\*.*?\*/', re.DOTALL)


class IndexesError(ValueError):
    """The file is not what the Firebase tools would take; the message names the part."""


@dataclass(frozen=True)
class IndexField:
    """One field of an index: ordered (`ASCENDING`, `DESCENDING`), a vector of so many `dimension`s, or an array."""

    path: str
    order: str | None
    dimension: int | None = None

    def __post_init__(self) -> None:
        if self.order is not None and self.order not in ORDERS:
            raise IndexesError(f"field {self.path}: order is {self.order!r}; write {' or '.join(ORDERS)}")

    @property
    def word(self) -> str:
        """How it is indexed, in a word."""
        if self.dimension is not None:
            return f"vector{self.dimension}"
        return {"ASCENDING": "asc", "DESCENDING": "desc", None: "array"}[self.order]


def _unmakeable(fields: tuple[IndexField, ...]) -> str | None:
    """Return what Firestore refuses of fields together (400 INVALID_ARGUMENT), None when it makes the index."""
    paths = [field.path for field in fields]
    twice = next((path for path in paths if paths.count(path) > 1), None)
    if twice:
        return f"names the field {twice} twice; name each once"
    if [field.word for field in fields].count("array") > 1:
        return "has two array fields, and Firestore takes one in an index; make an index of each"
    return f"has more than {MOST_FIELDS} fields; drop some" if len(fields) > MOST_FIELDS else None


@dataclass(frozen=True)
class CompositeIndex:
    """One composite index of a collection, or of all collections of that name (`COLLECTION_GROUP`)."""

    collection: str
    scope: str
    fields: tuple[IndexField, ...]

    def __post_init__(self) -> None:
        if self.scope not in SCOPES:
            raise IndexesError(f"index on {self.collection}: queryScope is {self.scope!r}; write {' or '.join(SCOPES)}")
        vector = any(field.dimension is not None for field in self.fields)
        if len(self.fields) < (1 if vector else FEWEST_FIELDS):
            number = "one field; Firestore makes those by itself, drop it" if self.fields else "no field; name two"
            raise IndexesError(f"index on {self.collection} has {number}")
        if wrong := _unmakeable(self.fields):
            raise IndexesError(f"index on {self.collection} {wrong}")

    @property
    def first_key(self) -> str:
        """The name that the index had while its fields alone made it."""
        return "-".join([self.collection, *(field.path for field in self.fields)])

    @property
    def key(self) -> str:
        """A name for the index within the stack, which another order or scope of the same fields does not share."""
        words = [field.word for field in self.fields]
        plain = all(word in ("asc", "array") for word in words)
        scope = ["group"] if self.scope == "COLLECTION_GROUP" else []
        arrays = [] if plain and "array" not in words else words
        return "-".join([self.first_key, *arrays, *scope])


@dataclass(frozen=True)
class FieldIndex:
    """One index of a single field that is kept: in which scope, and how (`order` None: array-contains)."""

    scope: str
    order: str | None


@dataclass(frozen=True)
class FieldOverride:
    """One field that is indexed by itself as `kept` says, and in no other way."""

    collection: str
    path: str
    kept: tuple[FieldIndex, ...] = ()


@dataclass(frozen=True)
class Indexes:
    """All of `firestore.indexes.json`."""

    composites: tuple[CompositeIndex, ...]
    overrides: tuple[FieldOverride, ...]

    def keyed(self) -> Iterator[tuple[str, CompositeIndex]]:
        """Yield each composite index with a name of its own."""
        taken: set[str] = set()
        for index in self.composites:
            told = hashlib.sha256(repr(index).encode()).hexdigest()[:8]
            key = f"{index.key}-{told}" if index.key in taken else index.key
            taken.add(key)
            yield key, index


def load(path: Path) -> Indexes:
    """Read the file at `path`; raises IndexesError when it cannot be used."""
    try:
        return parse(
            json.loads(without_comments(zone_lines.decoded(path.read_bytes())), object_pairs_hook=_each_key_once)
        )
    except OSError as error:
        raise IndexesError(f"{path} cannot be read: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise IndexesError(f"{path}: {error}") from error


def _each_key_once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Return a JSON object; raises IndexesError for a key that comes twice, of which JSON would keep the last."""
    names = [name for name, _ in pairs]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice:
        raise IndexesError(f"{twice} is there twice in one object; put both into one")
    return dict(pairs)


def without_comments(text: str) -> str:
    """Return JSON without the comments that the Firebase tools write; lines and columns stay where they are."""

    def blank(found: re.Match[str]) -> str:
        return found[1] or re.sub(r"[^\n]", " ", found[0])

    return _COMMENTS.sub(blank, text)


def parse(content: object) -> Indexes:
    """Return the indexes in the file's content; raises IndexesError that names every bad part."""
    try:
        whole = Shape(content, "").mapping()
        whole.only(KEYS)
        composites, wrong = _each(_composite, whole.list_of("indexes"))
        overrides, more = _each(_override, whole.list_of("fieldOverrides"))
    except ShapeError as error:
        raise IndexesError(str(error)) from error
    if told := [*wrong, *more, *_twice(overrides)]:
        raise IndexesError("; ".join(told))
    return Indexes(tuple(dict.fromkeys(composites)), tuple(overrides))


_Read = TypeVar("_Read")


def _each(read: Callable[[Shape], _Read], entries: list[Shape]) -> tuple[list[_Read], list[str]]:
    """Return what the entries say, and what is wrong with those that cannot be read, the first mistake of each."""
    good, wrong = list[_Read](), list[str]()
    for entry in entries:
        try:
            good.append(read(entry.mapping()))
        except (ShapeError, IndexesError) as error:
            wrong.append(str(error))
    return good, wrong


def _composite(entry: Shape) -> CompositeIndex:
    entry.only(OF_AN_INDEX)
    _refuse_other_editions(entry)
    collection = entry.text("collectionGroup", "collectionId")
    fields = [_field(field) for field in entry.objects_of("fields", required=True)]
    try:
        return CompositeIndex(collection, _scope(entry), _without_implied_name(fields))
    except IndexesError as error:
        raise ShapeError(entry.place, str(error)) from error


def _without_implied_name(fields: list[IndexField]) -> tuple[IndexField, ...]:
    """Leave out `__name__` at the end in the direction of the field before it, which Firestore adds by itself.

    https://firebase.google.com/docs/firestore/query-data/index-overview
    """
    before = next((field.order for field in reversed(fields[:-1]) if field.order), "ASCENDING")
    implied = len(fields) > 1 and fields[-1].path == NAME and fields[-1].order == before
    return tuple(fields[:-1] if implied else fields)


def _field(field: Shape) -> IndexField:
    field.only(OF_A_FIELD)
    path = field.text("fieldPath")
    chosen = [name for name in ("order", "mode", "arrayConfig", "vectorConfig") if name in field]
    if len(chosen) != 1:
        raise ShapeError(field.place, f"{path} needs one of order, arrayConfig and vectorConfig, not {len(chosen)}")
    if chosen == ["vectorConfig"]:
        return IndexField(path, None, field.part("vectorConfig").number("dimension", 1, MOST_DIMENSIONS))
    return IndexField(path, _order(field))


def _order(field: Shape) -> str | None:
    """Return a field's direction, None for arrays; `mode` is the file's older word for both."""
    value = field.text("arrayConfig" if "arrayConfig" in field else "order", "mode")
    if value in ("CONTAINS", "ARRAY_CONTAINS"):
        return None
    if value not in ORDERS or "arrayConfig" in field:
        wanted = "CONTAINS" if "arrayConfig" in field else " or ".join(ORDERS)
        name = "arrayConfig" if "arrayConfig" in field else "order"
        raise ShapeError(field.place, f"{name} is {value!r}; write {wanted}")
    return value


def _refuse_other_editions(entry: Shape) -> None:
    for name, usual in (("apiScope", "ANY_API"), ("density", "SPARSE_ALL")):
        if entry.text(name, default=usual) != usual:
            raise ShapeError(entry.place, f"{name} has to be {usual}: the launch's database is of the Standard edition")
    for name in ("multikey", "unique"):
        if entry.flag(name):
            raise ShapeError(entry.place, f"{name} is of the Enterprise edition, the launch's database of Standard")


def _override(entry: Shape) -> FieldOverride:
    entry.only(OF_AN_OVERRIDE)
    collection, path = entry.text("collectionGroup", "collectionId"), entry.text("fieldPath")
    if entry.flag("ttl"):
        raise IndexesError(
            f"fieldOverrides of {collection}.{path} has a ttl, which here would delete documents at once; "
            "retention is set in infra/firestore.py, in days. Leave the entry out, and the field keeps what it has"
        )
    kept = [_kept(one) for one in entry.objects_of("indexes", required=True)]
    return FieldOverride(collection, path, tuple(dict.fromkeys(kept)))


def _kept(entry: Shape) -> FieldIndex:
    entry.only(OF_A_KEPT_INDEX)
    _refuse_other_editions(entry)
    if "arrayConfig" in entry and ("order" in entry or "mode" in entry):
        raise ShapeError(entry.place, "one of order and arrayConfig has to be here, not both; write an entry for each")
    return FieldIndex(_scope(entry), _order(entry))


def _scope(entry: Shape) -> str:
    scope = entry.text("queryScope", default="COLLECTION")
    if scope not in SCOPES:
        raise ShapeError(entry.place, f"queryScope is {scope!r}; write {' or '.join(SCOPES)}")
    return scope


def _twice(overrides: list[FieldOverride]) -> Iterator[str]:
    names = [f"{each.collection}.{each.path}" for each in overrides]
    for name in dict.fromkeys(names):
        if names.count(name) > 1:
            yield f"fieldOverrides has {name} twice; put both into one entry"
