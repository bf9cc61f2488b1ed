"""Mailboxes at a provider that is not listed: the rehearsal's DNS has what a launch leans on, and verify finds it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from blueprint.records import DnsRecord, records
from blueprint.spec import CONFIG_KEY, Spec, parse
from localcloud import dns as local_dns
from localcloud.base import ports
from localcloud.base.third_parties import furnish
from localcloud.base.world import Resource, World
from tools.variants.table import named
from verify import run
from verify.reach import Reach
from verify.scene import Subject

FILE = Path(__file__).parents[3] / "Pulumi.local.yaml"
SECOND = "in2-smtp.messagingengine.com"
Publish = Callable[..., dict[str, set[str]]]


@pytest.fixture
def spec() -> Spec:
    (variant,) = named(("other-mailboxes",))
    return parse(variant.spec(yaml.safe_load(FILE.read_text())["config"][CONFIG_KEY]))


@pytest.fixture
def verified(home: Path, world: World, add: Callable[..., str], spec: Spec) -> Publish:
    """Publish the spec's records, changed as asked for, and return what verify finds of its mail: status → ids."""

    def found(change: Callable[[DnsRecord], DnsRecord] = lambda record: record) -> dict[str, set[str]]:
        zone = {"name": spec.domain, "account": {"id": "account"}, "type": "full"}
        world.put(Resource("cloudflare:index/zone:Zone", "zone-1", "urn:zone", zone, zone))
        for record in map(change, (one for one in records(spec, "203.0.113.7") if "mta-sts" not in one.name)):
            add(name=record.name, type=record.type, content=record.content, priority=record.priority)
        furnish(world, spec)
        with local_dns.serve(home):
            reach = Reach((("127.0.0.1", ports.load(home)["dns"]),))
            subject = Subject(spec.domain, more_selectors=tuple(spec.mail.dkim))
            report = run.run(subject, reach, datetime.now(UTC), ("mail.mx", "mail.spf", "mail.dkim"))
        statuses: dict[str, set[str]] = {}
        for finding in run.findings(report):
            statuses.setdefault(str(finding.status), set()).add(finding.id)
        return statuses

    return found


def test_servers_include_and_keys_are_found(verified: Publish) -> None:
    found = verified()
    assert set(found) == {"pass"}
    assert {"mail.mx.published", "mail.mx.address", "mail.spf.includes", "mail.dkim.key"} <= found["pass"]


def test_a_server_that_nobody_named_is_missed(verified: Publish) -> None:
    found = verified(lambda one: replace(one, content="in3-smtp.messagingengine.com") if one.content == SECOND else one)
    assert found["fail"] == {"mail.mx.address"}


def test_a_key_that_leads_nowhere_is_missed(verified: Publish) -> None:
    found = verified(
        lambda one: replace(one, content="fm9.acme.test.dkim.fmhosted.com") if one.name.startswith("fm1.") else one
    )
    assert found["fail"] == {"mail.dkim.record"}
