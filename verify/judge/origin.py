"""Judges whether the origin lets in only what comes through the edge."""

from __future__ import annotations

from collections.abc import Mapping

from blueprint.finding import Finding
from verify.answers.page import Page
from verify.judge.check import Check

CLOSED = (401, 403, 404, 421)
TROUBLED = range(500, 600)  # such as a door whose key cannot be read: nobody came in, and nobody knows why


def judge_origin(address: str, tries: Mapping[str, Page]) -> Finding:
    """Return whether the origin's own address refuses every request that does not come from the edge.

    `tries` are the answers by what was tried. An address that does not answer at all says nothing about the next one
    who tries, so only a refusal is a pass.
    """
    check = Check(
        "web.origin.closed",
        address,
        '403 to whoever goes around the edge, whatever they claim (Cloudflare, "Protect your origin server")',
        "Run `./launch up --refresh`: the edge adds a secret header, and the public doors refuse requests without it.",
    )
    silent = [page.error or f"it answers {page.status}" for page in tries.values() if _says_nothing(page)]
    told = ", ".join(f"{name}: {page.status or 'no answer'}" for name, page in tries.items())
    if any(page.status not in CLOSED for page in tries.values() if not _says_nothing(page)):
        return check.decided(False, told)
    if silent or not tries:
        return check.unknown(silent[0] if silent else "nothing was tried")
    return check.decided(True, told)


def _says_nothing(page: Page) -> bool:
    return bool(page.error) or page.status in TROUBLED
