"""What `up` does about the ids of what it adopted, before the engine works and after."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from blueprint.spec import load
from cli.terminal import Terminal
from cli.up import provision
from engine.home import PROJECT, Home
from engine.problems import Problem
from engine.pulumi import EngineError

RECORD = "cloudflare:index/dnsRecord:DnsRecord"
MX = {
    "type": RECORD,
    "urn": f"urn:pulumi:local::launch-ready::{RECORD}::mx-acme.test-1",
    "id": "record",
    "inputs": {"name": "acme.test", "type": "MX", "content": "smtp.google.com", "priority": 1},
}
KILLED, LOCKED = "the engine was killed", "the stack is locked"


class Engine:
    """An engine that forgets import ids and fails; `is_locked` says that a killed one left its lock."""

    def __init__(self, *, is_locked: bool = False) -> None:
        self.is_locked = is_locked
        self.home = Home("prod", Path("nowhere"))
        self.did: list[str] = []

    def export(self) -> dict[str, Any]:
        return {"deployment": self.deployment()}

    def deployment(self) -> dict[str, Any]:
        return {"resources": [dict(MX)]}

    def replace_state(self, state: Mapping[str, Any]) -> None:
        self.did.append(f"keep {state['deployment']['resources'][0]['importID']}")
        if self.is_locked and "up" in self.did:
            raise _failed("stack import", LOCKED)

    def up(self) -> None:
        self.did.append("up")
        raise _failed("up", KILLED)


def _failed(operation: str, why: str) -> EngineError:
    return EngineError(operation, (Problem("", why),), Path("engine.log"))


def provisioned_by(engine: Engine) -> str:
    wanted = load(PROJECT / "Pulumi.local.yaml").model_copy(
        update={"adopt": {"DnsRecord/mx-acme.test-1": "zone/record"}}
    )
    stage = SimpleNamespace(pulumi=engine, spec=wanted, home=SimpleNamespace(flag=""))
    with pytest.raises(EngineError) as failed:
        provision(stage, Terminal(json=False))  # type: ignore[arg-type] # no more of a stage is used
    return str(failed.value.why)


def test_what_a_killed_run_adopted_is_remembered_before_the_next_one_imports_it_again() -> None:
    engine = Engine()
    provisioned_by(engine)
    assert engine.did == ["keep zone/record", "up", "keep zone/record"]


def test_why_the_engine_ended_is_told_and_not_that_it_left_its_lock() -> None:
    assert KILLED in provisioned_by(Engine(is_locked=True))
