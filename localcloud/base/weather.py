"""Rough weather: what the clouds were told works only some seconds later, and is refused until then.

Fair, everything works at once. Google calls it eventual consistency: an API that was just enabled, a service account
that was just made and a role that was just granted are not known everywhere at the same moment
(https://cloud.google.com/iam/docs/access-change-propagation says 2 minutes, "potentially 7 minutes or longer"). Here it
is seconds, so that a rehearsal stays short: how many follows from a seed, and is the same in each run.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from localcloud.base.world import Resource, World

FORECAST = "weather:rough"  # a resource of the world; its id is the seed
LONGEST = 6.0  # seconds until what was made works everywhere
SPARE = 2.0  # seconds more that are enough, whatever the seed
FAIR, ROUGH = "fair", "rough"


@dataclass(frozen=True)
class Weather:
    """Late visibility that a seed decides."""

    seed: int

    def delay(self, made: Resource) -> float:
        """Return after how many seconds a resource works, between half of LONGEST and LONGEST."""
        drawn = hashlib.sha256(f"{self.seed} {made.type} {made.id}".encode()).digest()[0] / 255
        return LONGEST * (1 + drawn) / 2

    def hides(self, made: Resource, now: float) -> bool:
        """Tell whether a resource does not work yet; `now` is in seconds since the epoch."""
        return now < made.created + self.delay(made)


def parse(text: str) -> Weather | None:
    """Return the weather of the words `fair`, `rough` or `rough:SEED`, None when it is fair; ValueError for others."""
    found = re.fullmatch(rf"{FAIR}|{ROUGH}(?::(\d+))?", text)
    if not found:
        raise ValueError(f"{text!r} is not a weather: it is fair, rough, or rough:SEED with a whole number")
    return None if text == FAIR else Weather(int(found[1] or 1))


def of(world: World) -> Weather | None:
    """Return the weather in a world, None when it is fair."""
    return next((Weather(int(found.id)) for found in world.resources(FORECAST)), None)


def change(world: World, weather: Weather | None) -> None:
    """Make the weather in a world another one, from the next call on."""
    for found in world.resources(FORECAST):
        world.remove(found.type, found.id)
    if weather:
        world.put(Resource(FORECAST, str(weather.seed), ""))


def settling(weather: Weather | None) -> float:
    """Return how many seconds to wait until what was made works for sure."""
    return LONGEST + SPARE if weather else 0.0
