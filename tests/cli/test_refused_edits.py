from __future__ import annotations

from pathlib import Path

import pytest

from blueprint.spec import Spec, load
from blueprint.state_backend import StateBackend
from cli.refused_edits import refusal
from engine.errors import USAGE
from engine.home import PROJECT, Home

UP = {"region": "europe-west1", "project": "acme-rehearsal", "database_location": "europe-west1"}


def wanted(**google: str) -> Spec:
    spec = load(PROJECT / "Pulumi.local.yaml")
    return spec.model_copy(update={"google": spec.google.model_copy(update=google)})


def stack(name: str) -> Home:
    return Home(name, Path("nowhere"))


@pytest.mark.parametrize(
    ("edit", "was", "why"),
    [
        ({"region": "europe-west4"}, "europe-west1", "A Firestore database never moves"),
        ({"firestore_location": "eur3"}, "europe-west1", "A Firestore database never moves"),
        ({"project": "acme-other"}, "acme-rehearsal", "A project id is for ever"),
    ],
)
def test_what_can_never_change_is_refused_with_the_reason_and_the_way(edit: dict[str, str], was: str, why: str) -> None:
    ((key, value),) = edit.items()
    refused = refusal(UP, wanted(**edit), stack("prod"))
    assert refused is not None
    assert refused.code == USAGE
    assert f"Pulumi.prod.yaml: google.{key} is {value}, but this stack is up with {was}" in refused.what
    assert why in refused.why
    assert f"Set google.{key} back to {was}." in refused.cure
    assert "as a stack of its own" in " ".join(refused.cure.split())
    assert "./launch destroy" not in refused.cure


def test_a_rehearsal_may_also_start_again() -> None:
    refused = refusal(UP, wanted(region="europe-west4"), stack("local"))
    assert refused is not None
    assert "./launch destroy, then ./launch up" in refused.cure


DOMAINS = {**UP, "domain": "acme.test", "other_domains": [{"domain": "acme.example"}]}


def zones(domain: str, *others: str) -> Spec:
    return wanted().model_copy(update={"domain": domain, "other_domains": others})


@pytest.mark.parametrize(
    ("spec", "told"),
    [
        (zones("beta.test", "acme.test"), "acme.test would become a further domain in one step"),
        (zones("acme.example"), "acme.example would become the domain in one step"),
        (zones("acme.example", "acme.test"), "acme.test would become a further domain in one step"),
    ],
)
def test_a_zone_does_not_change_its_part_in_one_step(spec: Spec, told: str) -> None:
    refused = refusal(DOMAINS, spec, stack("local"))
    assert refused is not None
    assert told in refused.what
    assert "Take two steps" in refused.cure


@pytest.mark.parametrize("spec", [zones("beta.test", "acme.example"), zones("acme.test")])
def test_a_protected_zone_is_left_in_three_steps(spec: Spec) -> None:
    guarded = {**DOMAINS, "protected": ["DNS zone acme.test", "DNS zone acme.example"]}
    refused = refusal(guarded, spec, stack("prod"))
    assert refused is not None
    assert "is no longer in the spec, and its zone is protected" in refused.what
    assert "take three steps" in refused.cure
    assert "set protect to false, run LAUNCH_UNPROTECTED=1 ./launch up --stack prod. 2:" in refused.cure
    assert refusal(DOMAINS, spec, stack("prod")) is None


def test_what_is_as_it_was_and_what_was_never_up_is_let_pass() -> None:
    assert refusal(UP, wanted(), stack("prod")) is None
    assert refusal({}, wanted(region="europe-west4"), stack("prod")) is None


def test_another_bucket_that_knows_nothing_of_a_stack_that_was_up_is_refused(tmp_path: Path) -> None:
    home = Home("prod", tmp_path)
    spec = wanted().model_copy(update={"state": StateBackend(bucket="acme-other-state")})
    assert refusal({}, spec, home) is None
    home.outputs.write_text("{}")
    refused = refusal({}, spec, home)
    assert refused is not None
    assert "its state in gs://acme-other-state knows nothing of it" in refused.what
    assert "make everything a second time" in refused.why
    assert "gcloud storage cp -r gs://OLD/.pulumi" in refused.cure
    assert refusal(UP, wanted(), home) is None
