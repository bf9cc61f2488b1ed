"""A key of the wrong mode asks nobody: what it would see is another world."""

from __future__ import annotations

import pytest

from handlers.billing.stripe_api import Stripe
from handlers.failures import Unavailable


@pytest.mark.parametrize(("key", "mode"), [("sk_test_x", "live"), ("rk_live_x", "test")])
def test_a_key_of_the_other_mode_is_not_used_and_the_work_waits(secret_cache, key, mode):
    secret_cache.kept["stripe-api-key"] = (key,)
    with pytest.raises(Unavailable, match=f"this stack is in {mode} mode"):
        Stripe(secret_cache, mode, "http://127.0.0.1:1").subscriptions("cus_1")
