"""The table of variants: each is a launch, each differs from the others, and its plan is what the engine says."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from blueprint import spec
from engine.value_changes import KINDS, SIGNED, UNKNOWN
from localcloud.base import lived_in_zone
from tools.variants.__main__ import main
from tools.variants.plan import resources
from tools.variants.play import DEPLOY, DRIFT, STACK_FILE, Ran, Workbench, delivered
from tools.variants.table import VARIANTS, Variant, merged, rewritten

FILE = Path(__file__).parents[2] / "Pulumi.local.yaml"
SECRET, FILES = {SIGNED: next(iter(KINDS)), "ciphertext": "x"}, {SIGNED: "0d", "hash": "1"}
BASE = yaml.safe_load(FILE.read_text())["config"][spec.CONFIG_KEY]


def test_there_are_more_than_twenty_one_variants_and_no_two_are_alike() -> None:
    specs = [json.dumps(variant.spec(BASE), sort_keys=True) for variant in VARIANTS]
    assert len({variant.name for variant in VARIANTS}) == len(VARIANTS) > 21
    twins = {text for text in specs if specs.count(text) > 1}
    assert twins == set()


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda variant: variant.name)
def test_each_is_a_spec_without_a_mistake(variant: Variant, tmp_path: Path) -> None:
    file = tmp_path / "Pulumi.local.yaml"
    file.write_text(rewritten(FILE, variant))
    assert spec.load(file)


@pytest.mark.parametrize(
    ("part", "values"),
    [
        ("google.mode", {"create", "existing"}),
        ("google.firestore_location", {None, "nam5", "eur3"}),
        ("domain", {"acme.test", "xn--bcher-kva.example"}),
        ("cloudflare.plan", {"free", "pro", "business", "enterprise"}),
        ("origin", {None, "worker"}),
        ("support.helpdesk", {"zendesk", "email"}),
        ("support.mailer", {"resend", "smtp"}),
        ("mail.provider", {"google-workspace", "microsoft-365", "none", "other"}),
        ("alerts.watch", {"full", "essential"}),
        ("protect", {True, False}),
    ],
)
def test_together_they_make_every_choice(part: str, values: set[Any]) -> None:
    chosen = set()
    for variant in VARIANTS:
        found: Any = variant.spec(BASE)
        for step in part.split("."):
            found = found.get(step) if found else None
        chosen.add(found)
    assert chosen == values


def test_a_choice_of_nothing_takes_a_value_away_and_leaves_the_base_alone() -> None:
    base = {"a": {"b": 1, "c": 2}}
    assert merged(base, {"a": {"b": None}}) == {"a": {"c": 2}}
    assert base == {"a": {"b": 1, "c": 2}}


def test_a_zone_that_was_there_holds_ten_records_that_no_template_foresees() -> None:
    assert len(lived_in_zone.ODD) == 10
    assert len({(each["name"], each["type"]) for each in lived_in_zone.ODD}) == 10


def test_a_plan_holds_what_providers_are_given_and_no_secret() -> None:
    urn = "urn:pulumi:local::launch-ready::launch:infra:Zone$cloudflare:index/zone:Zone::acme.test"
    state = {
        "type": "cloudflare:index/zone:Zone",
        "custom": True,
        "importID": "0a1b",
        "inputs": {"name": "acme.test", "account": {"id": UNKNOWN}, "key": SECRET, "source": FILES},
    }
    component = {"type": "launch:infra:Zone", "custom": False}
    steps = [{"op": "create", "urn": "u::zone", "newState": component}, {"op": "import", "urn": urn, "newState": state}]
    steps += [{"op": "update", "urn": urn, "newState": {**state, "importID": None}}]  # what is imported is then changed
    assert resources({"steps": steps}) == [
        {
            "op": "import",
            "type": "cloudflare:index/zone:Zone",
            "name": "acme.test",
            "import": "0a1b",
            "inputs": {"name": "acme.test", "account": {"id": None}, "key": "[secret]", "source": "[files]"},
        }
    ]


def test_the_line_that_tells_how_a_run_ended_is_found() -> None:
    said = "Flows\n181 checks: 181 passed. 20 of 45 items of the handover are done.\n  handover   /x\n"
    assert Ran(("up",), 0, said, 1.0).last.startswith("181 checks: 181 passed")


def test_what_a_vendor_calls_an_event_is_not_how_a_run_ended() -> None:
    said = "✗ 3 steps that only a person can do are left.\n  Events: ticket.agent_assignment_changed\n"
    assert Ran(("up",), 3, said, 1.0).last == "✗ 3 steps that only a person can do are left."


class Waved(Workbench):
    """A bench whose commands end at once with the codes that `codes` names, 0 for any other."""

    codes: Mapping[Sequence[str], int] = {}

    def run(self, *command: str) -> Ran:
        ran = Ran(command, self.codes.get(command, 0), "", 0.0)
        self.runs.append(ran)
        return ran


@pytest.fixture
def waved(tmp_path: Path) -> Waved:
    (tmp_path / "project" / "handlers").mkdir(parents=True)
    return Waved(tmp_path)


def test_a_ci_looks_and_then_deploys_another_image(waved: Waved) -> None:
    assert delivered(waved)
    assert [ran.command for ran in waved.runs] == [DRIFT, DEPLOY]
    assert (waved.folder / "project" / "handlers" / "words.py").read_text() == "\n# another image\n"


def test_a_ci_that_sees_a_change_deploys_nothing(waved: Waved, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Waved, "codes", {DRIFT: 1})
    assert not delivered(waved)
    assert [ran.command for ran in waved.runs] == [DRIFT]


@pytest.mark.parametrize("name", ["empty", "nothing"])
def test_whether_a_variant_has_a_ci_is_read_from_its_spec(waved: Waved, name: str) -> None:
    variant = next(each for each in VARIANTS if each.name == name)
    (waved.folder / "project" / STACK_FILE).write_text(rewritten(FILE, variant))
    assert waved.has_delivery is (name == "empty")


def test_an_unknown_name_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["play", "no-such"]) == 2
    assert "There is no variant 'no-such'" in capsys.readouterr().err
