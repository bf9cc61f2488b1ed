"""The verification: what a stack promised, or what any domain should have, observed from outside and judged."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

from blueprint.finding import Finding
from verify.group import Group
from verify.groups import delegation
from verify.observe.asker import Asker
from verify.reach import Reach
from verify.registry import GROUPS, selected
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
    """Return what each group found, all of it or what is named in `only`: groups, and the beginnings of ids.

    What could not be asked is unknown. Of a bare domain that does not exist there is one finding alone, that.
    """
    return asyncio.run(_run(only, subject, reach, now, progress))


def findings(report: Report) -> list[Finding]:
    """Return all findings of a report, in its order."""
    return [finding for found in report.values() for finding in found]


async def _run(only: Collection[str], subject: Subject, reach: Reach, now: datetime, progress: Progress) -> Report:
    groups = selected(only)
    with ThreadPoolExecutor(AT_ONCE) as threads:
        scene = Scene(subject, reach, now, Asker(reach), threads)
        if subject.promised is None and (missing := await delegation.missing(scene)):
            return {GROUPS[0]: (missing,)}
        found = await asyncio.gather(*(_told(group, scene, only, progress) for group in groups))
    return dict(zip(groups, found, strict=True))


async def _told(group: Group, scene: Scene, only: Collection[str], progress: Progress) -> tuple[Finding, ...]:
    found = group.chosen(await group.run(scene), only)
    passed = sum(finding.status == "pass" for finding in found)
    if found:
        progress(f"{group.title}: {passed} of {len(found)} checks passed")
    return found
