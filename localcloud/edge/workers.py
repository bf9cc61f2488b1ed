"""Workers: scripts of the account that answer at routes of its zones, each in a Node.js process of its own.

Simulated: Node.js stands for Cloudflare's runtime, with the same web standards (Request, Response, fetch), made to do
as workerd does where the two differ, and none of the rest (bindings, KV, cache API, limits). Source:
developers.cloudflare.com/workers/configuration/routing/routes.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import httpcore

from localcloud.base.ports import Ports
from localcloud.base.watch import Watched
from localcloud.base.world import World
from localcloud.edge.http_message import Answer, Chunks, Headers, Request, Response, page, without

SCRIPT = "cloudflare:index/workersScript:WorkersScript"
ROUTE = "cloudflare:index/workersRoute:WorkersRoute"
HARNESS = Path(__file__).with_name("worker.mjs")
STARTED = 10.0  # seconds that a script may take to load
ANSWERED = 30.0  # seconds

FAILURES = (OSError, TimeoutError, httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError)

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Route:
    """A pattern of host and path in which `*` stands for anything, and the script that answers there."""

    pattern: str
    script: str

    def matches(self, request: Request) -> bool:
        """Tell whether the request's URL, without its scheme and query, fits the pattern as a whole."""
        wanted = ".*".join(map(re.escape, self.pattern.rpartition("://")[2].split("*")))
        return re.fullmatch(wanted, f"{request.host}{request.path}") is not None


@dataclass(frozen=True)
class Deployed:
    """The scripts of now by name, and the routes, the most specific first."""

    scripts: Mapping[str, str]
    routes: Sequence[Route]


@dataclass(frozen=True)
class _Running:
    digest: str
    process: asyncio.subprocess.Process
    pool: httpcore.AsyncConnectionPool


class Workers:
    """Answers for the zones' routes; starts a script when it is first asked for and again when it has changed."""

    def __init__(self, home: Path, world: World, ports: Ports) -> None:
        self._home, self._ports = home, ports
        self._deployed = Watched(world, deployed)
        self._running: dict[str, _Running] = {}
        self._starting = asyncio.Lock()

    async def close(self) -> None:
        """End all scripts."""
        for one in self._running.values():
            await self._end(one)

    def route(self, request: Request) -> str | None:
        """Return the name of the script that answers the request, None when it goes on to the origin."""
        return next((route.script for route in self._deployed.current().routes if route.matches(request)), None)

    async def answer(self, script: str, request: Request, headers: Headers, body: Chunks | None) -> Answer:
        """Return what the script says, or Cloudflare's page for one that cannot (errors 1101 and 1042)."""
        content = self._deployed.current().scripts.get(script)
        if content is None:
            return page(request, 500, "Worker not found", f"Error 1042: there is no Worker {script}.")
        node = shutil.which("node")
        if node is None:
            said = "The rehearsal runs Workers with Node.js, which is not installed: install Node.js."
            return page(request, 501, "Not implemented", said)
        try:
            running = await self._started(node, script, content)
            return await self._asked(running, request, headers, body)
        except FAILURES as error:
            log.warning("worker %s: %r", script, error)
            return _thrown(request, script)

    async def _started(self, node: str, script: str, content: str) -> _Running:
        digest = hashlib.sha256(content.encode()).hexdigest()
        async with self._starting:
            found = self._running.get(script)
            if found and found.digest == digest and found.process.returncode is None:
                return found
            if found:
                await self._end(found)
            self._running[script] = made = await self._start(node, script, content, digest)
            return made

    async def _start(self, node: str, script: str, content: str, digest: str) -> _Running:
        folder = self._home / "workers"
        folder.mkdir(exist_ok=True)
        source, socket = folder / f"{script}.mjs", folder / f"{digest[:12]}.sock"
        source.write_text(content, encoding="utf-8")
        socket.unlink(missing_ok=True)
        process = await asyncio.create_subprocess_exec(
            *(node, str(HARNESS), str(source), str(socket), str(self._ports["proxy"])),
            stdout=asyncio.subprocess.PIPE,
            env={"NODE_EXTRA_CA_CERTS": str(self._home / "ca" / "ca.pem")},
        )
        said = await asyncio.wait_for(process.stdout.readline(), STARTED) if process.stdout else b""
        if said.strip() != b"ready":
            raise OSError(f"the script {script} did not load")
        any_number = httpcore.AsyncConnectionPool(uds=str(socket), max_connections=None, max_keepalive_connections=0)
        return _Running(digest, process, any_number)

    async def _asked(self, running: _Running, request: Request, headers: Headers, body: Chunks | None) -> Answer:
        sent = httpcore.Request(
            request.method,
            httpcore.URL(scheme=b"http", host=b"worker", port=None, target=request.target.encode("latin-1")),
            headers=[
                *((name.encode(), value.encode("latin-1")) for name, value in headers),
                (b"x-rehearsal-url", request.url.encode("latin-1")),
            ],
            content=body,
            extensions={"timeout": {"connect": STARTED, "read": ANSWERED, "write": ANSWERED, "pool": STARTED}},
        )
        response = await running.pool.handle_async_request(sent)
        pieces, broken = await _received(response)
        received = tuple((name.decode().lower(), value.decode("latin-1")) for name, value in response.headers)
        if any(name == "x-rehearsal-exception" for name, _ in received):
            return _thrown(request, "")
        kept = without(received, "connection", "keep-alive", "transfer-encoding", "content-length", "date")
        if broken:
            return Answer(Response(response.status, kept), _broken_off(pieces, broken))
        whole = b"".join(pieces)
        return Answer(Response(response.status, (*kept, ("content-length", str(len(whole))))), whole)

    async def _end(self, running: _Running) -> None:
        await running.pool.aclose()
        if running.process.returncode is None:
            running.process.kill()
            await running.process.wait()


async def _received(response: httpcore.Response) -> tuple[list[bytes], Exception | None]:
    """Return the pieces of the body, and the error by which it ended early."""
    pieces: list[bytes] = []
    try:
        async for piece in response.aiter_stream():
            pieces.append(piece)  # noqa: PERF401 - what came before the error counts
    except FAILURES as error:
        return pieces, error
    finally:
        await response.aclose()
    return pieces, None


async def _broken_off(pieces: Sequence[bytes], error: Exception) -> Chunks:
    """Give what came, and then break off as the script's source did, so that the client sees it too."""
    for piece in pieces:
        yield piece
    raise error


def deployed(world: World) -> Deployed:
    """Return the scripts and routes of the world."""
    scripts = {str(one.inputs["scriptName"]): str(one.inputs.get("content") or "") for one in world.resources(SCRIPT)}
    routes = [
        Route(str(one.inputs["pattern"]), str(one.inputs["script"]))
        for one in world.resources(ROUTE)
        if one.inputs.get("script")
    ]
    return Deployed(scripts, sorted(routes, key=lambda route: -len(route.pattern)))


def _thrown(request: Request, script: str) -> Answer:
    return page(request, 500, "Worker threw exception", f"Error 1101: the Worker {script} threw an exception.")
