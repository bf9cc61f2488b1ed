"""Whom a spec leans on is there in a rehearsal: senders, mail servers, keys, and who gets reports."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from blueprint.mail_spec import Dmarc
from blueprint.spec import Spec, load
from localcloud.base.third_parties import CONSENT, NAMED, furnish, named
from localcloud.base.world import World

SPEC = load(Path(__file__).parents[3] / "Pulumi.local.yaml")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with closing(World(tmp_path / "world.db")) as opened:
        yield opened


def mailing(**choices: Any) -> Spec:
    return SPEC.model_copy(update={"mail": SPEC.mail.model_copy(update=choices)})


def test_a_launch_that_leans_on_its_own_names_and_known_providers_names_nobody() -> None:
    assert named(SPEC) == ()


def test_a_sender_a_mail_server_a_key_and_a_bounce_host_are_named() -> None:
    leaning = mailing(
        spf_includes=("servers.mcsv.example",),
        mx=("10 mx.acme.example", "20 mx2.acme.example"),
        dkim={**SPEC.mail.dkim, "k2": "dkim2.mcsv.example"},
        bounces={"bounce": "bounces.mcsv.example"},
    )
    assert {(kind, name) for kind, name, _ in named(leaning)} == {
        ("TXT", "servers.mcsv.example"),
        ("A", "mx.acme.example"),
        ("A", "mx2.acme.example"),
        ("TXT", "dkim2.mcsv.example"),
        ("A", "bounces.mcsv.example"),
    }


def test_whoever_gets_reports_elsewhere_agrees_to_it_for_each_domain() -> None:
    reporting = mailing(dmarc=Dmarc(policy="reject", report="x@in.reports.example"))
    told = named(reporting.model_copy(update={"other_domains": ("acme-shop.test",)}))
    assert ("TXT", "acme.test._report._dmarc.in.reports.example", CONSENT) in told
    assert ("TXT", "acme-shop.test._report._dmarc.in.reports.example", CONSENT) in told
    assert "TXT _dmarc.in.reports.example" in {f"{kind} {name}" for kind, name, _ in told}


def test_what_a_spec_no_longer_leans_on_goes_and_what_stays_is_not_written_again(world: World) -> None:
    furnish(world, mailing(spf_includes=("_spf.one.example", "_spf.two.example")))
    furnish(world, mailing(spf_includes=("_spf.two.example",)))
    assert [one.id for one in world.resources(NAMED)] == ["TXT _spf.two.example"]
    before = world.connection.total_changes
    furnish(world, mailing(spf_includes=("_spf.two.example",)))
    assert world.connection.total_changes == before
