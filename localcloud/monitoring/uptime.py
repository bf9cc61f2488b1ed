"""Uptime checks: what Google asks from several parts of the world, asked here by the way that the public takes.

One request stands for all places, because on one machine they would all take the same way.
"""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any

from localcloud.base.network import Endpoint
from localcloud.base.world import Resource
from localcloud.monitoring.counting import Key, key

CHECK = "gcp:monitoring/uptimeCheckConfig:UptimeCheckConfig"
PLACES = ("usa-iowa", "usa-oregon", "usa-virginia", "eur-belgium", "apac-singapore", "sa-brazil-sao_paulo")
STATUS = re.compile(rb"HTTP/1\.[01] (\d{3})")
DAY = 86_400

Route = Callable[[str], Endpoint | None]


@dataclass(frozen=True)
class Seen:
    """What a check saw: whether it passed, and when the certificate that was shown ends (seconds since the epoch)."""

    passed: bool
    ends: float | None = None


async def looked(check: Resource, route: Route, trust: ssl.SSLContext) -> Seen:
    """Make one check; whatever fails is an answer."""
    host = str(check.inputs["monitoredResource"]["labels"]["host"])
    timeout = float(str(check.inputs.get("timeout") or "10s").removesuffix("s"))
    try:
        async with asyncio.timeout(timeout):
            return await _asked(host, check.inputs.get("httpCheck") or {}, route, trust)
    except (OSError, TimeoutError, ssl.SSLError, ValueError):
        return Seen(passed=False)


def gauges(check: Resource, seen: Seen, now: float) -> Mapping[Key, float]:
    """Return what a check adds to the metrics, from every place. `now` is the world's time."""
    host = str(check.inputs["monitoredResource"]["labels"]["host"])
    found: dict[Key, float] = {}
    for place in PLACES:
        of = {"host": host, "checker_location": place}
        found[key("monitoring.googleapis.com/uptime_check/check_passed", "uptime_url", **of)] = float(seen.passed)
        if seen.ends is not None:
            left = (seen.ends - now) / DAY
            found[key("monitoring.googleapis.com/uptime_check/time_until_ssl_cert_expires", "uptime_url", **of)] = left
    return found


async def _asked(host: str, wanted: Mapping[str, Any], route: Route, trust: ssl.SSLContext) -> Seen:
    endpoint = await asyncio.to_thread(route, host)
    if endpoint is None:
        return Seen(passed=False)
    reader, writer = await asyncio.open_connection(
        endpoint.host,
        endpoint.port,
        ssl=trust if endpoint.tls else None,
        server_hostname=host if endpoint.tls else None,
    )
    try:
        shown = writer.get_extra_info("peercert") or {}
        ends = parsedate_to_datetime(shown["notAfter"]).timestamp() if "notAfter" in shown else None
        path = str(wanted.get("path") or "/")
        head = f"GET {path} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: GoogleStackdriverMonitoring-UptimeChecks\r\n"
        writer.write(f"{head}Connection: close\r\n\r\n".encode())
        status = STATUS.match(await reader.readline())
        return Seen(status is not None and 200 <= int(status[1]) < 300, ends)
    finally:
        writer.close()
        with suppress(OSError, ssl.SSLError):
            await writer.wait_closed()
