"""TLS of every host: the certificate that it shows."""

from __future__ import annotations

import asyncio

from blueprint.finding import Finding
from verify.judge.web import judge_certificate
from verify.observe.tls import shake_hands
from verify.scene import Scene


async def certificates(scene: Scene) -> list[Finding]:
    """Return the finding on each host's certificate."""
    shown = await asyncio.gather(*(scene.aside(shake_hands, host, scene.reach) for host in scene.subject.hosts))
    return [judge_certificate(handshake, scene.now) for handshake in shown]


CHECKS = (certificates,)
