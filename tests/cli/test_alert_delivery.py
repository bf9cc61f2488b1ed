"""Where the word about a test notification comes from."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from checklists import signoffs
from cli.alert_delivery import ITEM, notified
from cli.results import signatures
from engine.home import Home
from localcloud.base import ports
from localcloud.base.ports import Ports
from localcloud.base.world import Resource, World
from localcloud.monitoring.channels import CHANNEL, POLICY
from verify.answers.notified import Notified

NOW = datetime(2026, 11, 26, tzinfo=UTC)


def test_in_production_it_is_the_word_of_who_signed(tmp_path: Path) -> None:
    home = Home("prod", tmp_path)
    assert notified(home, Ports()) == Notified()
    signoffs.sign(signatures(home), ITEM, "Ada Founder", NOW)
    assert notified(home, Ports()) == Notified(signed="Ada Founder, 2026-11-26T00:00:00+00:00")


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
