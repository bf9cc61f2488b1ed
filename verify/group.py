"""A group of checks: functions that observe a scene, let the judges decide, and return findings."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass

from blueprint.finding import Finding
from verify.scene import Scene

Check = Callable[[Scene], Awaitable[Sequence[Finding]]]


@dataclass(frozen=True)
class Group:
    """`name` is what `--only` takes, `title` what a table says. All checks run at the same time."""

    name: str
    title: str
    checks: tuple[Check, ...]

    async def run(self, scene: Scene) -> tuple[Finding, ...]:
        """Return what all checks found, in the order of the checks."""
        return await together(check(scene) for check in self.checks)


async def together(parts: Iterable[Awaitable[Sequence[Finding]]]) -> tuple[Finding, ...]:
    """Return the findings of all parts, which are waited for at the same time, in the order of the parts."""
    return tuple(finding for found in await asyncio.gather(*parts) for finding in found)
