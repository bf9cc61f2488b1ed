"""Answers of typical founders: each is a spec without a mistake, and together they choose what founders choose."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from blueprint.spec import Spec, parse
from checklists import costs
from cli.prepared_stack import EXAMPLES
from tools.variants.__main__ import main
from tools.variants.founders import Founder, founders

FOUNDERS = founders()


def spec_of(founder: Founder) -> Spec:
    return parse(yaml.safe_load(founder.file.read_text()))


def test_there_are_ten_and_each_says_who_it_is() -> None:
    assert len(FOUNDERS) == 10
    assert all(founder.about for founder in FOUNDERS)
    assert len({founder.file.read_text().partition("\n")[2] for founder in FOUNDERS}) == 10


@pytest.mark.parametrize("founder", FOUNDERS, ids=lambda founder: founder.name)
def test_the_answers_are_a_spec_that_production_can_have(founder: Founder) -> None:
    spec = spec_of(founder)
    assert spec.domain not in EXAMPLES
    assert spec.protect, "which production is unless told otherwise"
    assert costs.total(spec) >= 0


@pytest.mark.parametrize(
    ("part", "least"),
    [
        ("google.mode", {"create", "existing"}),
        ("google.region", {"europe-west1", "us-central1", "us-east4", "asia-northeast1", "southamerica-east1"}),
        ("google.firestore_location", {None, "nam5", "eur3"}),
        ("google.identity_platform", {True, False}),
        ("cloudflare.plan", {"free", "pro", "business"}),
        ("mail.provider", {"google-workspace", "microsoft-365"}),
        ("mail.senders", {("resend",), ("resend", "postmark"), ("resend", "sendgrid")}),
        ("support.helpdesk", {"email", "zendesk"}),
        ("support.mailer", {"resend", "smtp"}),
        ("origin", {"load-balancer", "worker"}),
    ],
)
def test_together_they_choose_what_founders_choose(part: str, least: set[Any]) -> None:
    chosen = set()
    for founder in FOUNDERS:
        found: Any = spec_of(founder)
        for step in part.split("."):
            found = getattr(found, step)
        chosen.add(found)
    assert least <= chosen


def test_a_founder_that_there_is_not_is_refused_with_those_that_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rehearse", "nobody"]) == 2
    assert f"There is no founder nobody. There are {FOUNDERS[0].name}, " in capsys.readouterr().err
