from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest

from blueprint.spec import Spec, load

ROOT = Path(__file__).parents[2]

WHOLE: dict[str, Any] = {
    "domain": "acme.test",
    "contact": {"name": "Ada Founder", "email": "ada@acme.test"},
    "google": {"project": "acme-rehearsal", "billing_account": "012345-6789AB-CDEF01", "region": "europe-west1"},
    "cloudflare": {"account": "0123456789abcdef0123456789abcdef"},
    "web": {"host": "acme.hosting.test"},
    "redirects": [{"source": "www.acme.test", "target": "https://acme.test"}],
    "mail": {
        "provider": "google-workspace",
        "senders": ["resend"],
        "dkim": {"google": "v=DKIM1; k=rsa; p=" + "A" * 400, "resend": "v=DKIM1; k=rsa; p=BBBB"},
        "dmarc": {"policy": "quarantine", "report": "dmarc@acme.test"},
    },
    "support": {"sender": "support@acme.test", "receiver": "team@acme.test", "zendesk": "acme"},
    "alerts": {"email": "oncall@acme.test"},
}


@pytest.fixture
def config() -> dict[str, Any]:
    """A complete launch spec as it comes out of the YAML file; a test may break it."""
    return copy.deepcopy(WHOLE)


@pytest.fixture(params=["local", "staging", "prod"])
def shipped(request: pytest.FixtureRequest) -> Spec:
    return load(ROOT / f"Pulumi.{request.param}.yaml")
