"""The edge as the process that the engine supervises, seen by curl."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from localcloud.base.authority import Authority
from localcloud.base.ports import LOOPBACK, Ports

ROOT = Path(__file__).parents[3]
Curl = Callable[..., str]


@contextmanager
def process(home: Path, known: Ports) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "localcloud.edge", "--home", str(home)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as started:
        try:
            for port in known.of("edge"):
                wait_until_ready(port)
            yield started
        finally:
            started.kill()


def wait_until_ready(port: int) -> None:
    deadline = time.monotonic() + 15
    while True:
        with socket.socket() as probe:
            if probe.connect_ex((LOOPBACK, port)) == 0:
                return
        assert time.monotonic() < deadline, "the server did not start"
        time.sleep(0.02)


@pytest.fixture
def curl(home: Path, known: Ports, tool: Callable[[str], str]) -> Curl:
    def run(*arguments: str) -> str:
        doors = [f":443:{LOOPBACK}:{known['https']}", f":80:{LOOPBACK}:{known['http']}"]
        ways = [word for door in doors for word in ("--connect-to", door)]
        command = [tool("curl"), "-sS", "--max-time", "10", "--noproxy", "*", "--cacert", str(Authority(home).ca_file)]
        done = subprocess.run([*command, *ways, *arguments], capture_output=True, text=True, timeout=15, check=False)
        return done.stdout or done.stderr

    return run


def test_it_ends_within_two_seconds_of_sigterm_though_visitors_hang_on(home: Path, known: Ports, put: Any) -> None:
    with (
        process(home, known) as running,
        socket.create_connection((LOOPBACK, known["http"])),
        socket.create_connection((LOOPBACK, known["https"])),
    ):
        running.terminate()
        assert running.wait(timeout=2) == 0
        assert running.stdout is not None
        assert f"edge at http {known.address('http')}" in running.stdout.read()


def test_curl_follows_www_to_the_apex_and_sees_hsts_and_a_hit(
    home: Path, known: Ports, put: Any, setting: Any, ruleset: Any, site: Any, curl: Curl
) -> None:
    setting("always_use_https", "on")
    setting("security_header", {"strict_transport_security": {"enabled": True, "max_age": 300}})
    target = {"targetUrl": {"expression": 'concat("https://acme.test", http.request.uri.path)'}, "statusCode": 301}
    ruleset("http_request_dynamic_redirect", ('http.host eq "www.acme.test"', "redirect", {"fromValue": target}))
    with process(home, known):
        seen = curl("-L", "-i", "http://www.acme.test/app.js")
        assert [line for line in seen.splitlines() if line.startswith(("HTTP", "location"))] == [
            "HTTP/1.1 301 Moved Permanently",
            "location: https://www.acme.test/app.js",
            "HTTP/2 301 ",
            "location: https://acme.test/app.js",
            "HTTP/2 200 ",
        ]
        assert seen.count("strict-transport-security: max-age=300") == 2
        assert "cf-cache-status: HIT" in curl("-i", "https://acme.test/app.js")
        assert "handshake failure" in curl("https://stranger.example/")


def test_many_visitors_at_once_are_all_answered(home: Path, known: Ports, put: Any, site: Any, curl: Curl) -> None:
    with process(home, known):
        seen = curl(
            "-Z", "--parallel-max", "50", "-o", "/dev/null", "-w", "%{http_code}\\n", "https://acme.test/[1-100]"
        )
    assert seen.split() == ["200"] * 100


def test_it_ends_within_two_seconds_though_an_origin_never_answers(home: Path, known: Ports, put: Any) -> None:
    put("DnsRecord", "slow", name="slow.acme.test", type="CNAME", content="slow.zendesk.com", proxied=True)
    with (
        socket.create_server((LOOPBACK, known["helpdesk"])) as listener,
        process(home, known) as running,
        socket.create_connection((LOOPBACK, known["http"])) as visitor,
    ):
        visitor.sendall(b"GET / HTTP/1.1\r\nHost: slow.acme.test\r\n\r\n")
        origin, _ = listener.accept()
        assert b"host: slow.acme.test" in origin.recv(4096).lower()
        running.terminate()
        assert running.wait(timeout=2) == 0
        origin.close()
