"""The verification: what a stack promised, or what any domain should have, observed from outside and judged."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

from blueprint.finding import Finding
from verify.group import Group
from verify.observe.asker import Asker
from verify.reach import Reach
from verify.registry import GROUPS
from verify.scene import Scene, Subject

AT_ONCE = 16  # pages and handshakes under way at the same time

Progress = Callable[[str], None]
Report = Mapping[Group, tuple[Finding, ...]]


def run(
    subject: Subject,
    reach: Reach,
    now: datetime,
    only: Collection[str] = (),
    progress: Progress = lambda _step: None,
) -> Report:
    """Return what each group found, all groups or those named in `only`; what could not be asked is unknown."""
    chosen = [group for group in GROUPS if not only or group.name in only]
    return asyncio.run(_run(chosen, subject, reach, now, progress))


def findings(report: Report) -> list[Finding]:
    """Return all findings of a report, in its order."""
    return [finding for found in report.values() for finding in found]


async def _run(groups: list[Group], subject: Subject, reach: Reach, now: datetime, progress: Progress) -> Report:
    with ThreadPoolExecutor(AT_ONCE) as threads:
        scene = Scene(subject, reach, now, Asker(reach), threads)
        found = await asyncio.gather(*(_told(group, scene, progress) for group in groups))
    return dict(zip(groups, found, strict=True))


async def _told(group: Group, scene: Scene, progress: Progress) -> tuple[Finding, ...]:
    found = await group.run(scene)
    passed = sum(finding.status == "pass" for finding in found)
    if found:
        progress(f"{group.title}: {passed} of {len(found)} checks passed")
    return found
