"""Resource names: databases, documents and collections, parsed, checked and put in order.

Rules: https://firebase.google.com/docs/firestore/quotas#collections_documents_and_fields
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from localcloud.firestore.errors import invalid

MAX_ID_BYTES = 1500
MAX_NAME_BYTES = 6 * 1024
MAX_DEPTH = 100  # collections within collections
_DATABASE = re.compile(r"projects/([^/]+)/databases/([^/]+)")
_RESERVED = re.compile(r"__.*__", re.DOTALL)


@dataclass(frozen=True)
class Location:
    """A place in a database: its root (no segments), a collection (odd number of them) or a document (even)."""

    database: str
    segments: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The resource name, `projects/P/databases/D/documents/…`."""
        return "/".join((self.database, "documents", *self.segments))

    @property
    def parent(self) -> Location:
        """The collection of a document, or the document (or root) of a collection."""
        return Location(self.database, self.segments[:-1])

    def child(self, *segments: str) -> Location:
        """Return the place below this one."""
        return Location(self.database, self.segments + segments)

    @property
    def is_document(self) -> bool:
        """Whether it can hold fields; the root of the database cannot."""
        return len(self.segments) > 0 and len(self.segments) % 2 == 0


def project(database: str) -> str:
    """Return the project id of a database's resource name."""
    return database.split("/")[1]


def database(name: str) -> str:
    """Return the name of a database when it is one; raises Refused."""
    if not _DATABASE.fullmatch(name):
        raise invalid(f'Invalid database name "{name}": expected projects/PROJECT/databases/DATABASE.')
    return name


@lru_cache(maxsize=4096)
def document(name: str) -> Location:
    """Parse and check a document's resource name; raises Refused."""
    place = _parse(name)
    if not place.is_document:
        raise invalid(f'Document name "{name}" lacks "/" at index {len(name)}.')
    return place


def document_in(name: str, database_name: str) -> Location:
    """Parse a document's resource name that has to lie in the database; raises Refused."""
    place = document(name)
    if place.database != database_name:
        raise invalid(f'Document name "{name}" does not lie in database "{database_name}".')
    return place


def parent(name: str) -> Location:
    """Parse the parent of collections: a document or `…/documents`; raises Refused."""
    place = _parse(name)
    if place.segments and not place.is_document:
        raise invalid(f'Parent "{name}" is a collection; expected a document or …/documents.')
    return place


def collection_id(text: str) -> str:
    """Return a collection's id when it is a good one; raises Refused."""
    return _checked(text, "Collection")


def document_id(text: str) -> str:
    """Return a document's id when it is a good one; raises Refused."""
    return _checked(text, "Resource")


@lru_cache(maxsize=4096)
def sort_key(segments: tuple[str, ...]) -> bytes:
    """Return bytes that sort as the names do, segment by segment; those of a place begin with those of its parent."""
    return b"".join(segment.encode().replace(b"\0", b"\0\xff") + b"\0\1" for segment in segments)


def _parse(name: str) -> Location:
    found = _DATABASE.match(name)
    rest = name[found.end() :] if found else ""
    if found is None or not rest.startswith("/documents"):
        raise invalid(f'Document name "{name}" has to start with projects/PROJECT/databases/DATABASE/documents.')
    if len(name.encode()) > MAX_NAME_BYTES:
        raise invalid(f"Document name is longer than {MAX_NAME_BYTES} bytes.")
    path = rest.removeprefix("/documents")
    if path and not path.startswith("/"):
        raise invalid(f'Document name "{name}" has to start with projects/PROJECT/databases/DATABASE/documents.')
    segments = tuple(path[1:].split("/")) if path else ()
    if len(segments) > 2 * MAX_DEPTH:
        raise invalid(f"Document name has more than {MAX_DEPTH} collections in it.")
    for index, segment in enumerate(segments):
        _checked(segment, "Resource" if index % 2 else "Collection")
    return Location(found.group(), segments)


def _checked(text: str, kind: str) -> str:
    if not text:
        raise invalid(f"{kind} id must not be empty.")
    if "/" in text:
        raise invalid(f'{kind} id "{text}" is invalid because it contains "/".')
    if text in {".", ".."}:
        raise invalid(f'{kind} id "{text}" is invalid because it is "." or "..".')
    if _RESERVED.fullmatch(text):
        raise invalid(f'{kind} id "{text}" is invalid because it is reserved.')
    if len(text.encode()) > MAX_ID_BYTES:
        raise invalid(f"The key path element {'kind' if kind == 'Collection' else 'name'} is longer than 1500 bytes.")
    return text
