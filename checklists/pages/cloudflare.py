"""Cloudflare: each setting and rule of the edge, why it is so, and where a person sees it."""

from __future__ import annotations

from collections.abc import Mapping

from checklists.handover import Handover
from checklists.pages.blocks import Page, Row, Table

SETTINGS: Mapping[str, tuple[str, str, str]] = {
    "ssl": ("SSL/TLS encryption", "the way to the origin is checked too", "SSL/TLS → Overview"),
    "min_tls_version": ("oldest TLS version", "older ones can be read on the way", "SSL/TLS → Edge Certificates"),
    "tls_1_3": ("TLS 1.3", "one round trip less", "SSL/TLS → Edge Certificates"),
    "always_use_https": ("http leads to https", "nothing is sent in the clear", "SSL/TLS → Edge Certificates"),
    "automatic_https_rewrites": ("links become https", "no mixed content", "SSL/TLS → Edge Certificates"),
    "http3": ("HTTP/3", "faster on phones that change networks", "Speed → Settings"),
    "brotli": ("compression", "smaller downloads", "Speed → Settings"),
    "rocket_loader": ("Rocket Loader", "it would show a blank page in place of a Flutter app", "Speed → Settings"),
}
"""Setting of a zone → what it is, why, and where the dashboard shows it."""
PLACES: Mapping[str, str] = {
    "Security rules": "Security rules",
    "Rate limiting rules": "Security rules",
    "Managed rules": "Settings",
    "DDoS protection": "Settings",
    "Cache rules": "Cache Rules",
}
"""Phase of a rule → where the dashboard shows it, below Security or Caching."""
WHY: Mapping[str, str] = {
    "Rate limiting rules": "one address cannot fill the queues or the bill",
    "Managed rules": "known attacks, kept up to date by Cloudflare",
    "DDoS protection": "always on, on every plan; `cloudflare.ddos_sensitivity` lowers it",
}
GUARDS = ("DDoS protection", "Rate limiting rules", "Security rules", "Managed rules")
LONGEST = 84


def page(handover: Handover) -> Page:
    """Return the page of the edge."""
    edge = handover.outputs.edge
    days = edge.hsts_max_age / 86_400
    settings = (
        *(_setting(name, value) for name, value in edge.settings.items() if name in SETTINGS),
        (
            "HSTS",
            f"{days:g} {'day' if days == 1 else 'days'}",
            "browsers come by https only; raised in stages",
            "SSL/TLS → Edge Certificates",
        ),
        ("Certificates", "Universal SSL, renewed by Cloudflare", "every proxied host", "SSL/TLS → Edge Certificates"),
    )
    guards = tuple(_rule(one.phase, one.title, one.action, one.what) for one in edge.rules if one.phase in GUARDS)
    caches = tuple(_rule(one.phase, one.title, one.action, one.what) for one in edge.rules if one.phase not in GUARDS)
    head = ("what", "value", "why", "where in the dashboard")
    rules = ("rule", "does", "to what", "where")
    unknown = "An older program made this stack; the next `./launch up` tells of its rules."
    return Page(
        "cloudflare",
        "Cloudflare: SSL, caching, rate limits and DDoS protection",
        f"Plan {edge.plan}. All of it is set by the program: what is changed in the dashboard is put back by "
        "`./launch up --refresh`.",
        (
            Table("Settings", head, settings),
            Table("Rate limits and DDoS protection (in the dashboard below Security)", rules, guards, unknown),
            Table("Caching (in the dashboard below Caching)", rules, caches, unknown),
        ),
        ("Cloudflare", "SSL", "caching", "DDoS", "rate limits", "firewall"),
    )


def _setting(name: str, value: str) -> Row:
    what, why, where = SETTINGS[name]
    return (what if what.startswith("http") else what[:1].upper() + what[1:], value, why, where)


def _rule(phase: str, title: str, action: str, what: str) -> Row:
    told = what if len(what) <= LONGEST else f"{what[: LONGEST - 1]}…"
    shown = f"`{told}`" if "(" in told and "http." in told else told
    why = f"{title}: {WHY[phase]}" if phase in WHY else title
    return (why, action, shown, PLACES.get(phase, ""))
