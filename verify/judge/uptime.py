"""Judges the uptime path: the health route, and whether a notification reaches somebody."""

from __future__ import annotations

import json

from blueprint.finding import Finding
from verify.judge.check import Check
from verify.observe.web import Page


def judge_health(url: str, place: str, page: Page) -> Finding:
    """Return whether the handlers say that they are well, by the way that the uptime check comes in.

    `place` is the address that was asked. Google's check passes for any 2xx; ours wants the body too.
    """
    check = Check(
        "uptime.health.ok",
        f"{url} at {place}",
        '200 and {"status": "ok"}',
        "`./launch logs intake` shows why the service does not answer.",
    )
    if page.error:
        return check.unknown(page.error)
    try:
        said = json.loads(page.body)
    except ValueError:
        said = None
    healthy = page.status == 200 and isinstance(said, dict) and said.get("status") == "ok"
    return check.decided(healthy, f"{page.status} {page.body[:200]}".strip())
