"""Plays faults on an ASGI application that uvicorn serves."""

from __future__ import annotations

import asyncio
import socket
import struct

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from localcloud.faults.fault import SLOW, Fault, Kind
from localcloud.faults.table import Faults

OWN = "/_rehearsal/"  # paths that no fault befalls: they are ours, not the vendor's
LATE = 60.0  # seconds after which a server that never answers hangs up
NO_LINGER = struct.pack("ii", 1, 0)  # SO_LINGER on, 0 s: closing sends RST instead of FIN (socket(7))


class Faulty:
    """ASGI middleware around everything that a stand-in does. `target` is the stand-in's name."""

    def __init__(self, app: ASGIApp, faults: Faults, target: str) -> None:
        self._app = app
        self._faults = faults
        self._target = target

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or play the fault that it meets."""
        if scope["type"] != "http" or scope["path"].startswith(OWN) or not self._faults.on(self._target):
            await self._app(scope, receive, send)
            return
        body = await Request(scope, receive).body()
        text = f"{scope['method']} {scope['path']}\n{body.decode('utf-8', 'replace')}"
        fault = await run_in_threadpool(self._faults.befalling, self._target, text)
        exchange = _Exchange(scope, body, receive, send)
        if fault is None:
            await exchange.act(self._app, send)
        else:
            await self._play(fault, exchange)

    async def _play(self, fault: Fault, exchange: _Exchange) -> None:
        if fault.kind.status:
            await exchange.refuse(fault.kind.status)
        elif fault.kind is Kind.RESET:
            await exchange.break_off(reset=True)
        elif fault.kind in {Kind.SLOW, Kind.HOLD}:
            await self._wait(fault, SLOW if fault.kind is Kind.SLOW else fault.seconds)
            await exchange.act(self._app, exchange.send)
        else:
            await self._keep_back(fault, exchange)

    async def _keep_back(self, fault: Fault, exchange: _Exchange) -> None:
        """Do the work, and then less than answer."""
        answer: list[Message] = []
        await exchange.act(self._app, _into(answer))
        if fault.kind is Kind.LATE:
            await self._wait(fault, LATE)
            await exchange.break_off()
            return
        if fault.kind is Kind.HOLD_AFTER:
            await self._wait(fault, fault.seconds)
        for message in _halved(answer) if fault.kind is Kind.CUT else answer:
            await exchange.send(message)
        if fault.kind is Kind.CUT:
            await exchange.break_off()

    async def _wait(self, fault: Fault, seconds: float) -> None:
        for pause in self._faults.waiting(fault, seconds):
            await asyncio.sleep(pause)


class _Exchange:
    """One request whose body was read already, and the connection it came by."""

    def __init__(self, scope: Scope, body: bytes, receive: Receive, send: Send) -> None:
        self._scope = scope
        self._body = body
        self._receive = receive
        self.send = send

    async def act(self, app: ASGIApp, send: Send) -> None:
        parts: list[Message] = [{"type": "http.request", "body": self._body, "more_body": False}]

        async def receive() -> Message:
            return parts.pop() if parts else await self._receive()

        await app(self._scope, receive, send)

    async def refuse(self, status: int) -> None:
        headers = {"Retry-After": "1"} if status in {429, 503} else None
        answer = PlainTextResponse(f"The rehearsal answers {status} here on purpose.", status, headers)
        await answer(self._scope, self._receive, self.send)

    async def break_off(self, *, reset: bool = False) -> None:
        """End the connection under the answer; uvicorn binds `send` to the cycle that holds the transport."""
        transport = self.send.__self__.transport  # type: ignore[attr-defined]
        if reset:
            transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_LINGER)
            transport.abort()
        else:
            transport.close()
        while (await self._receive())["type"] != "http.disconnect":
            pass  # so that uvicorn knows of the end before we return


def _halved(answer: list[Message]) -> list[Message]:
    """Return the answer with its promised length and half its body."""
    start, body = answer[0], b"".join(message.get("body", b"") for message in answer[1:])
    return [start, {"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True}]


def _into(answer: list[Message]) -> Send:
    async def keep(message: Message) -> None:
        answer.append(message)

    return keep
