from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest

from blueprint.spec import Spec, load

ROOT = Path(__file__).parents[2]

KEY = (
    "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQCkRR9GzRDl2QaocH5GdfN6iqImiTgGetjP6GQojngMDoz/GBPHEwEpHz9Z"
    "N6gnMg35zodwZgQ8pXG8wHo0gV3s/er39n4XsJlecbP/ZEXqgUkINcJc+iU1SN8p/VegIL4p+UE3nj2Aw1/bkluM9PiBoayk"
    "YmSTnbhHx4ux1kSNpQIDAQAB"
)
"""A public key of 1,024 bits whose private half nobody has."""
LONG_KEY = (
    "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAzMtEHgEFGCX9xHIabTdG+pOIrL9SBOjYupaYhwYpZNrRvct8+/KX"
    "8y9rK7UWDuoVcyf9ZrzuxrrgVOsWxCB8uYpgLGk2fyewylxHSX/WbunZQVD1iQQdUYqgaBJthUpIOPjEJ4m05uumgMuK8vMR"
    "Tp87AWJk4A6NPOlgvy/XRNgLrEYolqs8PnJ4CSLi6/LUxE/yzCNUT8/QLpGCvuHe6rUyXLXpsG+1l43NqfbWak5GsgxxXYX4"
    "pQzcqk7gBc0c7zPEf2rMVZhZAy6ZBZ6T9wruA5bPWi4sApCHjrhPRc0nDPQ5I9c5Jg3/PsMb+LTQRfzERbzurFaksnsnV/Qt"
    "SwIDAQAB"
)
"""One of 2,048 bits."""

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
        "dkim": {"google": f"v=DKIM1; k=rsa; p={LONG_KEY}", "resend": f"v=DKIM1; k=rsa; p={KEY}"},
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
