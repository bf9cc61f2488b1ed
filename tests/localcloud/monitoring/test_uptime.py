"""Uptime checks against a real TLS server of the local authority."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from localcloud.base import ports, process, web
from localcloud.base.authority import Authority
from localcloud.base.network import Endpoint
from localcloud.base.ports import LOOPBACK
from localcloud.base.world import Resource
from localcloud.monitoring import uptime

HOST = "api.acme.test"


def check(path: str = "/health") -> Resource:
    inputs = {"monitoredResource": {"labels": {"host": HOST}}, "httpCheck": {"path": path}, "timeout": "2s"}
    return Resource(uptime.CHECK, "api", "urn", inputs)


async def answer(scope: dict[str, object], _receive: object, send: object) -> None:
    status = 200 if scope["path"] == "/health" else 503
    await send({"type": "http.response.start", "status": status, "headers": []})  # type: ignore[operator]
    await send({"type": "http.response.body", "body": b""})  # type: ignore[operator]


@pytest.mark.parametrize(("path", "passed"), [("/health", True), ("/broken", False)])
def test_a_check_sees_the_answer_and_the_certificate(tmp_path: Path, path: str, passed: bool) -> None:
    authority, port = Authority(tmp_path), ports.free_port()
    context = authority.context(HOST, life=timedelta(days=14))
    with process.on_thread(web.serving(answer, port, context)):
        there = Endpoint(LOOPBACK, port, True, HOST)
        seen = asyncio.run(uptime.looked(check(path), lambda _: there, authority.client_context()))
    assert seen.passed is passed
    assert seen.ends
    now = seen.ends - 13.5 * uptime.DAY
    values = uptime.gauges(check(path), seen, now)
    assert len(values) == 2 * len(uptime.PLACES)
    assert sorted(set(values.values())) == sorted({float(passed), 13.5})


def test_nobody_there_is_an_answer_too(tmp_path: Path) -> None:
    trust = Authority(tmp_path).client_context()
    for route in (lambda _: None, lambda _: Endpoint(LOOPBACK, ports.free_port(), True, HOST)):
        seen = asyncio.run(uptime.looked(check(), route, trust))
        assert seen == uptime.Seen(passed=False)
        assert len(uptime.gauges(check(), seen, 0)) == len(uptime.PLACES)


def test_a_certificate_of_somebody_else_is_no_pass(tmp_path: Path) -> None:
    theirs, ours, port = Authority(tmp_path / "theirs"), Authority(tmp_path / "ours"), ports.free_port()
    with process.on_thread(web.serving(answer, port, theirs.context(HOST))):
        there = Endpoint(LOOPBACK, port, True, HOST)
        assert asyncio.run(uptime.looked(check(), lambda _: there, ours.client_context())) == uptime.Seen(passed=False)
