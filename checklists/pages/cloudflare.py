"""Cloudflare: each setting and rule of the edge, why it is so, and where a person sees it."""

from __future__ import annotations

from collections.abc import Mapping

from checklists.handover import Handover
from checklists.pages.blocks import Page, Row, Table

SETTINGS: Mapping[str, tuple[str, str, str]] = {
    "ssl": ("SSL/TLS encryption", "the connection to the servers is encrypted and checked too", "SSL/TLS → Overview"),
    "min_tls_version": ("oldest TLS version", "older ones are not secure", "SSL/TLS → Edge Certificates"),
    "tls_1_3": ("TLS 1.3", "connections start faster", "SSL/TLS → Edge Certificates"),
    "always_use_https": ("http leads to https", "nothing is sent in the clear", "SSL/TLS → Edge Certificates"),
    "automatic_https_rewrites": (
        "links become https",
        "a page loads everything securely",
        "SSL/TLS → Edge Certificates",
    ),
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
    "DDoS protection": "always on, on every plan; `cloudflare.ddos_sensitivity` lowers it",
}
ACTIONS: Mapping[str, str] = {
    "skip": "lets pass",
    "block": "blocks",
    "execute": "checks",
    "cache": "keeps copies",
    "bypass": "never keeps",
}
"""Action of a rule, as Cloudflare calls it → in words."""
GUARDS = ("DDoS protection", "Rate limiting rules", "Security rules", "Managed rules")


def page(handover: Handover) -> Page:
    """Return the page of the edge."""
    edge = handover.outputs.edge
    days = edge.hsts_max_age / 86_400
    settings = (
        *(_setting(name, value) for name, value in edge.settings.items() if name in SETTINGS),
        (
            "HSTS",
            f"{days:g} {'day' if days == 1 else 'days'}",
            "browsers use https only; raised in stages",
            "SSL/TLS → Edge Certificates",
        ),
        (
            "Certificates",
            "Universal SSL, renewed by Cloudflare",
            "for every host that goes through Cloudflare",
            "SSL/TLS → Edge Certificates",
        ),
    )
    guards = tuple(_rule(one.phase, one.title, one.action, one.what) for one in edge.rules if one.phase in GUARDS)
    caches = tuple(_rule(one.phase, one.title, one.action, one.what) for one in edge.rules if one.phase not in GUARDS)
    head = ("what", "value", "why", "where in the dashboard")
    rules = ("rule", "does", "with what", "where")
    unknown = f"An older program made this stack; the next `./launch up{handover.flag}` lists its rules."
    return Page(
        "cloudflare",
        "Cloudflare: SSL, caching, rate limits and DDoS protection",
        f"Plan: {edge.plan}. The program sets all of this. `./launch up --refresh{handover.flag}` undoes whatever was "
        "changed in the dashboard.",
        (
            Table("Settings", head, settings),
            Table("Rate limits and DDoS protection (in the dashboard under Security)", rules, guards, unknown),
            Table("Caching (in the dashboard under Caching)", rules, caches, unknown),
        ),
        ("Cloudflare", "SSL", "caching", "DDoS", "rate limits", "firewall"),
    )


def _setting(name: str, value: str) -> Row:
    what, why, where = SETTINGS[name]
    return (what if what.startswith("http") else what[:1].upper() + what[1:], value, why, where)


def _rule(phase: str, title: str, action: str, what: str) -> Row:
    why = f"{title}: {WHY[phase]}" if phase in WHY else title
    return (why, ACTIONS.get(action, action), what, PLACES.get(phase, ""))
