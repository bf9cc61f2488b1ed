"""Which `match` blocks cover a path, and what their variables hold.

A variable takes one segment and holds it as a string; a recursive one takes any number in version 2 (also none) and at
least one in version 1, and holds a path. Source: https://firebase.google.com/docs/firestore/security/rules-structure.

The ID of a document that a query may return is unknown (`ID`): only a variable takes it. The parents of a collection
group are an unknown number of segments (`PARENTS`): only a recursive variable takes them.
"""

from collections.abc import Sequence
from typing import Final, TypeAlias

from rules.language.syntax import Segment
from rules.values.kinds import Path, Unknown, Value


class Parents:
    """An unknown number of unknown segments."""


ID: Final = Unknown()
PARENTS: Final = Parents()

Part: TypeAlias = str | Unknown | Parents
Bound: TypeAlias = tuple[Value, ...]


class Pattern:
    """The segments of a `match` and those around it, outermost first."""

    __slots__ = ("_fewest", "_fixed", "_segments")

    def __init__(self, segments: tuple[Segment, ...], version: int) -> None:
        self._segments = segments
        self._fewest = 1 if version == 1 else 0
        self._fixed = all(segment.kind != "recursive" for segment in segments)

    def bind(self, path: Sequence[Part]) -> Bound | None:
        """The values of all variables where the pattern covers the whole path, else None.

        Where it covers the path in several ways, the first recursive variables take least.
        """
        if self._fixed:
            return self._straight(path)
        return self._search(0, path, 0, ())

    def _straight(self, path: Sequence[Part]) -> Bound | None:
        if len(path) != len(self._segments):
            return None
        bound = []
        for segment, part in zip(self._segments, path, strict=True):
            if segment.kind == "literal":
                if part != segment.text:
                    return None
            elif part is PARENTS:
                return None
            else:
                bound.append(part)
        return tuple(bound)

    def _search(self, at: int, path: Sequence[Part], place: int, bound: Bound) -> Bound | None:
        if at == len(self._segments):
            return bound if place == len(path) else None
        segment = self._segments[at]
        if segment.kind == "recursive":
            ends = range(place + self._fewest, len(path) + 1)
            found = (self._search(at + 1, path, end, (*bound, _rest(path[place:end]))) for end in ends)
            return next((one for one in found if one is not None), None)
        if place == len(path) or (segment.kind == "literal" and path[place] != segment.text):
            return None
        if segment.kind == "literal":
            return self._search(at + 1, path, place + 1, bound)
        part = path[place]
        return None if part is PARENTS else self._search(at + 1, path, place + 1, (*bound, part))


def _rest(parts: Sequence[Part]) -> Value:
    texts = tuple(part for part in parts if isinstance(part, str))
    return Path(texts) if len(texts) == len(parts) else ID
