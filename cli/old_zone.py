"""What a stack's domain had before the launch, read from its spec and its zone file."""

from __future__ import annotations

from blueprint import old_zone
from blueprint.old_zone import Before
from blueprint.spec import Spec, SpecError
from blueprint.zone_file import ZoneFileError
from engine.home import Home


def before(home: Home, wanted: Spec) -> Before:
    """Return what is known of the zone before the launch; raises SpecError when its file cannot be used."""
    try:
        return old_zone.load(wanted.old_zone, wanted.domain, home.project)
    except ZoneFileError as error:
        raise SpecError((str(error),)) from error
