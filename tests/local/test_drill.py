"""The fire drill on a stack that runs: every alert opens, tells its channel once, and closes."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from blueprint import spec
from cli.results import read_outputs
from engine.home import Home
from flows.drill import injuries, kept
from flows.drill.drill import Drill
from flows.drill.table import INJURIES
from flows.drill.watching import Watching
from flows.proofs import rehearsed
from localcloud.base import ports
from monitors.essential import api_health
from monitors.sets import alerts

pytestmark = pytest.mark.stack


@pytest.mark.timeout(1_200)
def test_every_alert_is_raised_once_by_its_injury_and_ends(launch: Any, verdict: Any) -> None:
    home = Home("local", launch.home)
    outputs, written = read_outputs(home), spec.load(launch.project / "Pulumi.local.yaml").alerts
    chosen = {each.id: each for each in alerts(written, "intake", api_health(outputs.api_host, "/health"))}
    google = ports.load(launch.home).address("google")
    with rehearsed.opened(launch.home) as found, httpx.Client(trust_env=False) as client:
        watching = Watching(client, google, outputs.project, found.world)
        result = Drill(injuries.prepared(found), watching, chosen, written.email, lambda _: None).play()
    verdict(result)
    assert [outcome.injury for outcome in result.outcomes] == [injury.name for injury in INJURIES]
    assert result.is_well, json.dumps([str(outcome) for outcome in result.outcomes], indent=1)


def test_a_door_that_has_just_asked_for_its_secrets_learns_of_a_newer_one(launch: Any) -> None:
    with rehearsed.opened(launch.home) as found:
        drilled = injuries.prepared(found, buyers=1)
        drilled.forge(1)  # the door asks for newer secrets, and then not again for a while
        with kept.rotated_secret(drilled):
            ended = found.scene.events_in(("done",))
    new, old = f"evt_drillnew{drilled.sent - 2}", f"evt_drillold{drilled.sent - 1}"
    assert {f"{new}{found.scene.stage.run}", f"{old}{found.scene.stage.run}"} <= set(ended)
