"""A group of checks: functions that observe a scene, let the judges decide, and return findings."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from dataclasses import dataclass

from blueprint.finding import Finding
from verify.scene import Scene

Check = Callable[[Scene], Awaitable[Sequence[Finding]]]


@dataclass(frozen=True)
class Group:
    """`name` is what `--only` takes, `title` what a table says. All checks run at the same time.

    `ids` are those of all findings that the checks may return.
    """

    name: str
    title: str
    checks: tuple[Check, ...]
    ids: tuple[str, ...] = ()

    def has(self, text: str) -> bool:
        """Return whether a text is the group's name, or the beginning of the id of one of its checks."""
        return text == self.name or any(id_.startswith(text) for id_ in self.ids)

    async def run(self, scene: Scene) -> tuple[Finding, ...]:
        """Return what all checks found, in the order of the checks."""
        return await together(check(scene) for check in self.checks)

    def chosen(self, found: Iterable[Finding], only: Collection[str]) -> tuple[Finding, ...]:
        """Return of the findings those that are wanted: all, or those whose id begins with one of the texts."""
        if not only or self.name in only:
            return tuple(found)
        return tuple(finding for finding in found if finding.id.startswith(tuple(only)))


async def together(parts: Iterable[Awaitable[Sequence[Finding]]]) -> tuple[Finding, ...]:
    """Return the findings of all parts, which are waited for at the same time, in the order of the parts."""
    return tuple(finding for found in await asyncio.gather(*parts) for finding in found)
