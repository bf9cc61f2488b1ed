from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from blueprint.finding import Finding
from blueprint.outputs import Outputs, parse
from blueprint.spec import Spec, load
from checklists.canonical import text
from checklists.evidence import Sheet, deployment_of
from checklists.handover import Handover, assemble
from checklists.record import Change, keep_findings
from checklists.record import load as load_record
from checklists.record import sign as keep_signature
from checklists.signoffs import Signoff
from checklists.subject import Subject

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
HERE = Subject("local", "acme.test", "acme-rehearsal", rehearsal=True)
REAL = Subject("prod", "acme.test", "acme-rehearsal", rehearsal=False)
COMMIT = "0123456789abcdef0123456789abcdef01234567"


@dataclass
class Shelf:
    """A store in memory, which keeps text as files do."""

    files: dict[str, str] = field(default_factory=dict)
    where: str = "shelf"

    def get(self, name: str) -> Any:
        return json.loads(self.files[name]) if name in self.files else None

    def put(self, name: str, values: Any) -> None:
        self.files[name] = text(values)

    def change(self, name: str, make: Callable[[Any], Any]) -> Change:
        before = self.get(name)
        self.put(name, make(before))
        return Change(before, self.get(name))

    def remove(self, name: str) -> None:
        self.files.pop(name, None)

    @property
    def verified(self) -> str:
        """The file of what was verified from outside."""
        return next(name for name in self.files if name.startswith("evidence/verified-"))


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def here() -> Subject:
    """The rehearsal that all of this is about."""
    return HERE


@pytest.fixture
def real() -> Subject:
    """The same launch in production."""
    return REAL


@pytest.fixture
def keep(shelf: Shelf, outputs: Outputs) -> Callable[..., None]:
    """Keep findings as a command does, in place of those whose ids begin with `renews`."""

    def keep_on_shelf(
        *findings: Finding, subject: Subject = HERE, of: Outputs | None = None, at: datetime = NOW, renews: str = ""
    ) -> None:
        taken = Sheet(subject, deployment_of(of or outputs), COMMIT, "./launch up", ())
        keep_findings(shelf, taken, findings, lambda id_: id_.startswith(renews), at)

    return keep_on_shelf


@pytest.fixture
def made(shelf: Shelf, outputs: Outputs) -> Callable[..., Handover]:
    """The handover of what lies on the shelf."""

    def assembled(subject: Subject = HERE, of: Outputs | None = None, now: datetime = NOW, **more: Any) -> Handover:
        promised = of or outputs
        return assemble(subject, promised, load_record(shelf, subject, deployment_of(promised)), now, **more)

    return assembled


@pytest.fixture
def sign(shelf: Shelf, made: Callable[..., Handover]) -> Callable[..., None]:
    """Sign items for what they show in a handover."""

    def signed(*items: str, by: str = "Ada", at: datetime = NOW, note: str = "", **how: Any) -> None:
        document = made(**how)
        shown = {line.item.id: line.shown for line in document.lines}
        for item in items:
            keep_signature(shelf, item, Signoff(by, at.isoformat(), note, shown[item], document.subject))

    return signed


@pytest.fixture
def outputs() -> Outputs:
    return parse(
        {
            "domain": "acme.test",
            "contact_name": "Ada <Founder>",
            "contact_email": "ada@acme.test",
            "project": "acme-rehearsal",
            "project_number": "100000000001",
            "region": "europe-west1",
            "api_host": "api.acme.test",
            "web_hosts": ["acme.test"],
            "health_url": "https://api.acme.test/health",
            "zone_id": "0" * 32,
            "nameservers": ["ada.ns.cloudflare.test", "bob.ns.cloudflare.test"],
            "dnssec_ds": "acme.test. 3600 IN DS 1 13 2 ABCD",
            "gateway_address": "127.100.0.1",
            "records": [],
            "redirects": [],
            "mail": {"providers": [], "selectors": [], "dmarc_policy": "none", "dmarc_report": "d@acme.test"},
            "edge": {"plan": "free", "hsts_max_age": 300, "min_tls_version": "1.2", "cached_prefixes": ["/assets/"]},
            "services": [
                {"name": "intake", "url": "https://intake.run.app", "service_account": "intake@p", "public": True}
            ],
            "image": "europe-docker.pkg.dev/p/launch/handlers@sha256:00",
            "secrets": ["stripe-signing-secret"],
            "queues": ["events"],
            "uptime_check": "api-health",
            "alert_policies": ["error-rate"],
        }
    )


@pytest.fixture
def spec() -> Spec:
    return load(ROOT / "Pulumi.local.yaml")
