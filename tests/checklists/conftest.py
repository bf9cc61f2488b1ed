from __future__ import annotations

from pathlib import Path

import pytest

from blueprint.outputs import Outputs, parse
from blueprint.spec import Spec, load

ROOT = Path(__file__).parents[2]


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
