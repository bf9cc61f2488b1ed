from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from blueprint.finding import Finding, Status
from cli import results
from engine.home import Home
from tests import forked

OUTPUTS = {
    "domain": "acme.test",
    "contact_name": "Ada Founder",
    "contact_email": "ada@acme.test",
    "project": "acme-rehearsal",
    "project_number": "100000000001",
    "region": "europe-west1",
    "api_host": "api.acme.test",
    "web_hosts": ["acme.test"],
    "health_url": "https://api.acme.test/health",
    "zone_id": "0" * 32,
    "nameservers": ["ada.ns.cloudflare.test"],
    "dnssec_ds": "acme.test. 3600 IN DS 1 13 2 ABCD",
    "gateway_address": "127.100.0.1",
    "records": [],
    "redirects": [],
    "mail": {"providers": [], "selectors": [], "dmarc_policy": "none", "dmarc_report": "d@acme.test"},
    "edge": {"plan": "free", "hsts_max_age": 300, "min_tls_version": "1.2", "cached_prefixes": ["/assets/"]},
    "services": [],
    "image": "europe-docker.pkg.dev/p/launch/handlers@sha256:00",
    "secrets": ["stripe-signing-secret"],
    "queues": ["events"],
    "uptime_check": "api-health",
    "alert_policies": ["error-rate"],
}

Run = Callable[..., forked.Done]


@dataclass(frozen=True)
class Lines:
    """What a command printed, as JSON lines; a command that printed nothing has not answered."""

    text: str

    @property
    def values(self) -> list[dict[str, Any]]:
        assert self.text.strip(), "the command printed nothing where JSON lines were expected"
        return [json.loads(line) for line in self.text.splitlines()]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home("local", tmp_path / "launch" / "local")


@pytest.fixture
def brought_up(home: Home) -> Home:
    """A stack with the results of an `up`, whose local cloud does not run."""
    home.path.mkdir(parents=True)
    home.outputs.write_text(json.dumps(OUTPUTS))
    passed = Finding("mail.dkim.key", "acme.test", Status.PASS, "one record", "one record")
    failed = Finding("tls.hsts.first_hop", "acme.test", Status.FAIL, "HSTS", "no HSTS", fix="turn it on")
    results.keep_findings(home, [passed, failed], "./launch up", lambda _: True)
    return home


@pytest.fixture
def run(home: Home) -> Run:
    """Runs a command as `launch` does, with the results of its stacks in a temporary folder."""

    def call(*arguments: str, given: str = "", **environ: str) -> forked.Done:
        whole = {**os.environ, "LAUNCH_HOME": str(home.path.parent), "COLUMNS": "200", **environ}
        return forked.run(arguments, whole, given)

    return call


@pytest.fixture
def lines() -> Callable[[str], list[dict[str, Any]]]:
    return lambda text: Lines(text).values


@pytest.fixture
def outputs() -> dict[str, Any]:
    """The outputs of a small stack."""
    return dict(OUTPUTS)


@pytest.fixture
def promised() -> dict[str, Any]:
    """A stack's outputs as the engine gives them."""
    return dict(OUTPUTS)
