"""Deliveries to names of the zone, over TLS; and what a kill leaves behind."""

from __future__ import annotations

import os
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import requests

from localcloud.base import ports
from localcloud.base.authority import Authority
from localcloud.base.network import Endpoint
from localcloud.base.process import on_thread
from localcloud.saas.server import serve


@pytest.fixture
def home(tmp_path):
    ports.allocate(tmp_path)
    return tmp_path


@pytest.fixture
def edge(home):
    """A TLS server with certificates for api.acme.test only; what it got is in `got`."""
    with _tls_server(Authority(home).context("api.acme.test", ("http/1.1",))) as server:
        yield server


class _tls_server:  # noqa: N801 - reads as a function
    def __init__(self, context: ssl.SSLContext) -> None:
        self.got: list[tuple[str, str]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                self.rfile.read(int(self.headers["Content-Length"]))
                outer.got.append((self.headers["Host"], self.path))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)
        self._server.handle_error = lambda *_: None
        self.port = self._server.server_address[1]

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()


def stripe(home, method, path, json=None):
    url = f"http://{ports.load(home).address('stripe')}{path}"
    return requests.request(method, url, json=json, headers={"Authorization": "Bearer sk_test_1"}, timeout=5).json()


def register(home, url):
    stripe(home, "POST", "/v1/webhook_endpoints", {"url": url, "enabled_events": ["*"]})


def emit(home):
    return stripe(home, "POST", "/v1/test_helpers/events", {"type": "invoice.paid", "data": {"object": {}}})["id"]


def undelivered(home):
    return {each["id"] for each in stripe(home, "GET", "/v1/events?delivery_success=false")["data"]}


def until(true, seconds=8.0):
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


def test_an_event_reaches_a_name_of_the_zone_at_the_edge(home, edge):
    def route(name):
        return Endpoint("127.0.0.1", edge.port, True, name)

    with on_thread(serve(home, route=route)):
        register(home, "https://api.acme.test/webhooks/stripe")
        event = emit(home)
        until(lambda: event not in undelivered(home))
    assert edge.got == [("api.acme.test", "/webhooks/stripe")]


def test_an_edge_with_a_certificate_for_another_name_gets_nothing(home, edge):
    def route(name):
        return Endpoint("127.0.0.1", edge.port, True, name)

    with on_thread(serve(home, route=route)):
        register(home, "https://other.acme.test/webhooks/stripe")
        event = emit(home)
        time.sleep(0.5)
        assert event in undelivered(home)
    assert edge.got == []


def test_a_name_that_nothing_serves_stays_undelivered(home):
    with on_thread(serve(home)):
        register(home, "https://api.acme.test/webhooks/stripe")
        event = emit(home)
        time.sleep(0.3)
        assert event in undelivered(home)


@pytest.fixture
def process(home):
    """Return a function that starts the server as a process and waits until it is ready."""
    started: list[subprocess.Popen[bytes]] = []

    def start() -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "localcloud.saas", "--home", str(home)]
        with (home / "log").open("ab") as log:
            started.append(subprocess.Popen(command, stdout=log, stderr=log))
        for port in ports.load(home).of("saas"):
            until(lambda port=port: _listens(port), 20)
        return started[-1]

    yield start
    for each in started:
        each.kill()
        each.wait()


def _listens(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_what_a_killed_process_had_still_to_deliver_is_delivered_by_the_next(home, process, receiver):
    receiver.answers = [503]
    running = process()
    register(home, receiver.url)
    events = {emit(home) for _ in range(3)}
    until(lambda: len(receiver.got) >= 3)
    os.kill(running.pid, signal.SIGKILL)
    running.wait()
    receiver.answers = [200]
    process()
    until(lambda: not events & undelivered(home), 15)


def test_the_process_ends_within_two_seconds_even_with_a_delivery_on_its_way(home, process):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        running = process()
        register(home, f"http://127.0.0.1:{silent.getsockname()[1]}/hook")
        emit(home)
        time.sleep(0.3)
        begun = time.monotonic()
        running.send_signal(signal.SIGTERM)
        assert running.wait(5) == 0
        assert time.monotonic() - begun < 2
    assert "Traceback" not in (home / "log").read_text()
