"""Stripe's signing secret is rolled under a stream of deliveries: none is lost, and the secret before stays valid."""

from __future__ import annotations

import io
import json
import threading
import time
from datetime import UTC, datetime

import pytest
import requests
import stripe

from cli.secret_manager import SecretManager, VersionsOf
from cli.webhook_rotation import PAUSE, Rotation
from flows import edge
from handlers import service_manifest
from handlers.billing.stripe_api import Stripe
from handlers.logs import Log
from handlers.outside import google_clients
from handlers.outside.secret_cache import SecretCache
from handlers.senders import stripe_signatures
from handlers.work.acceptor import Acceptor
from handlers.work.documents import Query
from handlers.work.firestore_documents import Firestore
from handlers.work.task_queue import CloudTasks

KEY = {"Authorization": "Bearer sk_test_flows_0123456789abcdef"}


@pytest.fixture
def rotation(stage):
    """Return a maker of rotations of the running stack."""
    client = google_clients.firestore(stage.project, stage.environ)
    manager = google_clients.secret_manager(stage.environ)
    prefix = f"projects/{stage.project}/locations/europe-west1/queues"
    urls = {name: f"https://{name}.run.app" for name in service_manifest.SERVICE_MANIFESTS}
    queue = CloudTasks(
        google_clients.tasks(stage.environ), prefix, "task-caller@acme-rehearsal.iam.gserviceaccount.com", urls
    )
    acceptor = Acceptor(Firestore(client), queue, lambda: datetime.now(UTC), Log({}, io.StringIO()))
    url = f"http://{stage.rehearsal.stripe}"

    versions = VersionsOf(SecretManager(stage.project, stage.environ), service_manifest.STRIPE_SIGNING_SECRET)

    def make(pause):
        return Rotation(
            stripe.StripeClient("sk_test_flows_0123456789abcdef", base_addresses={"api": url}),
            stage.api_host,
            versions,
            acceptor,
            Stripe(SecretCache(manager, stage.project, time.monotonic), "test", url),
            lambda _: None,
            "test",
            pause,
        )

    yield make
    client.close()


class Stream:
    """Makes an event every 50 ms until it is told to stop; `made` are their ids."""

    def __init__(self, stage) -> None:
        self.url = f"http://{stage.rehearsal.stripe}/v1/test_helpers/events"
        self.made: list[str] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        body = {"type": "invoice.paid", "data": {"object": {"id": "in_x", "object": "invoice"}}}
        while not self._stop.wait(0.05):
            self.made.append(requests.post(self.url, json=body, headers=KEY, timeout=10).json()["id"])


def endpoints(stage):
    return requests.get(f"http://{stage.rehearsal.stripe}/v1/webhook_endpoints", headers=KEY, timeout=5).json()["data"]


@pytest.mark.parametrize("pause", [2.0, pytest.param(PAUSE, marks=pytest.mark.long)])
def test_a_rotation_under_load_loses_no_delivery(stage, rotation, pause):
    before, (old,) = stage.secret(service_manifest.STRIPE_SIGNING_SECRET), endpoints(stage)
    with Stream(stage) as stream:
        time.sleep(1)
        rotation(pause).run()
        time.sleep(2)
    documents = rotation(0).acceptor.documents
    deadline = time.monotonic() + 60
    missing = stream.made
    while missing := [each for each in missing if documents.get(f"inbox/{each}") is None]:
        assert time.monotonic() < deadline, f"{len(missing)} of {len(stream.made)} events never came"
        time.sleep(0.2)
    assert len(stream.made) > 20
    (new,) = endpoints(stage)
    assert (new["id"] != old["id"], new["status"], new["enabled_events"]) == (True, "enabled", old["enabled_events"])
    assert stage.secret(service_manifest.STRIPE_SIGNING_SECRET) != before
    assert len(documents.find(Query("inbox", limit=10_000))) >= len(set(stream.made))
    assert delivered_with(stage, before) == 200, "the secret before has to stay valid"


def delivered_with(stage, secret):
    """Return what the door answers to an event that is signed with this secret."""
    body = json.dumps({"id": f"evt_{time.time_ns()}", "type": "a.kind", "data": {"object": {}}}).encode()
    now = int(time.time())
    with edge.opened(stage) as door:
        header = f"t={now},v1={stripe_signatures.sign(body, secret, now)}"
        return door.post("/webhooks/stripe", body, {"Stripe-Signature": header}).status
