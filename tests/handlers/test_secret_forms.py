"""What a stack's secrets hold: each in its own place, of the stack's mode; a slip is told in a founder's words."""

from __future__ import annotations

import itertools

import pytest

from handlers.secret_forms import wrong
from handlers.service_manifest import SMTP_PASSWORD

WELL = {
    "stripe-api-key": "rk_live_0123456789abcdef",
    "stripe-signing-secret": "whsec_0123456789abcdef",
    "hubspot-token": "pat-eu1-0123456789abcdef",
    "resend-key": "re_0123456789abcdef",
    "zendesk-client-id": "launch",
    "zendesk-client-secret": "0123456789abcdef0123456789abcdef",
    "zendesk-signing-secret": "fedcba9876543210fedcba9876543210",
    "helpdesk-signing-secret": "whsec_Zmxvd3MtMDEyMzQ1Njc4OWFiY2RlZg==",
}
KNOWN_BY_FORM = ["stripe-api-key", "stripe-signing-secret", "hubspot-token", "resend-key"]


def test_values_in_their_places_are_well():
    assert wrong(WELL, "live") == {}
    assert wrong(WELL, "") == {}, "a mode that is not known is not judged"


@pytest.mark.parametrize(("one", "other"), list(itertools.combinations(KNOWN_BY_FORM, 2)))
def test_two_that_are_swapped_are_named_together(one, other):
    found = wrong({**WELL, one: WELL[other], other: WELL[one]}, "live")
    said = f"{' and '.join(sorted((one, other)))} are swapped: each holds the other's value"
    assert found == {one: said, other: said}


def test_a_value_in_anothers_place_says_whose_it_is():
    said = "hubspot-token holds a value of resend-key"
    assert wrong({**WELL, "hubspot-token": "re_fedcba9876543210"}, "live") == {"hubspot-token": said}


def test_a_standard_webhooks_secret_is_known_by_its_form_in_anothers_place():
    copied = "v1,whsec_Zmxvd3MtMDEyMzQ1Njc4OWFiY2RlZg=="
    assert wrong({**WELL, "helpdesk-signing-secret": copied}, "live") == {}
    for name in ("zendesk-signing-secret", "hubspot-token", "stripe-signing-secret", "resend-key"):
        assert "helpdesk-signing-secret" in wrong({**WELL, name: copied}, "live")[name]


def test_the_publishable_key_is_named():
    found = wrong({**WELL, "stripe-api-key": "pk_live_0123456789abcdef"}, "live")
    assert "publishable key" in found["stripe-api-key"]
    assert "rk_ or sk_" in found["stripe-api-key"]


@pytest.mark.parametrize("prefix", ["rk", "sk"])
def test_a_key_of_the_other_mode_is_told_with_what_it_would_do(prefix):
    test_in_live = wrong({**WELL, "stripe-api-key": f"{prefix}_test_0123456789abcdef"}, "live")["stripe-api-key"]
    live_in_test = wrong({**WELL, "stripe-api-key": f"{prefix}_live_0123456789abcdef"}, "test")["stripe-api-key"]
    assert "test mode, and this stack is in live mode: no real payment would be seen" in test_in_live
    assert "live mode, and this stack is in test mode: it would act on real payments" in live_in_test


def test_one_value_in_two_places_is_told_of_both_and_a_mail_servers_password_may_be_any():
    twice = {**WELL, "zendesk-signing-secret": WELL["zendesk-client-secret"]}
    assert set(wrong(twice, "live")) == {"zendesk-client-secret", "zendesk-signing-secret"}
    assert wrong({**WELL, SMTP_PASSWORD: WELL["resend-key"]}, "live") == {}


def test_a_value_that_is_cut_off_is_told():
    assert "cut off" in wrong({**WELL, "resend-key": "re_01"}, "live")["resend-key"]


@pytest.mark.parametrize("name", sorted(set(WELL)))
@pytest.mark.parametrize(
    "copied",
    [
        '"{}"',
        "'{}'",
        "\u201c{}\u201d",
        "KEY={}",
        "export KEY={}",
        "Bearer {}",
        "key: {}",
        "<{}>",
        "{}\u00a0live",
        "{}\n{}",
        "b'{}'",
    ],
)
def test_what_was_copied_along_with_a_value_is_told(name, copied):
    said = wrong({**WELL, name: copied.replace("{}", WELL[name])}, "live")[name]
    assert "more than the value" in said or "invisible" in said
    assert "Give the value alone" in said or "invisible" in said


def test_no_sentence_quotes_a_value():
    rotated = dict(zip(WELL, (*list(WELL.values())[1:], next(iter(WELL.values()))), strict=True))
    said = " ".join(wrong(rotated, "test").values())
    assert said
    assert not [value for value in WELL.values() if value != "launch" and value in said]
