"""The uptime path: the health route as the uptime check sees it."""

from __future__ import annotations

from blueprint.finding import Finding
from verify.judge.web import judge_health
from verify.scene import Scene


async def health(scene: Scene) -> list[Finding]:
    """Return whether the public handlers answer at the health route."""
    promised = scene.subject.promised
    if promised is None:
        return []
    return [judge_health(promised.health_url, await scene.fetch(promised.health_url))]


CHECKS = (health,)
