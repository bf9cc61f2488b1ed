"""What the name servers before the launch hold, beside what the new ones do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from blueprint.zone_file import ZoneRecord

Held = Mapping[tuple[str, str], Sequence[str]]
"""Contents as text, by name and type."""


@dataclass(frozen=True)
class Carried:
    """Both sides of a change of name servers. `old` are records of the zone before, `new` is what the new zone holds.

    `servers` are the name servers that the registrar points to still, empty when it points to the new ones alone.
    `silent` says why nothing is known of the zone before, `failure` why the new zone could not be asked. `nowhere`
    tells that no name server of before has an address, so that the world sees nothing of that zone.
    """

    zone: str
    servers: tuple[str, ...] = ()
    old: tuple[ZoneRecord, ...] = ()
    new: Held = field(default_factory=dict)
    silent: str = ""
    failure: str = ""
    nowhere: bool = False
