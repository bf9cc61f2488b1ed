"""Delivers events to their services, at least once and in any order, as Eventarc does over Pub/Sub."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from localcloud import iam
from localcloud.base import internal_traffic, tokens
from localcloud.base.authority import Authority
from localcloud.base.network import Endpoint
from localcloud.base.world import World
from localcloud.eventarc.event_queue import Event, EventQueue
from localcloud.eventarc.triggers import Trigger

LOOK = 0.2  # seconds between two looks; another process publishes
AT_ONCE = 20
DEADLINE = 60.0  # seconds that a service has; longer than a request of ours may take
RECEIVE = "eventarc.events.receiveEvent"

Route = Callable[[str], Endpoint | None]


class EventDelivery:
    """One for each world; `route` says where a host name is served, `clock` gives seconds since the epoch."""

    def __init__(self, home: Path, world: World, route: Route, clock: Callable[[], float]) -> None:
        self._home = home
        self._world = world
        self._route = route
        self._clock = clock
        self._events = EventQueue(world)
        self._trust = Authority(home).client_context()
        self._in_flight: set[str] = set()

    async def run(self) -> None:
        """Deliver until cancelled; what is cut off by that is delivered again at the next start."""
        async with asyncio.TaskGroup() as attempts:
            while True:
                for event in self._events.due(self._clock(), AT_ONCE):
                    if event.id not in self._in_flight:
                        self._in_flight.add(event.id)
                        attempts.create_task(self._attempt(event))
                await asyncio.sleep(LOOK)

    async def _attempt(self, event: Event) -> None:
        try:
            trigger = self._events.trigger_of(event)
            if trigger is None:
                self._events.drop(event, "its trigger is gone")
                return
            status, message = await self._sent(event, trigger)
            if status is not None and HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
                self._events.done(event, status)
            else:
                self._events.failed(event, status, message, self._clock())
        finally:
            self._in_flight.discard(event.id)

    async def _sent(self, event: Event, trigger: Trigger) -> tuple[int | None, str]:
        member, project = f"serviceAccount:{trigger.account}", f"projects/{trigger.project}"
        if not iam.allows(self._world, member, RECEIVE, project):
            iam.denied(self._world, member, RECEIVE, project)
            return None, f"{member} may not receive events; grant it roles/eventarc.eventReceiver"
        host = urlsplit(trigger.base).hostname or ""
        endpoint = self._route(host)
        if endpoint is None:
            return None, f"the rehearsal has no way to {host}"
        bearer = tokens.id_token(self._home, trigger.account, trigger.base, self._clock())
        headers = {
            **_in_bytes(event.headers),
            **_in_bytes(internal_traffic.headers(self._home)),
            b"Host": host.encode(),
            b"User-Agent": b"APIs-Google; (+https://developers.google.com/webmasters/APIs-Google.html)",
            b"Authorization": f"Bearer {bearer}".encode(),
        }
        scheme = "https" if endpoint.tls else "http"
        url = f"{scheme}://{endpoint.host}:{endpoint.port}{trigger.path}"
        try:
            async with httpx.AsyncClient(verify=self._trust, trust_env=False, timeout=DEADLINE) as client:
                answer = await client.post(
                    url, headers=headers, content=event.body, extensions={"sni_hostname": endpoint.server_name}
                )
        except (httpx.HTTPError, OSError) as error:
            return None, f"{host} could not be reached: {error or type(error).__name__}"
        return answer.status_code, f"HTTP status code {answer.status_code}"


def _in_bytes(headers: Mapping[str, str]) -> dict[bytes, bytes]:
    """Return headers as Eventarc sends them: raw UTF-8, where CloudEvents' HTTP binding (3.1.3.2) has percent signs.

    Spaces at the end get lost, as in any header. Seen by firebase/firebase-functions#1459 and #1922.
    """
    return {name.encode(): value.strip(" ").encode() for name, value in headers.items()}
