from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.stripe_webhooks import registered
from engine.errors import LaunchError
from localcloud.base import ports
from localcloud.base.process import on_thread
from localcloud.saas.server import serve

URL = "https://api.acme.test/webhooks/stripe"
KEY = "rk_test_0123456789"


@pytest.fixture
def stripe(tmp_path: Path) -> Iterator[str]:
    """Stripe's stand-in; its address."""
    ports.allocate(tmp_path)
    with on_thread(serve(tmp_path)):
        yield f"http://{ports.load(tmp_path).address('stripe')}"


def test_the_endpoint_is_made_once_and_its_secret_told_once(stripe: str) -> None:
    made = registered(URL, KEY, stripe, keep=True)
    again = registered(URL, KEY, stripe, keep=True)
    assert made.secret.startswith("whsec_")
    assert (again.id, again.secret) == (made.id, "")


def test_an_endpoint_whose_secret_was_lost_is_made_anew(stripe: str) -> None:
    lost = registered(URL, KEY, stripe, keep=True)
    made = registered(URL, KEY, stripe, keep=False)
    assert made.id != lost.id
    assert made.secret not in ("", lost.secret)


def test_a_key_that_stripe_refuses_is_told_with_a_cure(stripe: str) -> None:
    with pytest.raises(LaunchError) as refused:
        registered(URL, "nonsense", stripe, keep=True)
    assert "stripe-api-key" in refused.value.cure
