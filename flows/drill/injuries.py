"""Injuries to the clouds: each is made in the running rehearsal as the world would make it, and healed afterwards."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import httpx

from flows.device import SIGNUP, Intent, signed_in
from flows.proofs.rehearsed import Rehearsed
from flows.waiting import wait_for
from handlers.doors.signed_webhooks import FRESH
from handlers.outside import google_clients
from handlers.senders import stripe_signatures
from handlers.service_manifest import CRM, PAYMENTS, QUEUES, STRIPE_SIGNING_SECRET
from localcloud.base import internal_traffic, ports, tokens
from localcloud.base.world import Resource, World

PLAN = "launch-flow"
WEBHOOK = "/webhooks/stripe"
MINUTELY = "reconcile-minute"  # the job of infra/schedule.py
RULESET, RECORD = "cloudflare:index/ruleset:Ruleset", "cloudflare:index/dnsRecord:DnsRecord"
PACK = "cloudflare:index/certificatePack:CertificatePack"
JOB = "gcp:cloudscheduler/job:Job"
TASK = "task"  # the journal's kind of what becomes of tasks
FIREWALL = "http_request_firewall_custom"
NOWHERE = "192.0.2.1"  # an address for examples, RFC 5737: nobody is there
SHORTEST = 14  # days; Cloudflare orders no certificate for a shorter time
GIVEN_UP = timedelta(days=4)  # longer than an event is tried
AT_ONCE = 16
FEW_ENOUGH = 64  # slow answers that a quarter of an hour of other requests does not outnumber
PATIENT = 300.0  # seconds until work has settled, on a busy machine too
LEARNING = 3 * FRESH  # seconds until a door has learned of a new secret, on a busy machine too
PAUSE = 2.0  # seconds between two attempts
MINUTES_A_TRY = 4  # `Stuck` asks for three attempts in a quarter of an hour
EVENTS = 2  # that Stripe delivers of one subscription
UNSETTLED = ("received", "processing", "failed")


Inputs = Mapping[str, Any]


@dataclass
class Drilled:
    """The rehearsal in hand, and what its buyers own; deliveries get numbers, so that each is an event of its own."""

    rehearsed: Rehearsed
    secret: str
    things: Sequence[Mapping[str, Any]] = ()
    sent: int = 0
    failing: int = 1
    held: int = 0
    held_since: int = 0
    ids: list[str] = field(default_factory=list)

    @property
    def world(self) -> World:
        """The world behind."""
        return self.rehearsed.world

    def deliver(self, count: int, mark: str = "good", *, secret: str = "", is_live: bool = False) -> list[str]:
        """Send so many signed events as Stripe does; return their ids."""
        numbers = range(self.sent, self.sent + count)
        self.sent += count
        with ThreadPoolExecutor(AT_ONCE) as pool:
            answered = list(pool.map(lambda each: self._deliver(each, mark, secret or self.secret, is_live), numbers))
        return [id_ for id_, _ in answered]

    def deliver_until_taken(self, mark: str, secret: str) -> None:
        """Send signed events until the door takes one and it has come to its end.

        A door asks for newer secrets now and then only, so it may turn away what the newest secret signed for a while.
        Raises TimeoutError when it goes on doing so.
        """

        def sent() -> tuple[str, int]:
            self.sent += 1
            return self._deliver(self.sent - 1, mark, secret, is_live=False)

        (id_, status), _ = wait_for(sent, lambda answered: answered[1] == HTTPStatus.OK, LEARNING, PAUSE)
        if status != HTTPStatus.OK:
            raise TimeoutError(f"{WEBHOOK} answers {status} to what the newest secret signed; see ./launch logs")
        self.settled([id_])

    def deliver_well(self, count: int) -> None:
        """Send so many good ones, and wait for each round to end: two of one buyer at a time would be in the way."""
        for first in range(0, count, len(self.things)):
            self.settled(self.deliver(min(len(self.things), count - first)))

    def forge(self, count: int) -> None:
        """Send so many requests whose signatures are wrong: they are turned away, and count as answered."""
        scene = self.rehearsed.scene
        with ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(lambda _: scene.edge.post(WEBHOOK, b"{}", {"Stripe-Signature": "t=1,v1=00"}), range(count)))

    def _deliver(self, number: int, mark: str, secret: str, is_live: bool) -> tuple[str, int]:
        """Send the event of a number; return its id and the status of the answer."""
        scene = self.rehearsed.scene
        id_ = f"evt_drill{mark}{number}{scene.stage.run}"
        thing = self.things[number % len(self.things)]
        said = {"id": id_, "type": "customer.subscription.updated", "livemode": is_live, "data": {"object": thing}}
        body, now = json.dumps(said).encode(), int(time.time())
        header = stripe_signatures.header(body, secret, now)
        return id_, scene.edge.post(WEBHOOK, body, {"Stripe-Signature": header}).status

    def sweep(self, name: str) -> None:
        """Make the call of a sweep now, as "force run" of Cloud Scheduler does; raises httpx.HTTPError on a refusal."""
        job = next(made for made in self.world.resources(JOB) if str(made.inputs["name"]).endswith(f"-{name}"))
        target, home = job.inputs["httpTarget"], self.world.path.parent
        account, audience = target["oidcToken"]["serviceAccountEmail"], target["oidcToken"]["audience"]
        headers = {
            **internal_traffic.headers(home),
            "Authorization": f"Bearer {tokens.id_token(home, account, audience, time.time())}",
            "Host": urlsplit(target["uri"]).netloc,
        }
        at = f"http://{ports.load(home).address('run')}{urlsplit(target['uri']).path}"
        httpx.post(at, headers=headers, timeout=PATIENT, trust_env=False).raise_for_status()

    def settled(self, ids: Sequence[str]) -> None:
        """Wait until these events have come to their end; raises TimeoutError when they do not."""
        wanted, scene = set(ids), self.rehearsed.scene
        left, _ = wait_for(lambda: wanted & set(scene.events_in(UNSETTLED)), lambda found: not found, PATIENT)
        if left:
            raise TimeoutError(f"{len(left)} deliveries are still on their way; see ./launch events list")


def prepared(rehearsed: Rehearsed, buyers: int = 30) -> Drilled:
    """Return the rehearsal with buyers whose subscriptions deliveries can be about."""
    scene = rehearsed.scene
    users = [scene.stage.user_id(f"drill{number}") for number in range(buyers)]
    things = [scene.vendors.subscribe_directly(user, PLAN)["data"]["object"] for user in users]
    return Drilled(rehearsed, scene.stage.secret(STRIPE_SIGNING_SECRET), things)


@contextmanager
def given_up(drilled: Drilled) -> Iterator[None]:
    """Have `failing` deliveries fail for longer than they are tried: time is moved in their records."""
    store = drilled.rehearsed.scene.stage.documents()
    with paused_queue(drilled, PAYMENTS):
        ids = drilled.deliver(drilled.failing, "bad")
        for id_ in ids:
            store.document(f"inbox/{id_}").update({"receivedAt": datetime.now(UTC) - GIVEN_UP})
    store.close()
    drilled.settled(ids)
    yield


@contextmanager
def blocked_at_the_edge(drilled: Drilled) -> Iterator[None]:
    """Have the edge's firewall turn away what Stripe delivers of two buyers or more; the handlers behind stay healthy.

    The sweep of the hour then asks Stripe what it could not deliver, as Cloud Scheduler has it do.
    """
    scene = drilled.rehearsed.scene
    rule = {
        "action": "block",
        "enabled": True,
        "ref": "by_hand",
        "description": "drill",
        "expression": f'http.request.uri.path eq "{WEBHOOK}"',
    }
    with _changed(drilled.world, RULESET, lambda made: made.get("phase") == FIREWALL) as change:
        change(lambda made: {"rules": [rule, *made.get("rules", ())]})
        for number in range(max(2, -(-drilled.failing // EVENTS))):
            scene.vendors.subscribe_directly(scene.stage.user_id(f"drillblocked{number}{drilled.sent}"), PLAN)
        drilled.sweep("hour")
        yield


@contextmanager
def failing_door(drilled: Drilled) -> Iterator[None]:
    """Have the database refuse what deliveries with the mark `err` keep, so that the door answers with an error."""
    with drilled.rehearsed.scene.vendors.failing("firestore", "503", "serviceAccount:intake@", "evt_drillerr"):
        yield


@contextmanager
def slow_door(drilled: Drilled) -> Iterator[None]:
    """Have the database keep deliveries with the mark `slow` waiting, so that the door answered after seconds."""
    with drilled.rehearsed.scene.vendors.failing("firestore", "slow", "serviceAccount:intake@", "evt_drillslow"):
        drilled.ids += drilled.deliver(FEW_ENOUGH, "slow")
    yield


@contextmanager
def slow_crm(drilled: Drilled) -> Iterator[None]:
    """Have the CRM keep every answer back for longer than anybody waits, while users sign up."""
    scene = drilled.rehearsed.scene
    drilled.held, drilled.held_since = 0, max((each.seq for each in drilled.world.journal(TASK)), default=0)
    with scene.vendors.failing("crm", "hold"):
        for number in range(QUEUES[CRM].at_once):
            device = signed_in(scene, f"drillcrm{number}")
            device.send(Intent(SIGNUP, "signup", {"name": "Synthetic"}))
        yield


def tried_in_vain(drilled: Drilled) -> None:
    """Wait until the CRM has been tried as often as the alert asks for by this minute.

    An attempt ends after ten seconds on every machine, a minute of the drill on a fast one in a third of a second.
    Raises TimeoutError when the queue does not go on trying.
    """
    drilled.held += 1
    wanted = -(-drilled.held // MINUTES_A_TRY)
    tried, _ = wait_for(lambda: _attempts(drilled), lambda tries: tries >= wanted, PATIENT)
    if tried < wanted:
        raise TimeoutError(f"the CRM's queue made {tried} attempts while the CRM was held, not {wanted}")


def _attempts(drilled: Drilled) -> int:
    """Return how often the CRM's queue has tried its tasks since the CRM is held."""
    entries = drilled.world.journal(TASK, since=drilled.held_since)
    return sum(each.data["event"] == "attempt" and f"/queues/{CRM}/" in each.subject for each in entries)


