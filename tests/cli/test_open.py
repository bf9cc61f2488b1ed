"""The server of `./launch open`: one page for this machine alone, and nothing that could be changed."""

from __future__ import annotations

import http.client
import itertools
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cli.open import Look, server
from engine.errors import LaunchError
from localcloud.base.ports import LOOPBACK, free_port
from monitors.page.overview import Checks, Known, Overview, overview

NOW = datetime(2026, 11, 29, tzinfo=UTC)
PAGE = overview(Known("local", "acme.test", True, NOW, {}, [], [], {}, Checks({}, None), [], []))


@contextmanager
def serving(look: Look, handover: Path) -> Iterator[int]:
    served = server(free_port(), look, handover)
    thread = threading.Thread(target=lambda: served.serve_forever(poll_interval=0.02))
    thread.start()
    yield served.server_address[1]
    served.shutdown()
    thread.join()
    served.server_close()


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    (tmp_path / "HANDOVER.html").write_text("<p>handover</p>")
    with serving(lambda: PAGE, tmp_path / "HANDOVER.html") as found:
        yield found


def ask(port: int, path: str = "/", method: str = "GET", host: str = "") -> tuple[int, str, dict[str, str]]:
    with closing(http.client.HTTPConnection(LOOPBACK, port, timeout=5)) as connection:
        connection.request(method, path, headers={"Host": host or f"{LOOPBACK}:{port}"})
        answer = connection.getresponse()
        return answer.status, answer.read().decode(), {name.lower(): value for name, value in answer.getheaders()}


def test_the_page_runs_its_own_script_alone_and_asks_nobody_else(port: int) -> None:
    status, text, headers = ask(port)
    policy = headers["content-security-policy"]
    (nonce,) = set(re.findall(r'nonce="([^"]+)"', text))
    assert status == 200
    assert policy.startswith("default-src 'none'")
    assert f"script-src 'nonce-{nonce}'" in policy
    assert "connect-src 'self'" in policy
    assert nonce not in ask(port)[1]
    assert headers["cache-control"] == "no-store"


@pytest.mark.parametrize("host", ["evil.test", "127.0.0.1", "127.0.0.1:1", "localhost.evil.test:80", "acme.test"])
def test_a_name_that_leads_here_from_elsewhere_gets_nothing(port: int, host: str) -> None:
    status, text, _ = ask(port, host=host)
    assert status == 421
    assert "acme.test" not in text


def test_localhost_is_this_machine_too(port: int) -> None:
    assert ask(port, host=f"localhost:{port}")[0] == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_there_is_nothing_to_change(port: int, method: str) -> None:
    assert ask(port, method=method)[0] == 501


def test_the_handover_is_beside_it_and_nothing_else(port: int) -> None:
    assert ask(port, "/handover")[1] == "<p>handover</p>"
    assert [ask(port, path)[0] for path in ("/outputs.json", "/../outputs.json", "/handover/x")] == [404] * 3


def test_a_look_at_the_head_alone_has_no_body(port: int) -> None:
    status, text, _ = ask(port, method="HEAD")
    assert (status, text) == (200, "")


def test_what_cannot_be_gathered_is_said(tmp_path: Path) -> None:
    def fails() -> Overview:
        raise LaunchError("The local cloud is down.", cure="Run ./launch up first.")

    served = server(free_port(), fails, tmp_path / "none.html")
    thread = threading.Thread(target=lambda: served.serve_forever(poll_interval=0.02))
    thread.start()
    try:
        status, text, _ = ask(served.server_address[1])
    finally:
        served.shutdown()
        thread.join()
        served.server_close()
    assert status == 503
    assert "Run ./launch up first." in text


def test_a_port_that_is_taken_is_told(port: int, tmp_path: Path) -> None:
    with pytest.raises(LaunchError, match=f"port {port}"):
        server(port, lambda: PAGE, tmp_path / "none.html")


def test_a_browser_renews_the_page_by_itself_and_has_nothing_to_complain_of(tmp_path: Path) -> None:
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("left out: chromium is not installed")
    looks = (replace(PAGE, known=replace(PAGE.known, domain=f"look{number}.test")) for number in itertools.count())
    quiet = ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run")
    told = ("--enable-logging=stderr", "--virtual-time-budget=12000", "--dump-dom", f"--user-data-dir={tmp_path}")
    with serving(lambda: next(looks), tmp_path / "none") as found:
        address = f"http://{LOOPBACK}:{found}/"
        ran = subprocess.run([chromium, *quiet, *told, address], capture_output=True, text=True, timeout=120)
    assert re.search(r"look[1-9]\.test</?", ran.stdout), ran.stdout[:2_000]
    assert "look0.test" not in ran.stdout
    assert [line for line in ran.stderr.splitlines() if "CONSOLE" in line] == []
