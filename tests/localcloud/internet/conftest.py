import asyncio
import socket
import ssl
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from localcloud.base import ports, process
from localcloud.base.authority import Authority
from localcloud.base.world import World
from localcloud.internet.proxy import serve


@dataclass
class Internet:
    """A proxy of its own in a temporary home, and what a test needs to use it."""

    home: Path
    ports: ports.Ports
    world: World

    @property
    def ca(self) -> str:
        return str(Authority(self.home).ca_file)

    @property
    def proxies(self) -> dict[str, str]:
        return {"https": f"http://{self.ports.address('proxy')}", "http": f"http://{self.ports.address('proxy')}"}

    def ask(self, text: str) -> bytes:
        """Send raw bytes to the proxy and return all that comes back."""
        with socket.create_connection(("127.0.0.1", self.ports["proxy"]), timeout=5) as connection:
            connection.sendall(text.encode())
            return b"".join(iter(lambda: connection.recv(4096), b""))

    def tunnel(self, name: str) -> socket.socket:
        """Return a connection for which the proxy has answered 200 to CONNECT."""
        connection = socket.create_connection(("127.0.0.1", self.ports["proxy"]), timeout=5)
        connection.sendall(f"CONNECT {name}:443 HTTP/1.1\r\nHost: {name}:443\r\n\r\n".encode())
        head = connection.recv(4096)
        assert head.startswith(b"HTTP/1.1 200"), head
        return connection

    def trusting(self, *alpn: str) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=self.ca)
        if alpn:
            context.set_alpn_protocols(list(alpn))
        return context


@pytest.fixture
def internet(tmp_path):
    known = ports.allocate(tmp_path)
    world = World(tmp_path / "world.db")
    with process.on_thread(serve(tmp_path)):
        yield Internet(tmp_path, known, world)
    world.close()


@pytest.fixture
def stand_in():
    """Return a function (port, answer, tls=None) → context manager: a server whose `answer(reader)` makes the bytes."""
    return lambda port, answer, tls=None: process.on_thread(listening(port, answer, tls))


@asynccontextmanager
async def listening(port, answer, tls):
    talks = set()

    async def handle(reader, writer):
        talks.add(asyncio.current_task())
        try:
            with suppress(EOFError):
                writer.write(await answer(reader))
                await writer.drain()
            writer.close()
            await writer.wait_closed()
        finally:
            writer.transport.abort()

    server = await asyncio.start_server(handle, "127.0.0.1", port, ssl=tls)
    yield
    server.close()
    for talk in talks:
        talk.cancel()
    await asyncio.gather(*talks, return_exceptions=True)
    await asyncio.sleep(0)  # in which aborted connections are lost
