"""The uptime path: the health route exactly as the uptime check asks for it, from outside."""

from __future__ import annotations

import asyncio
from urllib.parse import urlsplit

from blueprint.finding import Finding
from verify.answers.notified import Notified
from verify.answers.page import Request
from verify.judge.uptime import judge_health, judge_notification
from verify.scene import Scene

CHECKER = {"User-Agent": "GoogleStackdriverMonitoring-UptimeChecks(https://cloud.google.com/monitoring)"}


async def health(scene: Scene) -> list[Finding]:
    """Return whether the public handlers answer at the health route, at each address of their host."""
    promised = scene.subject.promised
    if promised is None:
        return []
    places = await scene.places(str(urlsplit(promised.health_url).hostname))
    asks = [Request(promised.health_url, headers=CHECKER, at=place.address) for place in places]
    pages = await asyncio.gather(*(scene.send(ask) for ask in asks))
    return [judge_health(promised.health_url, place.public, page) for place, page in zip(places, pages, strict=True)]


async def notification(scene: Scene) -> list[Finding]:
    """Return whether somebody hears when it is not."""
    promised = scene.subject.promised
    return [judge_notification(promised.on_call, scene.subject.notified or Notified())] if promised else []


CHECKS = (health, notification)