@contextmanager
def paused_queue(drilled: Drilled, name: str) -> Iterator[None]:
    """Pause a queue, as somebody does at the console."""
    stage = drilled.rehearsed.scene.stage
    with google_clients.tasks(stage.environ) as tasks:
        found = next(
            queue.name
            for location in {path.split("/")[3] for path in _queues(drilled.world)}
            for queue in tasks.list_queues(parent=f"projects/{stage.project}/locations/{location}")
            if queue.name.endswith(f"/{name}")
        )
        tasks.pause_queue(name=found)
        try:
            yield
        finally:
            tasks.resume_queue(name=found)


@contextmanager
def stuck_queue(drilled: Drilled) -> Iterator[None]:
    """Pause the payments' queue; `waiting_longer` has more come."""
    with paused_queue(drilled, PAYMENTS):
        waiting_longer(drilled)
        yield


def waiting_longer(drilled: Drilled) -> None:
    """Send one more delivery into the queue that is paused."""
    drilled.ids += drilled.deliver(1, "stuck")


@contextmanager
def missed_sweep(drilled: Drilled) -> Iterator[None]:
    """Have the calls of each minute's sweep go to a door that does not know them: none runs, and its job fails."""
    with _changed(drilled.world, JOB, lambda made: str(made.get("name")) == MINUTELY) as change:
        change(_astray)
        yield


