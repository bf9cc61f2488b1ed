"""Waits for propagation: looks again and again, until all is well or time is up."""

from __future__ import annotations

import time
from collections.abc import Callable

from blueprint.finding import Finding, Status, verdict
from cli.findings import in_words
from cli.terminal import Terminal
from verify.run import Report, findings

PAUSE = 10.0  # seconds between two looks
WELL = (Status.PASS, Status.WARN)
NAMED = 3  # findings that a sentence names

Look = Callable[[], Report]


def watch(look: Look, show: Terminal, limit: float, pause: float = PAUSE) -> Report:
    """Return the last report: the first that is well, or the one at which `limit` seconds were over.

    Ctrl-C ends the waiting and leaves the report of the last look; before the first it is raised.
    """
    deadline = time.monotonic() + limit
    report = look()
    try:
        while verdict(findings(report)) not in WELL and (left := deadline - time.monotonic()) > 0:
            show.tell(f"{_waiting_for(findings(report))}; {left / 60:.0f} min left")
            time.sleep(min(pause, left))
            report = look()
    except KeyboardInterrupt:
        show.note("Stopped waiting. The last results:")
    return report


def _waiting_for(found: list[Finding]) -> str:
    bad = [f"{finding.id} of {finding.subject}" for finding in found if finding.status not in WELL]
    more = f" and {len(bad) - NAMED} more" if len(bad) > NAMED else ""
    return f"{in_words(found)}: waiting for {', '.join(bad[:NAMED])}{more}"
