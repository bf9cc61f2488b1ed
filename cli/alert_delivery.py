"""Whether alerts reach somebody: a test notification in the rehearsal, the word of whoever got one in production."""

from __future__ import annotations

import uuid
from contextlib import closing

from checklists.handover import Handover
from checklists.lines import ItemState
from engine.home import Home
from localcloud.base.ports import Ports
from localcloud.base.world import World
from localcloud.monitoring import channels
from verify.answers.notified import Notified

ITEM = "alerts"  # of the handover: a person signs that a test alert came


def notified(home: Home, ports: Ports, handover: Handover | None = None) -> Notified:
    """Return what is known of a stack's notifications; on the local cloud one is sent and looked for.

    In production it is what the handover says of the item that a person signs, and only while the signature counts.
    """
    if not home.is_local:
        return Notified(signed=_word(handover) if handover else "")
    try:
        with closing(World(home.path / "world.db")) as world:
            sent = channels.send_test(world, ports["smtp"], uuid.uuid4().hex)
    except OSError as error:
        return Notified(error=f"the mail sink did not accept it: {error}")
    return Notified(sent.arrived, sent.mute)


def _word(handover: Handover) -> str:
    signed = next(
        (line.signoff for line in handover.lines if line.item.id == ITEM and line.state is ItemState.SIGNED), None
    )
    return f"{signed.by}, {signed.at}" if signed else ""