@contextmanager
def quiet_nights(drilled: Drilled) -> Iterator[None]:
    """Switch the job of the night off, so that a drill that passes it meets no differences from before."""
    with _changed(drilled.world, JOB, lambda made: str(made.get("name")).endswith("-night")) as change:
        change(lambda _: {"paused": True})
        yield


def _astray(made: Inputs) -> Inputs:
    quickly = {"retryCount": 3, "minBackoffDuration": "1s", "maxBackoffDuration": "2s"}
    return {"httpTarget": {**made["httpTarget"], "uri": f"{made['httpTarget']['uri']}-astray"}, "retryConfig": quickly}


@contextmanager
def dead_site(drilled: Drilled) -> Iterator[None]:
    """Have the API's name lead to an address where nobody is."""
    host = drilled.rehearsed.scene.stage.api_host
    with _changed(drilled.world, RECORD, lambda made: made.get("name") == host and made.get("proxied")) as change:
        change(lambda _: {"content": NOWHERE})
        yield


@contextmanager
def ending_certificate(drilled: Drilled) -> Iterator[None]:
    """Order a certificate that is good for the shortest time, and renew it never."""
    host = drilled.rehearsed.scene.stage.api_host
    (zone,) = {str(made.inputs["zoneId"]) for made in drilled.world.resources(RECORD) if made.inputs["name"] == host}
    inputs = {"zoneId": zone, "hosts": [host], "type": "advanced", "validityDays": SHORTEST}
    drilled.world.put(Resource(PACK, "by-hand", "by-hand", inputs, inputs))
    try:
        yield
    finally:
        drilled.world.remove(PACK, "by-hand")


@contextmanager
def _changed(
    world: World, type_: str, is_meant: Callable[[Inputs], object]
) -> Iterator[Callable[[Callable[[Inputs], Inputs]], None]]:
    """Give what changes the resources that are meant, and put them back afterwards."""
    before = [made for made in world.resources(type_) if is_meant(made.inputs)]

    def change(how: Callable[[Inputs], Inputs]) -> None:
        for made in before:
            new = how(made.inputs)
            world.put(replace(made, inputs={**made.inputs, **new}, outputs={**made.outputs, **new}))

    try:
        yield change
    finally:
        for made in before:
            world.put(made)


def _queues(world: World) -> list[str]:
    made = world.resources("gcp:cloudtasks/queue:Queue")
    return [f"projects/-/locations/{each.inputs['location']}/queues/{each.inputs['name']}" for each in made]


CRM_QUEUE, PAYMENTS_QUEUE = {"queue_id": CRM}, {"queue_id": PAYMENTS}
"""The labels by which the incidents of two queues are told apart."""
MINUTELY_JOB = {"job_id": MINUTELY}
