"""Where an app's data flows: from the app, the back end and the vendors, for the picture on the first screen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from triage.model import FileFacts, Flow, Found
from triage.project.whole import App

ANYONE, APP, BACK_END, DATA = "Anyone", "Your app", "Your back end", "Firestore"
# the start of a check's id → (from, to, state, what one and what many are called)
SEEN: Mapping[str, tuple[str, str, str, str, str]] = {
    "rules.open": (ANYONE, DATA, "leak", "rule lets strangers in", "rules let strangers in"),
    "rules.weak": (APP, DATA, "leak", "rule allows too much", "rules allow too much"),
    "client.entitlement": (APP, DATA, "leak", "write of what was paid for", "writes of what was paid for"),
    "client.race": (APP, DATA, "risk", "write that loses another", "writes that lose others"),
    "client.id.missing": (APP, DATA, "risk", "write that a retry doubles", "writes that a retry doubles"),
    "webhook.": ("Stripe", BACK_END, "risk", "fault of a webhook", "faults of webhooks"),
    "online.stripe.": ("Stripe", BACK_END, "risk", "fault in the account", "faults in the account"),
    "online.crm.": (BACK_END, "HubSpot", "risk", "fault of the sync", "faults of the sync"),
    "online.helpdesk.": ("Zendesk", BACK_END, "risk", "fault of the intake", "faults of the intake"),
    "online.user.": (BACK_END, DATA, "risk", "fault of user records", "faults of user records"),
    "online.data.": (BACK_END, DATA, "risk", "fault of records", "faults of records"),
}
WORST = {"leak": 2, "risk": 1, "ok": 0}


def flows(found: Iterable[Found], facts: Mapping[str, FileFacts], app: App) -> Iterator[Flow]:
    """Yield what flows, once for each pair of places, the worst first; nothing but what was seen."""
    seen: Counter[tuple[str, str, str, str, str]] = Counter()
    for one in found:
        if one.check.id.endswith(".direct"):
            seen[APP, one.finding.subject, "leak", "place that calls it", "places that call it"] += 1
        row = next((row for start, row in SEEN.items() if one.check.id.startswith(start)), None)
        if row:
            seen[row] += 1
    made: dict[tuple[str, str], Flow] = {}
    for (start, end, state, single, many), count in seen.items():
        words = f"{count} {single if count == 1 else many}"
        other = made.get((start, end))
        if other:
            words = f"{other.words}, {words}"
            state = max(state, other.state, key=WORST.__getitem__)
        made[start, end] = Flow(start, end, state, words)
    for flow in _as_it_should(facts, app, bool(made)):
        made.setdefault((flow.start, flow.end), flow)
    yield from sorted(made.values(), key=lambda flow: (-WORST[flow.state], flow.start, flow.end))


def _as_it_should(facts: Mapping[str, FileFacts], app: App, some: bool) -> Iterator[Flow]:
    """Yield what was seen to flow without a fault."""
    if any(one.writes for one in facts.values()):
        yield Flow(APP, DATA, "ok", "writes that its rules judge")
    if any("stripe-webhook" in one.vendors for one in facts.values()):
        yield Flow("Stripe", BACK_END, "ok", "events")
        yield Flow(BACK_END, DATA, "ok", "what events change")
    if app.pubspecs and not some:
        yield Flow(APP, BACK_END, "ok", "requests")
