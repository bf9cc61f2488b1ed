from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from localcloud.base import ports, process, web
from localcloud.base.authority import Authority
from localcloud.base.ports import LOOPBACK, Ports
from localcloud.base.world import Resource, World
from localcloud.edge import server

ZONE = "z" * 32
GATEWAY = "203.0.113.7"
Put = Callable[..., None]
Headers = dict[str, str]


@dataclass
class Site:
    """An origin that answers by path as it was told (status, headers, body), else with what it was asked."""

    pages: dict[str, tuple[int, Headers, bytes]] = field(default_factory=dict)
    seen: list[tuple[str, str, Headers, bytes]] = field(default_factory=list)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        headers = {name.decode(): value.decode("latin-1") for name, value in scope["headers"]}
        target = scope["raw_path"].decode() + (f"?{scope['query_string'].decode()}" if scope["query_string"] else "")
        body, more = b"", True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        self.seen.append((scope["method"], target, headers, body))
        status, own, text = self.pages.get(scope["path"], (200, {}, f"{headers['host']} {target}".encode()))
        raw = [(name.encode(), value.encode()) for name, value in own.items()]
        await send({"type": "http.response.start", "status": status, "headers": raw})
        await send({"type": "http.response.body", "body": text})


@dataclass
class Host:
    """The web host that all tests share, with the site of the present one."""

    port: int
    site: Site = field(default_factory=Site)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self.site(scope, receive, send)


@pytest.fixture(scope="session")
def web_host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    host = Host(ports.allocate(tmp_path_factory.mktemp("host"))["site"])
    with process.on_thread(web.serving(host, host.port)):
        yield host


@pytest.fixture
def home(tmp_path: Path, web_host: Host) -> Path:
    chosen = ports.allocate(tmp_path) | {"site": web_host.port}
    (tmp_path / "ports.json").write_text(json.dumps(chosen))
    return tmp_path


@pytest.fixture
def known(home: Path) -> Ports:
    return ports.load(home)


@pytest.fixture
def world(home: Path) -> Iterator[World]:
    world = World(home / "world.db")
    yield world
    world.close()


@pytest.fixture
def put(world: World) -> Put:
    """Put a Cloudflare resource of the zone acme.test into the world."""

    def resource(kind: str, id_: str, /, **inputs: Any) -> None:
        token = f"cloudflare:index/{kind[0].lower()}{kind[1:]}:{kind}"
        world.put(Resource(token, id_, f"urn:{id_}", {"zoneId": ZONE} | inputs))

    resource("Zone", ZONE, name="acme.test")
    for name, content in (("acme.test", "acme.hosting.test"), ("*.pr.acme.test", "acme.hosting.test")):
        resource("DnsRecord", name, name=name, type="CNAME", content=content, proxied=True)
    resource("DnsRecord", "www", name="www.acme.test", type="AAAA", content="100::", proxied=True)
    resource("DnsRecord", "api", name="api.acme.test", type="A", content=GATEWAY, proxied=True)
    resource("DnsRecord", "grey", name="grey.acme.test", type="A", content="203.0.113.1", proxied=False)
    address = {"address": GATEWAY}
    world.put(Resource("gcp:compute/globalAddress:GlobalAddress", "gateway", "urn:gateway", {}, address))
    return resource


@pytest.fixture
def setting(put: Put) -> Callable[[str, Any], None]:
    """Set a setting of the zone."""
    return lambda name, value: put("ZoneSetting", name, settingId=name, value=value)


@pytest.fixture
def ruleset(put: Put) -> Callable[..., None]:
    """Give a phase its rules, each (expression, action, action parameters and what else a rule has)."""

    def write(phase: str, *rules: tuple[str, str, dict[str, Any]]) -> None:
        made = [
            {"expression": expression, "action": action, "enabled": True, "actionParameters": parameters}
            | parameters.pop("rule", {})
            for expression, action, parameters in rules
        ]
        put("Ruleset", phase, kind="zone", phase=phase, rules=made)

    return write


@pytest.fixture
def edge(home: Path, put: Put) -> Iterator[None]:
    with server.serve(home):
        yield


@pytest.fixture
def site(web_host: Host) -> Site:
    """The founder's site on a web host without TLS."""
    web_host.site = Site()
    return web_host.site


@pytest.fixture
def visit(home: Path, known: Ports, edge: None, site: Site) -> Iterator[Callable[..., httpx.Response]]:
    """Ask the running edge for a URL, by its host name."""
    alone = httpx.Limits(max_keepalive_connections=0)  # a connection is for one server name
    with httpx.Client(verify=Authority(home).client_context(), trust_env=False, timeout=10, limits=alone) as client:

        def ask(url: str, method: str = "GET", **options: Any) -> httpx.Response:
            parts = httpx.URL(url)
            headers = {"Host": parts.host} | options.pop("headers", {})
            address = parts.copy_with(host=LOOPBACK, port=known[parts.scheme])
            return client.request(
                method, address, headers=headers, extensions={"sni_hostname": options.pop("sni", parts.host)}, **options
            )

        yield ask


@pytest.fixture
def tool() -> Callable[[str], str]:
    """Return the path of a program that is used where it is installed."""

    def find(name: str) -> str:
        found = shutil.which(name)
        if found is None:
            pytest.skip(f"left out: {name} is not installed")
        return found

    return find
