from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from localcloud import ports, process, web
from localcloud.authority import Authority
from localcloud.edge.server import serve
from localcloud.world import Resource, World

ZONE = "z" * 32


async def site(scope: Any, receive: Any, send: Any) -> None:
    """An origin that says what it was asked, and sets a cookie below /cookie."""
    extra = [(b"set-cookie", b"a=b")] if scope["path"].startswith("/cookie") else []
    headers = dict(scope["headers"])
    body = b" ".join([headers[b"host"], scope["raw_path"], headers.get(b"cf-connecting-ip", b"?")])
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain"), *extra]})
    await send({"type": "http.response.body", "body": body})


@pytest.fixture
def home(tmp_path: Path) -> Path:
    ports.allocate(tmp_path)
    return tmp_path


@pytest.fixture
def put(home: Path) -> Iterator[Callable[..., None]]:
    """Put a resource of the zone into the world."""
    world = World(home / "world.db")

    def resource(kind: str, id_: str, **inputs: Any) -> None:
        token = f"cloudflare:index/{kind[0].lower()}{kind[1:]}:{kind}"
        world.put(Resource(token, id_, f"urn:{id_}", {"zoneId": ZONE} | inputs))

    resource("Zone", ZONE, name="acme.test")
    for name, content in (("acme.test", "acme.hosting.test"), ("nowhere.acme.test", "elsewhere.example")):
        resource("DnsRecord", name, name=name, type="CNAME", content=content, proxied=True)
    resource("DnsRecord", "www", name="www.acme.test", type="AAAA", content="100::", proxied=True)
    resource("DnsRecord", "grey", name="grey.acme.test", type="A", content="203.0.113.1", proxied=False)
    yield resource
    world.close()


@pytest.fixture
def visit(home: Path, put: Callable[..., None]) -> Iterator[Callable[..., httpx.Response]]:
    """Ask the running edge for a URL, by its host name."""
    known = ports.load(home)
    with (
        process.on_thread(web.serving(site, known["site"])),
        process.on_thread(serve(home)),
        httpx.Client(verify=Authority(home).client_context(), trust_env=False) as client,
    ):

        def get(url: str, method: str = "GET", **headers: str) -> httpx.Response:
            parts = httpx.URL(url)
            address = parts.copy_with(host="127.0.0.1", port=known[parts.scheme])
            sni = {"sni_hostname": parts.host}
            return client.request(method, address, headers={"Host": parts.host} | headers, extensions=sni)

        yield get
