"""Which vendors' changes concern a launch: those of what its spec uses."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from blueprint import sunsets
from blueprint.spec import Spec
from blueprint.sunsets import Sunset

ALWAYS = frozenset({"google", "firebase", "cloudflare", "tls", "hubspot"})
WORDS = {
    "google": "google",
    "firebase": "firebase",
    "cloudflare": "cloudflare",
    "tls": "tls",
    "gha": "github",
    "play": "play",
    "apple": "apple",
    "android": "android",
    "hubspot": "hubspot",
    "zendesk": "zendesk",
    "gemini": "gemini",
    "m365": "microsoft-365",
    "lets": "tls",
    "mail": "mail",
    "dmarc": "mail",
}
"""First word of a sunset's id → what a launch has to use for it to matter."""


def ahead(spec: Spec | None, today: date, within: timedelta) -> Iterator[Sunset]:
    """Yield what ends within some time from today, by date, of what every launch uses and what this spec adds."""
    used = ALWAYS | (_used(spec) if spec else frozenset())
    for row in sunsets.table():
        last = row.gone or row.on
        word = WORDS.get(row.id.partition("-")[0], "")
        if today <= last <= today + within and not row.is_stale(today) and word in used:
            yield row


def _used(spec: Spec) -> frozenset[str]:
    wanted = {
        "play": bool(spec.google.apps.android),
        "android": bool(spec.google.apps.android),
        "apple": bool(spec.google.apps.apple),
        "zendesk": bool(spec.support.zendesk),
        "gemini": spec.support.drafts.startswith("gemini"),
        "github": spec.delivery is not None,
        "microsoft-365": "microsoft-365" in spec.mail.providers,
        "mail": spec.mail.is_used,
    }
    return frozenset(word for word, is_used in wanted.items() if is_used)
