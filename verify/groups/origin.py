"""The origin behind the edge: its own address refuses whoever comes by another way."""

from __future__ import annotations

import asyncio

from blueprint.finding import Finding
from handlers.service_manifest import EDGE_HEADER
from verify.answers.page import Request
from verify.judge.origin import judge_origin
from verify.scene import Scene

DOOR = "/webhooks/stripe"
EDGE_ADDRESS = "173.245.48.1"  # in the first of the ranges at cloudflare.com/ips-v4
TRIES = {
    "with the right host": {},
    "with a guessed edge key": {EDGE_HEADER: "guess"},
    "claiming to be the edge": {
        "CF-Connecting-IP": EDGE_ADDRESS,
        "X-Forwarded-For": EDGE_ADDRESS,
        "CF-Ray": "0123456789abcdef-LCL",
        "CDN-Loop": "cloudflare",
    },
}


async def closed(scene: Scene) -> list[Finding]:
    """Return whether the load balancer's address refuses what does not come by the edge."""
    promised = scene.subject.promised
    if promised is None or not promised.gateway_address:  # a Worker's target is open by its nature; see the handover
        return []
    url, at = f"https://{promised.api_host}{DOOR}", scene.reach.address(promised.gateway_address, 443)
    pages = await asyncio.gather(*(scene.send(Request(url, "POST", headers, b"{}", at)) for headers in TRIES.values()))
    return [judge_origin(promised.gateway_address, dict(zip(TRIES, pages, strict=True)))]


CHECKS = (closed,)
