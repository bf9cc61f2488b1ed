"""Reads parsed JSON of unknown shape: each value as what it has to be, and each mistake with its place."""

from __future__ import annotations

from collections.abc import Sequence

from blueprint.suggestion import closest, did_you_mean


class ShapeError(ValueError):
    """A value is not of the shape that it has to be; the message begins with its place, such as `indexes[0].fields`."""

    def __init__(self, place: str, reason: str) -> None:
        super().__init__(f"{place}: {reason}" if place else reason)


class Shape:
    """One value of a JSON file, and its place in there."""

    def __init__(self, value: object, place: str) -> None:
        self._value = value
        self.place = place

    def mapping(self) -> Shape:
        """Return itself when it is an object; raises ShapeError."""
        if not isinstance(self._value, dict):
            raise ShapeError(self.place, f"{_kind(self._value)} is here, and an object {{…}} has to be")
        return self

    def only(self, known: Sequence[str]) -> None:
        """Raise ShapeError when the object has a key that is not known."""
        strange = next((name for name in self._fields if name not in known), None)
        if strange is not None:
            raise ShapeError(self.place, f"{strange} is not known here{did_you_mean(*closest(str(strange), known))}")

    def __contains__(self, name: str) -> bool:
        return self._fields.get(name) is not None

    def part(self, name: str) -> Shape:
        """Return the object under a key."""
        return Shape(self._fields.get(name), self._at(name)).mapping()

    def list_of(self, name: str, *, required: bool = False) -> list[Shape]:
        """Return the items of the list under a key, none where it is missing and not required."""
        value = self._fields.get(name)
        if value is None and not required:
            return []
        if not isinstance(value, list):
            raise ShapeError(self.place, f"{name} is missing" if value is None else f"{name} has to be a list […]")
        return [Shape(item, f"{self._at(name)}[{at}]") for at, item in enumerate(value)]

    def objects_of(self, name: str, *, required: bool = False) -> list[Shape]:
        """Return the items of a list under a key, each of which has to be an object."""
        return [item.mapping() for item in self.list_of(name, required=required)]

    def text(self, *names: str, default: str | None = None) -> str:
        """Return the text under the first of the keys that is there."""
        name = next((name for name in names if name in self), names[0])
        value = self._fields.get(name, default)
        if value is None:
            raise ShapeError(self.place, f"{name} is missing")
        if not isinstance(value, str) or not value:
            found = "an empty text" if value == "" else _kind(value)
            raise ShapeError(self._at(name), f"{found} is here, and a text has to be")
        return value

    def number(self, name: str, low: int, high: int) -> int:
        """Return the whole number under a key, which has to be from `low` to `high`."""
        value = self._fields.get(name)
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise ShapeError(self._at(name), f"{value!r} is here, and a whole number from {low} to {high} has to be")
        return value

    def flag(self, name: str) -> bool:
        """Return the truth value under a key, false where it is missing."""
        value = self._fields.get(name)
        if value is None:
            return False
        if not isinstance(value, bool):
            raise ShapeError(self._at(name), f"{_kind(value)} is here, and true or false has to be")
        return value

    @property
    def _fields(self) -> dict[str, object]:
        return self._value if isinstance(self._value, dict) else {}

    def _at(self, name: str) -> str:
        return f"{self.place}.{name}" if self.place else name


def _kind(value: object) -> str:
    kinds = ((dict, "an object"), (list, "a list"), (str, "a text"), (bool, "a truth value"), (type(None), "nothing"))
    return next((word for kind, word in kinds if isinstance(value, kind)), "a number")
