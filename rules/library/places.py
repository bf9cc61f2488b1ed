"""latlng and path. Source: https://firebase.google.com/docs/reference/rules/rules.LatLng, rules.latlng_, rules.Path."""

from math import asin, cos, radians, sin, sqrt
from typing import Any

from rules.errors import EvaluationError
from rules.library.conversions import to_string
from rules.library.registry import NUMBER, function, method
from rules.values.kinds import LatLng, Path, Variable

EARTH_RADIUS_M = 6_371_009.0
"""The mean radius of the Earth in metres, which `distance()` counts with."""


@method(LatLng, "latitude")
def latitude(value: LatLng) -> float:
    """Degrees north of the equator."""
    return value.latitude


@method(LatLng, "longitude")
def longitude(value: LatLng) -> float:
    """Degrees east of Greenwich."""
    return value.longitude


@method(LatLng, "distance", LatLng)
def distance(value: LatLng, other: LatLng) -> float:
    """Metres along the great circle (haversine)."""
    north, south = radians(value.latitude), radians(other.latitude)
    across = radians(other.longitude - value.longitude)
    chord = sin((south - north) / 2) ** 2 + cos(north) * cos(south) * sin(across / 2) ** 2
    return 2 * EARTH_RADIUS_M * asin(min(1.0, sqrt(chord)))


@function("latlng.value", NUMBER, NUMBER)
def latlng_value(north: float, east: float) -> LatLng:
    """A place. Raises EvaluationError outside ±90 and ±180 degrees."""
    if not (-90 <= north <= 90 and -180 <= east <= 180):
        raise EvaluationError("A latitude has to lie between -90 and 90, a longitude between -180 and 180.")
    return LatLng(float(north), float(east))


@method(Path, "bind", dict)
def bind(value: Path, bindings: dict[str, Any]) -> Path:
    """The path with values in the place of its variables. Raises EvaluationError for a name that it does not have."""
    names = {part.name for part in value.segments if isinstance(part, Variable)}
    missing = [name for name in bindings if name not in names]
    if missing:
        raise EvaluationError(f"The path {value} has no variable {', '.join(missing)}.")
    given = {name: to_string(item) for name, item in bindings.items()}
    segments = tuple(given.get(part.name, part) if isinstance(part, Variable) else part for part in value.segments)
    return Path(segments, (*value.bound, *given.items()))
