"""The official asynchronous client."""

from __future__ import annotations

import asyncio

import pytest
from google.api_core import exceptions
from google.cloud import firestore
from google.cloud.firestore_v1.base_query import FieldFilter


async def story(client: firestore.AsyncClient) -> None:
    col = client.collection("async")
    document = col.document("counter")
    await document.create({"n": 0})
    with pytest.raises(exceptions.AlreadyExists):
        await document.create({"n": 0})

    async def increment() -> None:
        @firestore.async_transactional
        async def run(transaction: firestore.AsyncTransaction) -> None:
            count = (await document.get(transaction=transaction)).get("n")
            transaction.update(document, {"n": count + 1})

        await run(client.transaction())

    await asyncio.gather(*(increment() for _ in range(30)))
    assert (await document.get()).get("n") == 30
    assert [d.id async for d in col.where(filter=FieldFilter("n", ">", 29)).stream()] == ["counter"]
    assert (await col.count().get())[0][0].value == 1
    await document.delete()
    assert not (await document.get()).exists


def test_it_reads_writes_queries_and_counts(served):
    async def run() -> None:
        client = served.async_client()
        await story(client)
        await client._firestore_api.transport.close()

    asyncio.run(run())
