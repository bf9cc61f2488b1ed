"""Google's front end: lets a request in or refuses it, gives it to an instance, and answers for one that cannot."""

from __future__ import annotations

import asyncio
import random
import secrets
import time
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

from starlette.types import Receive, Scope, Send

from localcloud import iam
from localcloud.base import connection_pool, internal_traffic, tokens
from localcloud.base.connection_pool import ConnectionPool
from localcloud.base.watch import Watched
from localcloud.base.world import World
from localcloud.run import error_pages, load_balancer, trace
from localcloud.run.admission import PERMISSION, Refusal, Via, check_identity, check_network, without_signature
from localcloud.run.fleet import Fleet
from localcloud.run.forward import ClientGone, Exchange, Headers, TooLarge, forward
from localcloud.run.instance import Instance
from localcloud.run.journal import REQUEST, Journal
from localcloud.run.revision import CANNOT_START, Saturated
from localcloud.run.services import Service

BACKBONE = internal_traffic.HEADER.lower().encode()


@dataclass
class Passage:
    """A request on its way: headers to send on, the way it came, and for the journal who served it."""

    exchange: Exchange
    headers: Headers
    via: Via
    host: str
    path: str
    revision: str = ""

    def header(self, name: bytes) -> str:
        """Return the header's value, empty when there is none."""
        return next((value.decode("latin-1") for key, value in self.headers if key == name), "")


class FrontEnd:
    """Serves the run.app host names (`public`) and what the load balancer lets through (`balanced`), as ASGI apps."""

    def __init__(self, home: Path, world: World, fleet: Fleet, journal: Journal, pool: ConnectionPool) -> None:
        self._home = home
        self._world = world
        self._fleet = fleet
        self._journal = journal
        self._pool = pool
        self._gateway = Watched(world, load_balancer.read)

    async def public(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request at a run.app address."""
        passage = _passage(scope, receive, send, Via.INTERNET)
        marks = [value for name, value in passage.headers if name == BACKBONE]
        if any(internal_traffic.is_inside(self._home, mark) for mark in marks):
            passage.via = Via.BACKBONE
        await self._serve(passage, self._fleet.at_host(passage.host))

    async def balanced(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request at the load balancer's address."""
        passage = _passage(scope, receive, send, Via.GATEWAY)
        name = self._gateway.current().service(passage.host, passage.path)
        await self._serve(passage, self._fleet.named(name) if name else None)

    def certified(self, host: str) -> bool:
        """Tell whether the load balancer has a certificate for the host name."""
        return self._gateway.current().has_certificate(host)

    async def _serve(self, passage: Passage, found: Service | None) -> None:
        began = time.monotonic()
        try:
            service = check_network(found, passage.via, passage.path)
            check_identity(
                service,
                passage.header(b"authorization"),
                lambda token: self._caller(service, token),
                lambda member: self._may_enter(member, service),
            )
            async with asyncio.timeout(service.template.timeout):
                await self._dispatch(passage, service)
        except Refusal as refusal:
            await _refuse(passage.exchange, refusal)
        except TimeoutError:
            await _refuse(passage.exchange, Refusal(HTTPStatus.GATEWAY_TIMEOUT, "upstream request timeout"))
        except ClientGone:
            pass
        finally:
            self._report(passage, found, time.monotonic() - began)

    def _may_enter(self, member: str, service: Service) -> bool:
        may = iam.allows(self._world, member, PERMISSION, service.resource)
        if member and not may:  # without one it is asked whether anyone may, which refuses nobody yet
            iam.denied(self._world, member, PERMISSION, service.resource)
        return may

    async def _dispatch(self, passage: Passage, service: Service) -> None:
        try:
            revision = await self._fleet.deployment(service).serving(random.random())  # noqa: S311 - shares, no secret
            async with revision.slot() as instance:
                passage.revision = revision.name
                await self._hand_over(passage, service, instance)
        except Saturated:
            raise Refusal(HTTPStatus.TOO_MANY_REQUESTS, "Rate exceeded.") from None
        except TooLarge:
            raise Refusal(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "The client's request was too large.") from None
        except CANNOT_START as error:
            raise Refusal(HTTPStatus.SERVICE_UNAVAILABLE, "The instance could not start successfully.") from error
        except connection_pool.FAILURES as error:
            raise Refusal(HTTPStatus.SERVICE_UNAVAILABLE, "The connection to the instance had an error.") from error

    async def _hand_over(self, passage: Passage, service: Service, instance: Instance) -> None:
        lb = self._gateway.current().address if passage.via is Via.GATEWAY else ""
        try:
            await forward(passage.exchange, self._pool, instance.port, _for_instance(passage, service, lb))
        except connection_pool.FAILURES:
            await instance.part()  # so that the next request does not meet the same end
            raise

    def _caller(self, service: Service, token: str) -> str | None:
        for audience in service.audiences:
            try:
                return tokens.id_caller(self._home, token, audience, time.time())
            except tokens.InvalidTokenError:
                continue
        return None

    def _report(self, passage: Passage, service: Service | None, seconds: float) -> None:
        data = {
            "method": passage.exchange.scope["method"],
            "path": passage.path,
            "status": passage.exchange.status or 499,
            "seconds": round(seconds, 4),
            "via": passage.via.value,
            "revision": passage.revision,
        }
        self._journal.add(REQUEST, service.name if service else passage.host, data)


def _passage(scope: Scope, receive: Receive, send: Send, via: Via) -> Passage:
    headers: Headers = list(scope["headers"])
    host = next((value.decode("latin-1") for name, value in headers if name == b"host"), "")
    return Passage(Exchange(scope, receive, send), headers, via, host.partition(":")[0].lower(), scope["path"])


def _for_instance(passage: Passage, service: Service, balancer_address: str) -> Headers:
    """Return the headers as the container gets them: with the way the request took, without our own mark."""
    client = passage.exchange.scope["client"][0]
    hops = [passage.header(b"x-forwarded-for"), client, balancer_address]
    added = {
        "x-forwarded-for": ",".join(hop for hop in hops if hop),
        "x-forwarded-proto": "https",
        "forwarded": f"for={client};proto=https",
        **trace.headers(
            passage.header(b"traceparent"),
            passage.header(b"x-cloud-trace-context"),
            secrets.randbits(128),
            secrets.randbits(64),
        ),
    }
    if balancer_address:
        added["via"] = "1.1 google"
    if service.invoker_checked and passage.header(b"authorization"):
        added["authorization"] = without_signature(passage.header(b"authorization"))
    replaced = {name.encode() for name in added} | {BACKBONE}
    kept = [(name, value) for name, value in passage.headers if name not in replaced]
    return kept + [(name.encode(), value.encode("latin-1")) for name, value in added.items()]


async def _refuse(exchange: Exchange, refusal: Refusal) -> None:
    """Answer with Google's page; when the answer has begun already, break it off."""
    if exchange.status is not None:
        raise ConnectionAbortedError(refusal.sentence)
    headers, body = error_pages.error(refusal.status, refusal.sentence)
    if refusal.challenge:
        headers = {**headers, "www-authenticate": refusal.challenge}
    encoded = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    await exchange.answer(refusal.status, encoded, body, more=False)
