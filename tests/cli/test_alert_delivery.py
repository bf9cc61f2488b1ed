"""Where the word about a test notification comes from."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from blueprint.outputs import parse
from checklists.handover import Handover, assemble
from checklists.record import Record
from checklists.signoffs import Signoff
from checklists.subject import Subject
from cli.alert_delivery import ITEM, notified
from engine.home import Home
from localcloud.base import ports
from localcloud.base.ports import Ports
from localcloud.base.world import Resource, World
from localcloud.monitoring.channels import CHANNEL, POLICY
from verify.answers.notified import Notified

NOW = datetime(2026, 11, 26, tzinfo=UTC)


def test_in_production_it_is_the_word_of_who_signed_while_it_counts(tmp_path: Path, outputs: dict[str, Any]) -> None:
    home, real = Home("prod", tmp_path), Subject("prod", "acme.test", "acme-rehearsal", rehearsal=False)

    def handover(signed: Signoff | None = None) -> Handover:
        return assemble(real, parse(outputs), Record(signatures={ITEM: signed} if signed else {}), NOW)

    assert notified(home, Ports(), handover()) == Notified()
    shown = next(line.shown for line in handover().lines if line.item.id == ITEM)
    word = Signoff("Ada Founder", NOW.isoformat(), "", shown, real)
    assert notified(home, Ports(), handover(word)) == Notified(signed="Ada Founder, 2026-11-26T00:00:00+00:00")
    rehearsed = replace(word, subject=replace(real, rehearsal=True))
    assert notified(home, Ports(), handover(rehearsed)) == Notified()


def test_in_the_rehearsal_a_sink_that_is_down_makes_it_unknown(tmp_path: Path) -> None:
    home = Home("local", tmp_path)
    world = World(home.path / "world.db")
    channel = {"type": "email", "labels": {"email_address": "oncall@acme.test"}}
    world.put(Resource(CHANNEL, "1", "urn:1", channel, {"name": "1"}))
    world.put(Resource(POLICY, "2", "urn:2", {"notificationChannels": ["1"]}))
    world.close()
    known = notified(home, Ports(smtp=ports.free_port()))
    assert known.arrived == ()
    assert "refused" in known.error
