from __future__ import annotations

import asyncio

from blueprint.mail_providers import PROVIDERS
from localcloud.dns import foreign
from verify.observe.asker import Asker
from verify.observe.spf import SpfTree, references, walk
from verify.reach import Reach


def test_every_mail_provider_of_the_blueprint_has_its_spf_record_here() -> None:
    named = {name for texts in foreign.ZONES.values() for name in texts}
    asked = {include for one in PROVIDERS.values() for include in (one.spf_include, one.return_path_include) if include}
    assert asked <= named


def test_a_foreign_spf_record_includes_only_what_is_served_too() -> None:
    texts = {name: text for zone in foreign.ZONES.values() for name, text in zone.items()}
    assert {target for text in texts.values() for target in references(text)} <= set(texts)


def test_a_receiver_walks_the_tree_of_a_provider(server: int) -> None:
    async def walked() -> SpfTree:
        return await walk("_spf.google.com", Asker(Reach((("127.0.0.1", server),))))

    tree = asyncio.run(walked())
    assert (tree.lookups, tree.broken, tree.unanswered) == (3, (), ())
