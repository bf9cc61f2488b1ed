"""What lies in every stack's state by name: a change here replaces a founder's resources, or leaves them behind."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from blueprint.spec import Spec
from infra import stack

NOW = datetime(2026, 12, 1, tzinfo=UTC)
COMPONENTS = {
    "alerts": "Alerts",
    "armor": "Armor",
    "audit": "Audit",
    "budget": "Budget",
    "build": "Build",
    "data": "Data",
    "delivery": "Delivery",
    "edge": "Edge",
    "edge-key": "EdgeKey",
    "events": "Events",
    "firebase": "Firebase",
    "firewall": "Firewall",
    "gateway": "Gateway",
    "hosting": "Hosting",
    "identity": "Identity",
    "mail": "Mail",
    "mta-sts": "MtaSts",
    "notices": "Notices",
    "objectives": "Objectives",
    "parked-acme.example": "Parked",
    "project": "Project",
    "queues": "Queues",
    "redirects": "Redirects",
    "schedule": "Schedule",
    "services": "Services",
    "sign-in": "SignIn",
    "vault": "Vault",
    "web-origin": "WebOrigin",
    "zone": "Zone",
}
"""Name of each component → its type, which is a part of the URN of everything in it. Classes may be renamed."""
KEPT = {
    "gcp:firestore/database:Database firestore",
    "gcp:organizations/project:Project acme-rehearsal",
    "gcp:secretmanager/secret:Secret stripe-api-key",
    "gcp:cloudrunv2/service:Service intake",
    "gcp:cloudtasks/queue:Queue crm",
    "gcp:compute/globalAddress:GlobalAddress launch",
    "gcp:serviceaccount/account:Account intake",
    "gcp:serviceaccount/account:Account task-caller",
    "cloudflare:index/zone:Zone acme.test",
    "cloudflare:index/zoneDnssec:ZoneDnssec dnssec",
    "pulumi-python:dynamic/launch:Image handlers",
    "pulumi-python:dynamic/launch:Key edge-key",
    "pulumi-python:dynamic/launch:Pause accounts",
    "pulumi:providers:gcp google",
    "pulumi:providers:gcp google-quota",
}
"""Some of those whose replacement loses data, an address or a signature."""


@pytest.fixture
def made(provision: Any, root: Path, monkeypatch: pytest.MonkeyPatch, full: Spec) -> Any:
    monkeypatch.chdir(root)
    return provision(lambda: stack.provision(full, Path(), NOW)).made


def test_every_component_keeps_its_name_and_type(made: Any) -> None:
    components = {one.name: one.type.removeprefix("launch:infra:") for one in made if one.type.startswith("launch:")}
    assert components == COMPONENTS


def test_no_value_that_is_known_later_is_written_into_a_text(made: Any, caplog: pytest.LogCaptureFixture) -> None:
    assert made
    assert [record.getMessage() for record in caplog.get_records("setup") if "Output[T]" in record.getMessage()] == []


def test_a_worker_as_origin_keeps_its_name_and_type(
    provision: Any, root: Path, monkeypatch: pytest.MonkeyPatch, full: Spec
) -> None:
    monkeypatch.chdir(root)
    by_worker = full.model_copy(update={"origin": "worker"})
    assert provision(lambda: stack.provision(by_worker, Path(), NOW)).one("launch:infra:Forwarder").name == "forwarder"


def test_what_must_not_be_replaced_keeps_its_name_and_type(made: Any) -> None:
    assert KEPT - {f"{one.type} {one.name}" for one in made} == set()
