"""The findings in the order of repair: stop duplicates and restore syncing, then the data model and the tooling."""

from __future__ import annotations

from collections.abc import Iterator

from triage.model import Check, Found, Report
from triage.render.text import where

PASSES = (
    (True, "First pass: close what leaks, stop duplicates, restore syncing"),
    (False, "Second pass: the data model, admin tooling, and what only irritates"),
)
CONFIGS = {  # the start of a check's id → what the launch spec needs (blueprint/spec.py)
    "client.payment": "api: api\npayments:\n  grace_days: 14",
    "client.entitlement": "payments:\n  grace_days: 14",
    "webhook.": "api: api\npayments:\n  grace_days: 14",
    "client.helpdesk": "support:\n  helpdesk: zendesk\n  zendesk: acme # your subdomain\n  webhooks: true",
    "client.mail": "support:\n  mailer: resend",
    "client.ai": "support:\n  drafts: gemini-3.5-flash",
    "secret.": "secrets:\n  rotation_days: 90",
    "bundle.secret": "secrets:\n  rotation_days: 90",
    "hosting.": "web:\n  host: acme.web.app # your Hosting site",
}


def lines(report: Report) -> Iterator[str]:
    """Yield the plan: each check once, with its places and with what to paste into the launch spec."""
    for first, title in PASSES:
        groups: dict[str, list[Found]] = {}
        for found in report.found:
            if found.check.first_pass is first:
                groups.setdefault(found.check.id, []).append(found)
        yield from ("", title) if groups else ("", f"{title}: nothing to do")
        ordered = sorted(groups.values(), key=lambda group: -group[0].check.weight)
        for number, group in enumerate(ordered, 1):
            yield from _item(number, group)


def _item(number: int, group: list[Found]) -> Iterator[str]:
    check = group[0].check
    yield f"{number}. {check.title} ({len(group)})"
    yield f"   {check.fix}"
    yield f"   ended by {check.part}"
    places = list(dict.fromkeys(where(found) for found in group))
    yield f"   at {', '.join(places[:6])}{f' and {len(places) - 6} more' if len(places) > 6 else ''}"
    config = config_of(check)
    if config:
        yield "   paste into the launch spec:"
        yield from (f"       {line}" for line in config.splitlines())


def config_of(check: Check) -> str:
    """Return what the launch spec needs for a check, when it needs something."""
    return check.config or next((text for start, text in CONFIGS.items() if check.id.startswith(start)), "")
