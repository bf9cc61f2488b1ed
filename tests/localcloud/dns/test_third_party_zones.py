from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, get_args

import pytest

from blueprint.finding import Status
from blueprint.mail_providers import PROVIDERS
from blueprint.mail_spec import Dmarc, Mail
from blueprint.spec import load
from localcloud.base.third_parties import SERVER, furnish
from localcloud.dns import third_party_zones
from verify.answers.dns import Answer
from verify.judge.dkim import judge_dkim
from verify.mail.aliases import Found
from verify.mail.dmarc_walk import Step, Walk
from verify.mail.reports import destinations
from verify.mail.spf_tree import SpfTree, walk
from verify.observe.asker import Asker
from verify.reach import Reach

SPEC = load(Path(__file__).parents[3] / "Pulumi.local.yaml")
RECORD = "v=DMARC1; p=reject; rua=mailto:x@in.reports.example"


def walked(domain: str, port: int) -> SpfTree:
    async def walked() -> SpfTree:
        return await walk(domain, Asker(Reach((("127.0.0.1", port),))).ask_all)

    return asyncio.run(walked())


def test_every_mail_provider_of_the_blueprint_has_a_whole_spf_record_here(server: int) -> None:
    asked = {include for one in PROVIDERS.values() for include in (one.spf_include, one.return_path_include) if include}
    for tree in (walked(name, server) for name in asked):
        assert len(tree.texts) == 1, tree.domain
        assert (tree.broken, tree.malformed, tree.loops, tree.voids4, tree.unanswered) == ((), (), (), (), ())


def test_what_one_spec_leans_on_is_answered_and_a_providers_own_names_stay(world: Any, server: int) -> None:
    mail = SPEC.mail.model_copy(
        update={
            "spf_includes": ("_spf.mail.example", "_spf.google.com"),
            "mx": ("mx.mail.example",),
            "dkim": {"k2": "dkim2.mcsv.example"},
            "dmarc": Dmarc(policy="reject", report="x@in.reports.example"),
        }
    )
    furnish(world, SPEC.model_copy(update={"mail": mail}))
    asker = Asker(Reach((("127.0.0.1", server),)))
    assert len(walked("_spf.mail.example", server).texts) == len(walked("_spf.google.com", server).texts) == 1
    assert asyncio.run(asker.ask("mx.mail.example", "A")).data == (SERVER,)
    assert asyncio.run(asker.ask("dkim2.mcsv.example", "TXT")).data == (third_party_zones.DKIM,)
    (reported,) = asyncio.run(destinations(Walk("acme.test", (Step("acme.test", (RECORD,)),)), asker.ask_all))
    assert (reported.domain, reported.external, reported.consent) == ("in.reports.example", True, True)


def test_every_mail_host_of_the_blueprint_has_an_address_here() -> None:
    named = {name for addresses in third_party_zones.HOSTS.values() for name in addresses}
    regions = get_args(Mail.model_fields["resend_region"].annotation)
    named_hosts = [host for one in PROVIDERS.values() for _, host in (*one.mx, *one.return_path_mx)]
    hosts = {host.format(dashed="*", resend_region=region) for host in named_hosts for region in regions}
    assert hosts - {"."} <= named


@pytest.mark.parametrize("provider", [one for one in PROVIDERS.values() if one.spf_include], ids=lambda one: one.title)
def test_a_provider_costs_a_receiver_as_many_lookups_as_the_blueprint_counts(server: int, provider: Any) -> None:
    tree = walked(provider.spf_include, server)
    assert 1 + tree.lookups == provider.spf_lookups


@pytest.mark.parametrize(
    "target",
    [
        "selector1-acme-test._domainkey.acme.onmicrosoft.com",
        "selector1-acme-test._domainkey.acme.n-v1.dkim.mail.microsoft",
        "s1.domainkey.u1234.wl1.sendgrid.net",
        "zendesk1._domainkey.zendesk.com",
    ],
)
def test_a_key_that_lies_at_its_provider_is_one_that_receivers_take(server: int, target: str) -> None:
    async def asked() -> Answer:
        return await Asker(Reach((("127.0.0.1", server),))).ask(target, "TXT")

    found = judge_dkim(target, Found(asyncio.run(asked()), (target,)))
    assert {finding.status for finding in found} == {Status.PASS}


@pytest.mark.parametrize("host", ["acme.hosting.test", "acme-site.web.app"])
def test_a_web_host_has_an_address_for_every_name(server: int, host: str) -> None:
    answer = asyncio.run(Asker(Reach((("127.0.0.1", server),))).ask(host, "A"))
    assert answer.data == ("127.0.0.1",)
