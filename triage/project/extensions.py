"""The Firebase Extensions that a firebase.json installs, each by its name and with its way out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from triage.project.firebase_json import line_of

# publisher/extension → the kit on npm that its publisher has made of it; the publisher `firebase` names all of its own
# alike (firebase.google.com/docs/extensions/migration-best-practices; revenuecat.com/changelog, 2026-11-12)
OFFICIAL = "@firebase-function-kits"
KITS: Mapping[str, str] = {
    "revenuecat/firestore-revenuecat-purchases": "@revenuecat/firestore-revenuecat-purchases",
}
STRIPE = re.compile(r"(?i)stripe")
MAIL = re.compile(r"(?i)send-?email|sendgrid|mailchimp|mailgun|brevo")


def installed(config: Mapping[str, Any], text: str) -> Iterator[tuple[int, str, str]]:
    """Yield (line, instance, PUBLISHER/EXTENSION without version) for each extension of a configuration.

    A reference is `publisher/name@version`, or a path for one that lies in the repository itself.
    """
    section = config.get("extensions")
    for instance, reference in section.items() if isinstance(section, dict) else ():
        if isinstance(reference, str) and reference:
            line = line_of(text, rf"[\"']{re.escape(str(instance))}[\"']\s*:\s*[\"']{re.escape(reference)}")
            yield line, str(instance), reference.partition("@")[0].strip("/")


def way_out(reference: str) -> str:
    """Return what replaces an extension, as far as it is known from its name."""
    publisher, _, name = reference.rpartition("/")
    if publisher == "firebase":
        return f"firebase ext:migrate to {OFFICIAL}/{name}, if firebase ext:list shows it."
    if reference in KITS:
        return f"firebase ext:migrate to {KITS[reference]}."
    own = "one of your own functions"
    if STRIPE.search(reference):
        own = "the webhooks with an inbox of this toolkit (handlers/billing)"
    elif MAIL.search(reference):
        own = "the outbox of this toolkit (handlers/work) or one of your own functions"
    return f"a function kit, if firebase ext:list shows one; else {own}."
