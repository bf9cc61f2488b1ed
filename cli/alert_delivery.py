"""Whether alerts reach somebody: a test notification in the rehearsal, the word of whoever got one in production."""

from __future__ import annotations

import uuid
from contextlib import closing

from checklists import signoffs
from cli.results import signatures
from engine.home import Home
from localcloud.base.ports import Ports
from localcloud.base.world import World
from localcloud.monitoring import channels
from verify.answers.notified import Notified

ITEM = "alerts"  # of the handover: a person signs that a test alert came


def notified(home: Home, ports: Ports) -> Notified:
    """Return what is known of a stack's notifications; on the local cloud one is sent and looked for."""
    if not home.is_local:
        signed = signoffs.load(signatures(home)).get(ITEM)
        return Notified(signed=f"{signed.by}, {signed.at}" if signed else "")
    try:
        with closing(World(home.path / "world.db")) as world:
            sent = channels.send_test(world, ports["smtp"], uuid.uuid4().hex)
    except OSError as error:
        return Notified(error=f"the mail sink did not accept it: {error}")
    return Notified(sent.arrived, sent.mute)
