"""The configuration of production, rehearsed: it stops at each step that only a person can do, and goes on after it."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml

from blueprint import outputs
from cli.rehearsal_secrets import register_webhook
from localcloud.base import ports
from localcloud.base.human_steps import BILLING, FIREBASE_TERMS, UNDONE
from localcloud.base.world import Resource, World
from localcloud.dns.parent_zones import REGISTRATION

pytestmark = [pytest.mark.stack, pytest.mark.long, pytest.mark.timeout(1_200)]

DOMAIN = "acme.example"
CLIENT = ("launch", "secret_given_by_a_person")
PROD = ("--stack", "prod")
OLD_ZONE = """; exported by the host before
$ORIGIN acme.example.
@ 3600 IN SOA ns1.old.example. host.old.example. 1 7200 900 1209600 300
@ IN NS ns1.old.example.
@ IN A 203.0.113.9
www IN CNAME @
@ IN MX 10 mx.old.example.
@ IN TXT "old-verification=abc"
legacy IN A 203.0.113.7
shop IN CNAME shops.shop.example.
intranet-7f3a IN A 203.0.113.70
_sip._tls IN SRV 10 5 443 sip.partner.example.
docs IN NS ns1.docs.example.
"""
KEPT = (
    {"name": "_sip._tls", "type": "SRV", "content": "10 5 443 sip.partner.example"},
    {"name": "docs", "type": "NS", "content": "ns1.docs.example"},
)
ODD = {"old-verification=abc", "legacy", "shops.shop.example", "intranet-7f3a", "_sip._tls", "ns1.docs.example"}
VALUES = {
    "stripe-api-key": "rk_test_given_by_a_person",
    "resend-key": "re_given_by_a_person",
    "zendesk-client-id": CLIENT[0],
    "zendesk-client-secret": CLIENT[1],
}


def answers(launch: Any) -> str:
    """Write what a founder answers, and return the file's name."""
    spec = yaml.safe_load((launch.project / "Pulumi.local.yaml").read_text())["config"]["launch:spec"]
    (launch.project / "old.zone").write_text(OLD_ZONE)
    old = {"old_zone": {"file": "old.zone"}}
    text = yaml.safe_dump({**spec, **old, "protect": True}).replace("acme.test", DOMAIN)
    (launch.project / "answers.yaml").write_text(text)
    return "answers.yaml"


def undo(launch: Any) -> None:
    """Have nobody do anything yet: no billing, no terms. The zone file has the registrar point to the host before."""
    world = World(launch.home / "world.db")
    for step in (BILLING, FIREBASE_TERMS):
        world.put(Resource(UNDONE, step, ""))
    world.close()


def keep_the_old_zone(launch: Any) -> None:
    """Take the records along that were shown, but for those that are dropped by name."""
    file = launch.project / "Pulumi.prod.yaml"
    content = yaml.safe_load(file.read_text())
    wanted = content["config"]["launch:spec"]
    wanted["records"] = [{"name": "legacy", "type": "A", "content": "203.0.113.7"}, *KEPT]
    wanted["old_zone"]["dropped"] = ["shop CNAME", "@ TXT old-verification", "intranet-7f3a"]
    file.write_text(yaml.safe_dump(content, sort_keys=False))


def do(launch: Any, type_: str, id_: str) -> None:
    world = World(launch.home / "world.db")
    world.remove(type_, id_)
    world.close()


def stops(launch: Any) -> str:
    done = launch.run("up", "--stack", "prod", "--yes")
    assert done.returncode == 3, done.stdout + done.stderr
    assert "that only a person can do" in done.stderr
    assert "Then run `./launch up --stack prod` again: it continues from here." in done.stderr
    return str(done.stderr)


def connect_zendesk(launch: Any) -> str:
    """Make the webhook in Zendesk as its step says, and return the signing secret."""
    promised = outputs.parse(json.loads((launch.home / "outputs.json").read_text()))
    return register_webhook(promised, CLIENT, ports.load(launch.home).address("helpdesk"))


def push(launch: Any, name: str, value: str) -> None:
    done = launch.run("secrets", "push", name, "--stack", "prod", given=value)
    assert done.returncode == 0, done.stderr


def test_a_production_launch_stops_at_each_step_of_a_person_and_goes_on_when_it_is_done(production: Any) -> None:
    production.well("init", "--answers", answers(production))
    undo(production)

    said = stops(production)
    assert "Google Cloud billing: the project has a billing account" in said
    do(production, UNDONE, BILLING)

    said = stops(production)
    assert "Firebase: its terms are accepted" in said
    do(production, UNDONE, FIREBASE_TERMS)

    said = stops(production)
    assert f"Name servers: not to be changed yet ({DOMAIN})" in said
    assert {name for name in ODD if name in said} == ODD
    assert "ada.ns.cloudflare.com" not in said
    assert "must not be done yet" in production.run("checklist", "sign", "nameservers", "--by", "Ada", *PROD).stderr
    keep_the_old_zone(production)

    said = stops(production)
    assert "Name servers: the registrar points the domain to Cloudflare" in said
    assert "ada.ns.cloudflare.com" in said
    assert "Stripe: its events reach the handlers" in said
    assert "Zendesk: it tells the handlers what agents do" in said
    do(production, REGISTRATION, DOMAIN)

    said = stops(production)
    assert "registrar points" not in said
    listed = production.run("secrets", "list", "--stack", "prod", "--json").stdout
    empty = [line["secret"] for line in map(json.loads, listed.splitlines()) if not line["enabled"]]
    for name in empty:
        if not name.endswith("-signing-secret"):
            push(production, name, VALUES.get(name, f"given_by_a_person_for_{name}"))
    push(production, "helpdesk-signing-secret", "whsec_Z2l2ZW4gYnkgYSBwZXJzb24gMDEyMzQ1Njc4OWFi")

    said = stops(production)
    assert said.count("○") == 2
    assert "https://api.acme.example/webhooks/zendesk" in said
    push(production, "zendesk-signing-secret", connect_zendesk(production))

    said = stops(production)
    assert said.count("○") == 1
    assert "Stripe: its events reach the handlers" in said
    assert "is registered" in production.well("stripe", "connect", "--stack", "prod")
    assert "fits" in production.well("stripe", "connect", "--stack", "prod")

    production.well("up", "--stack", "prod", "--yes")
    assert {finding["status"] for finding in production.findings()} == {"pass"}
    production.well("preview", "--stack", "prod", "--expect-no-changes")
