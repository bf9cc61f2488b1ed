"""What `./launch doctor` says of the launches whose files lie here."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest

from cli.doctor import Check, warnings
from engine.home import PROJECT

TODAY = date(2026, 11, 30)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name in ("Pulumi.yaml", "Pulumi.local.yaml", "Pulumi.prod.yaml"):
        shutil.copy(PROJECT / name, tmp_path / name)
    return tmp_path


def said(project: Path, today: date = TODAY) -> list[Check]:
    found = list(warnings(project, today))
    assert not any(each.needed for each in found), "a launch's own troubles are nothing that the machine lacks"
    return [each for each in found if not each.ok]


def edit(project: Path, old: str, new: str) -> None:
    file = project / "Pulumi.prod.yaml"
    assert old in file.read_text()
    file.write_text(file.read_text().replace(old, new))


def test_a_free_zone_is_deleted_after_28_days_and_doctor_says_so_of_real_launches_alone(project: Path) -> None:
    assert [each.name for each in said(project) if "28 days" in each.found] == ["prod"]
    edit(project, "plan: free", "plan: pro")
    assert not [each for each in said(project) if "28 days" in each.found]


def test_a_retired_model_and_other_mistakes_of_a_file_are_named(project: Path) -> None:
    edit(project, 'drafts: "off"', "drafts: gemini-2.5-flash")
    (found,) = [each for each in said(project) if each.name == "prod"]
    assert "gemini-2.5-flash was retired" in found.found
    assert found.cure == "edit Pulumi.prod.yaml"


def test_what_ends_at_a_vendor_soon_is_said_once_and_only_where_it_is_used(project: Path) -> None:
    told = [each.found for each in said(project) if each.name == "vendors"]
    assert len(told) == len(set(told))
    assert any("HubSpot's Pipelines API v1: ends on 2026-12-04 (in 4 days)" in each for each in told)
    assert not any("Gemini" in each for each in told)
    edit(project, 'drafts: "off"', "drafts: gemini-3.5-flash")
    assert any("Gemini 2.5 models at the Developer API" in each.found for each in said(project))
    assert not [each for each in said(project, date(2026, 8, 1)) if "Pipelines" in each.found]


def test_the_example_is_told_from_a_launch(project: Path) -> None:
    (prod,) = [each for each in warnings(project, TODAY) if each.name == "prod" and each.ok]
    assert "still the example: ./launch init --stack prod" in prod.found
    assert not any("example.com" in f"{each.found} {each.cure}" for each in said(project))


def test_a_mailer_whose_key_nobody_publishes_is_warned_of(project: Path) -> None:
    assert not [each for each in said(project) if "Resend" in each.found]
    edit(project, "senders: [resend]", "senders: []")
    edit(project, "        resend: copy-from.the-resend-console.example\n", "")
    (found,) = [each for each in said(project) if "Resend" in each.found]
    assert "no key at resend._domainkey.example.com" in found.found
    assert "set support.mailer to smtp" in found.cure
