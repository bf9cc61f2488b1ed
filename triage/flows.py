"""Where an app's data flows: from the app, the back end and the vendors, for the picture on the first screen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from triage.model import FileFacts
from triage.project.whole import App

APP, BACK_END, DATA = "Your app", "Your back end", "Firestore"


def flows(facts: Mapping[str, FileFacts], app: App) -> Iterator[tuple[str, str, str]]:
    """Yield (from, to, state) once each; a state is `ok`, `leak` or `risk`."""
    made: dict[tuple[str, str], str] = {}
    for hit in (hit for one in facts.values() for hit in one.hits):
        if hit.check.endswith(".direct"):
            made[APP, hit.subject] = "leak"
        elif hit.check.startswith("webhook."):
            made["Stripe", BACK_END] = "risk"
        elif hit.check == "client.entitlement.write":
            made[APP, DATA] = "leak"
    if any(one.writes for one in facts.values()):
        made.setdefault((APP, DATA), "ok")
    if any("stripe-webhook" in one.vendors for one in facts.values()):
        made.setdefault(("Stripe", BACK_END), "ok")
        made.setdefault((BACK_END, DATA), "ok")
    if app.pubspecs and not made:
        made[APP, BACK_END] = "ok"
    yield from ((start, end, state) for (start, end), state in made.items())
