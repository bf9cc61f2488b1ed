from __future__ import annotations

import asyncio
from typing import Any

import pytest

from blueprint.finding import Status
from blueprint.mail_providers import PROVIDERS
from localcloud.dns import foreign
from verify.judge.mail import judge_dkim
from verify.observe.asker import Asker
from verify.observe.dns import Answer
from verify.observe.spf import SpfTree, references, walk
from verify.reach import Reach


def test_every_mail_provider_of_the_blueprint_has_its_spf_record_here() -> None:
    named = {name for texts in foreign.ZONES.values() for name in texts}
    asked = {include for one in PROVIDERS.values() for include in (one.spf_include, one.return_path_include) if include}
    assert asked <= named


def test_a_foreign_spf_record_includes_only_what_is_served_too() -> None:
    texts = {name: text for zone in foreign.ZONES.values() for name, text in zone.items()}
    assert {target for text in texts.values() for target in references(text)} <= set(texts)


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

    assert judge_dkim(target, asyncio.run(asked())).status is Status.PASS


def test_a_receiver_walks_the_tree_of_a_provider(server: int) -> None:
    tree = walked("_spf.google.com", server)
    assert (tree.lookups, tree.broken, tree.unanswered) == (3, (), ())


def walked(include: str, server: int) -> SpfTree:
    async def walking() -> SpfTree:
        return await walk(include, Asker(Reach((("127.0.0.1", server),))))

    return asyncio.run(walking())
