"""How many index entries a document makes and how large they are, against Firestore's limits.

Limits: https://firebase.google.com/docs/firestore/quotas#indexes; sizes of entries:
https://firebase.google.com/docs/firestore/storage-size#index-entry-size; which fields are indexed by themselves:
https://firebase.google.com/docs/firestore/query-data/index-overview#automatic_indexing. An element of an array makes
two entries, which the pages do not say: production takes 19,999 elements in a document and refuses 20,000.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from localcloud.base.world import World
from localcloud.firestore import fieldpaths, limits, values
from localcloud.firestore.errors import invalid
from localcloud.firestore.fieldpaths import Path
from localcloud.firestore.indexes import ARRAY, ASCENDING, DESCENDING, FIELD, GROUP, Index, composites
from localcloud.firestore.paths import Location

MAX_ENTRIES = 40_000  # of one document
MAX_ENTRY_BYTES = 7_680
MAX_SUM_BYTES = 8 * 1024 * 1024  # of all entries of one document
TRUNCATED = 1_500  # bytes of a value that an index keeps
OVERHEAD = 32  # bytes of each entry
EVERY_FIELD: Path = ("*",)

Single = tuple[str, bool]  # ASCENDING, DESCENDING or CONTAINS, and whether it is of the collection group
Entries = tuple[int, int]  # how many there are, and the bytes of each
AUTOMATIC: tuple[Single, ...] = ((ASCENDING, False), (DESCENDING, False), (ARRAY, False))


@dataclass(frozen=True)
class Indexing:
    """What a world has indexed: `composite` indexes, and `fields` whose own settings replace the automatic ones.

    The settings are by database ("": of every database) and collection; a field's hold for what lies within it too.
    """

    composite: tuple[Index, ...] = ()
    fields: Mapping[tuple[str, str], Mapping[Path, tuple[Single, ...]]] | None = None

    def of(self, place: Location) -> tuple[Sequence[Index], Mapping[Path, tuple[Single, ...]]]:
        """Return the composite indexes and the fields' settings for the document at a place."""
        collection = place.segments[-2]
        mine = [one for one in self.composite if one.collection == collection and one.database in ("", place.database)]
        known = self.fields or {}
        return mine, {**known.get(("", collection), {}), **known.get((place.database, collection), {})}


def read(world: World) -> Indexing:
    """Read what the world's resources have indexed."""
    fields: dict[tuple[str, str], dict[Path, tuple[Single, ...]]] = {}
    for resource in world.resources(FIELD):
        known = {**resource.inputs, **resource.outputs}
        if known.get("indexConfig") is None:
            continue
        project, path = known.get("project"), str(known["field"])
        database = f"projects/{project}/databases/{known.get('database') or '(default)'}" if project else ""
        configs = known["indexConfig"].get("indexes") or ()
        settings = fields.setdefault((database, str(known["collection"])), {})
        settings[EVERY_FIELD if path == "*" else fieldpaths.parse(path)] = tuple(map(_single, configs))
    return Indexing(composites(world), fields)


def check(place: Location, fields: fieldpaths.Fields, indexing: Indexing) -> None:
    """Raise Refused when a document makes more or larger index entries than Firestore keeps."""
    if _is_small(place, fields, len(indexing.composite)):
        return
    indexes, settings = indexing.of(place)
    count = size = 0
    for number, each in _entries(place, fields, indexes, settings):
        count, size = count + number, size + number * each
        if each > MAX_ENTRY_BYTES:
            raise invalid("Index entry is too large.")
        if count > MAX_ENTRIES:
            raise invalid(f"too many index entries for entity /{'/'.join(place.segments)}")
    if size > MAX_SUM_BYTES:
        raise invalid("Transaction too big. Decrease transaction size.")


def _is_small(place: Location, fields: fieldpaths.Fields, composite: int) -> bool:
    """Whether the limits are kept whatever the fields are, as nearly always: nothing has to be counted then."""
    size = limits.document_size(place, fields)
    entries, largest = (len(AUTOMATIC) + composite) * size, 2 * size + OVERHEAD
    return largest <= MAX_ENTRY_BYTES and entries <= MAX_ENTRIES and entries * largest <= MAX_SUM_BYTES


def _entries(
    place: Location, fields: fieldpaths.Fields, indexes: Sequence[Index], settings: Mapping[Path, tuple[Single, ...]]
) -> Iterator[Entries]:
    name = limits.name_size(place.segments) + OVERHEAD
    parent = limits.name_size(place.segments[:-2])
    for path, value in _values(fields, ()):
        for mode, of_group in _settings(path, settings):
            base = name + (0 if of_group else parent) + len(fieldpaths.text(path).encode()) + 1
            if mode != ARRAY:
                yield 1, base + _kept(value)
            elif value.WhichOneof("value_type") == "array_value":
                yield from ((2, base + _kept(item)) for item in _distinct(value))
    for index in indexes:
        yield from _composite(index, fields, name + (0 if index.group else parent))


def _values(fields: fieldpaths.Fields, above: Path) -> Iterator[tuple[Path, Any]]:
    for name in fields:
        value = fields[name]
        yield (*above, name), value
        if value.WhichOneof("value_type") == "map_value" and not values.is_vector(value.map_value.fields):
            yield from _values(value.map_value.fields, (*above, name))


def _settings(path: Path, settings: Mapping[Path, tuple[Single, ...]]) -> tuple[Single, ...]:
    if not settings:
        return AUTOMATIC
    known = (settings[path[:length]] for length in range(len(path), 0, -1) if path[:length] in settings)
    return next(known, settings.get(EVERY_FIELD, AUTOMATIC))


def _composite(index: Index, fields: fieldpaths.Fields, base: int) -> Iterator[Entries]:
    """Yield the entries of one index: none where a field is missing, one for each element where it has an array."""
    elements: list[Any] | None = None
    for path, mode in index.columns:
        if path == fieldpaths.NAME:
            continue  # every entry has the document's name
        value = fieldpaths.get(fields, path)
        if value is None or (mode == ARRAY and value.WhichOneof("value_type") != "array_value"):
            return
        if mode == ARRAY:
            elements = _distinct(value)
        else:
            base += _kept(value)
    if elements is None:
        yield 1, base
    else:
        yield from ((1, base + _kept(item)) for item in elements)


def _distinct(array: Any) -> list[Any]:
    return list({values.sort_key(item): item for item in array.array_value.values}.values())


def _kept(value: Any) -> int:
    return min(limits.value_size(value), TRUNCATED)


def _single(config: Mapping[str, Any]) -> Single:
    mode = ARRAY if config.get("arrayConfig") else str(config.get("order") or ASCENDING)
    return mode, config.get("queryScope") == GROUP
