from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blueprint import credential_patterns
from blueprint.spec import Spec, SpecError, load, parse

ROOT = Path(__file__).parents[2]
GENUINE = {
    "a Stripe key": "rk_live_" + "a1" * 12,
    "a webhook's signing secret": "whsec_" + "b2" * 16,
    "a HubSpot token": "pat-eu1-" + "0123abcd-" * 4 + "0123",
    "a Resend key": "re_" + "a1" * 4 + "_" + "b2" * 10,
    "a SendGrid key": "SG." + "a" * 22 + "." + "b" * 43,
    "a Google API key": "AIza" + "c" * 35,
    "a Google access token": "ya29." + "d" * 30,
    "a GitHub token": "ghp_" + "e" * 36,
    "a Slack token": "xoxb-" + "1" * 12,
    "an AWS key": "AKIA" + "A1" * 8,
    "a Pulumi token": "pul-" + "0a" * 20,
    "a signed token": ".".join(("eyJhbGciOiJI", "eyJzdWIiOiIx", "c2lnbmF0dXJl")),
    "a private key": "-----BEGIN RSA PRIVATE KEY-----",
    "a password in an address": "postgres://ada:wonderland@db.acme.test/app",
}


def with_env(config: dict[str, Any], env: Any) -> dict[str, Any]:
    return {**config, "services": {"env": env}}


def problem(config: dict[str, Any], env: Any) -> str:
    with pytest.raises(SpecError) as caught:
        parse(with_env(config, env))
    (said,) = caught.value.problems
    return said


def test_a_service_gets_variables_of_its_own(config: dict[str, Any]) -> None:
    env = {"intake": {"APP_STAGE": "production", "EMPTY": ""}, "sync-crm": {"PIPELINE_URL": "https://acme.test/a?b=c"}}
    assert parse(with_env(config, env)).services.env == env


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("PORT", "PORT belongs to Cloud Run; choose another name, such as APP_PORT"),
        ("K_SERVICE", "belongs to Cloud Run"),
        ("X_GOOGLE_THING", "belongs to Cloud Run"),
        ("GOOGLE_APPLICATION_CREDENTIALS", "belongs to the program"),
        ("ROLE", "belongs to the program"),
        ("FIRESTORE_EMULATOR_HOST", "belongs to the program"),
        ("LD_PRELOAD", "belongs to the runtime"),
        ("HTTPS_PROXY", "belongs to the runtime"),
        ("CRM_API_KEY", "CRM_API_KEY names a secret; keep it in Secret Manager: ./launch secrets push"),
        ("DATABASE_PASSWORD", "names a secret"),
        ("TOKEN", "names a secret"),
        ("app_stage", '"app_stage" is not the name of an environment variable: upper-case letters, digits and _'),
        ("1ST", "is not the name of an environment variable"),
        ("A=B", "is not the name of an environment variable"),
    ],
)
def test_a_name_that_is_not_free_is_refused(config: dict[str, Any], name: str, words: str) -> None:
    said = problem(config, {"intake": {name: "x"}})
    assert said.startswith("spec.services.env.intake")
    assert words in said


@pytest.mark.parametrize("what", credential_patterns.FORMS)
def test_a_value_that_looks_like_a_credential_is_refused_without_being_repeated(
    config: dict[str, Any], what: str
) -> None:
    said = problem(config, {"intake": {"APP_SETTING": f"use {GENUINE[what]} here"}})
    assert said == (
        f"spec.services.env.intake.APP_SETTING: this looks like {what}; keep it in Secret Manager: "
        "./launch secrets push"
    )


@pytest.mark.parametrize(
    "value", ["https://acme.test:8443/a@b", "debug", "0123456789abcdef" * 4, "europe-west1", "sk_live", "ada@acme.test"]
)
def test_a_setting_is_no_credential(config: dict[str, Any], value: str) -> None:
    parse(with_env(config, {"intake": {"APP_SETTING": value}}))


@pytest.mark.parametrize("name", ["APP_STAGE", "MONKEY_MODE", "KEYBOARD", "TOKENIZER", "SECRETARY_EMAIL"])
def test_a_name_that_only_sounds_like_a_secret_is_free(config: dict[str, Any], name: str) -> None:
    parse(with_env(config, {"intake": {name: "x"}}))


@pytest.mark.parametrize(
    ("env", "words"),
    [
        ({"intakes": {"A": "b"}}, "must be 'intake', 'sync-payments'"),
        ({"support-drafts": {"A": "b"}}, "there is no support-drafts while support.drafts is off"),
        ({"intake": {"A": 3}}, 'must be text; put it in quotes, such as "123"'),
        ({"intake": {"A": "x\0"}}, "without a zero byte"),
        ({"intake": {"A": "x" * 20_000, "B": "x" * 20_000}}, "env.intake is larger than the 32768 bytes"),
    ],
)
def test_variables_that_cannot_be_set_are_refused(config: dict[str, Any], env: Any, words: str) -> None:
    assert words in problem(config, env)


def test_no_stack_file_that_ships_holds_a_credential(shipped: Spec) -> None:
    for file in ROOT.glob("Pulumi.*.yaml"):
        assert credential_patterns.found(file.read_text()) is None
        assert load(file)


@given(st.text(max_size=200))
def test_any_text_is_judged(text: str) -> None:
    seen = credential_patterns.found(text)
    assert seen is None or seen[1] in text
