"""What a person is told about a key that is stored all the same."""

from __future__ import annotations

import pytest

from cli.secret_forms import warning

LIVE, TEST = "rk_live_0123456789abcdef", "sk_test_0123456789abcdef"


@pytest.mark.parametrize(
    ("name", "value", "mode", "is_rehearsal", "words"),
    [
        ("stripe-api-key", TEST, "live", False, "no real payment will be seen"),
        ("stripe-api-key", TEST, "test", False, "no real payment will be seen"),  # production in test mode
        ("stripe-api-key", LIVE, "test", False, "this stack is in test mode: the services will not use it"),
        ("stripe-api-key", LIVE, "test", True, "a live key of Stripe's in a rehearsal"),
        ("stripe-api-key", LIVE, "live", False, ""),
        ("stripe-api-key", TEST, "test", True, ""),
        ("smtp-password", TEST, "live", False, ""),
    ],
)
def test_a_key_of_the_other_mode_is_stored_with_a_warning(
    name: str, value: str, mode: str, is_rehearsal: bool, words: str
) -> None:
    said = warning(name, value, mode=mode, is_rehearsal=is_rehearsal)
    assert words in said
    assert bool(said) is bool(words)
