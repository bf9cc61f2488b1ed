"""Time to live: which documents expire, and when."""

from __future__ import annotations

import asyncio

import pytest

from localcloud.base.world import Resource, World
from localcloud.firestore import expiry, paths
from localcloud.firestore.indexes import FIELD
from localcloud.firestore.messages import Document, Value
from localcloud.firestore.service import Firestore
from localcloud.firestore.store import Store
from localcloud.firestore.times import stamp

DATABASE = "projects/p/databases/(default)"
NOW = 1_800_000_000_000_000
DAY = 86_400_000_000


def put(world: World, field: str, **config: object) -> None:
    inputs = {"project": "p", "database": "(default)", "collection": "inbox", "field": field, **config}
    world.put(Resource(FIELD, f"f-{field}", "", inputs, inputs))


def save(store: Store, path: str, **values: object) -> None:
    fields = {
        name: Value(timestamp_value=stamp(value)) if isinstance(value, int) else Value(string_value=str(value))
        for name, value in values.items()
    }
    name = f"{DATABASE}/documents/{path}"
    store.save({paths.document(name): Document(name=name, fields=fields, update_time=stamp(NOW - DAY))}, NOW - DAY)


@pytest.fixture
def world(tmp_path):
    return World(tmp_path / "world.db")


def left(world: World, *documents: str) -> set[str]:
    store = Store(world)
    return {each for each in documents if store.get(paths.document(f"{DATABASE}/documents/{each}"))}


def test_documents_go_when_their_time_and_the_offset_have_passed(world):
    put(world, "at", ttlConfig={"expirationOffset": "86400s"})
    store = Store(world)
    save(store, "inbox/old", at=NOW - DAY)
    save(store, "inbox/old/below/kept", at=NOW - DAY)
    save(store, "users/u/inbox/old", at=NOW - 2 * DAY)
    save(store, "inbox/young", at=NOW - DAY + 1)
    save(store, "inbox/text", at="2001-01-01")
    save(store, "inbox/without", other=NOW - 9 * DAY)
    save(store, "other/old", at=NOW - 9 * DAY)
    asyncio.run(Firestore(world).expire(NOW))
    gone = {"inbox/old", "users/u/inbox/old"}
    kept = {"inbox/old/below/kept", "inbox/young", "inbox/text", "inbox/without", "other/old"}
    assert left(world, *gone, *kept) == kept


def test_an_empty_policy_expires_at_the_time_itself_and_a_field_without_one_never(world):
    put(world, "at", ttlConfig={})
    put(world, "indexed", indexConfig={"indexes": []})
    (policy,) = expiry.policies(world)
    assert (policy.path, policy.offset) == (("at",), 0)


def test_a_deletion_asks_for_the_version_that_had_expired(world):
    put(world, "at", ttlConfig={})
    store = Store(world)
    save(store, "inbox/d", at=NOW - DAY)
    (write,) = expiry.expired(expiry.policies(world)[0], store, NOW)
    assert write.current_document.update_time == stamp(NOW - DAY)
