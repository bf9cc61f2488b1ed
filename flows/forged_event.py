"""Flow: an event whose signature does not fit is turned away, and nothing of it is kept."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass

from blueprint.finding import Finding, Status
from flows.scene import Scene
from handlers.senders import stripe_signatures
from handlers.service_manifest import STRIPE_SIGNING_SECRET

ID = "flow.payment.signature"
FIX = "The door must verify before it stores: see handlers/doors/stripe_webhook.py. Do not go live while this fails."


@dataclass(frozen=True)
class Observation:
    """What forged deliveries were answered, by what was wrong with them, and which were kept nevertheless."""

    answers: Mapping[str, int]
    kept: tuple[str, ...]


def play(scene: Scene) -> Finding:
    """Send events with a flipped bit, a stranger's signature, an old signature and none."""
    secret, now = scene.stage.secret(STRIPE_SIGNING_SECRET), int(time.time())
    answers: dict[str, int] = {}
    ids: list[str] = []
    for name, (signed_by, at, flip) in {
        "a flipped bit": (secret, now, True),
        "a stranger's secret": ("whsec_stranger", now, False),
        "an hour old": (secret, now - 3_600, False),
        "from the future": (secret, now + 3_600, False),
    }.items():
        event_id = f"evt_forged{len(ids)}{scene.stage.run}"
        body = _event(event_id)
        header = stripe_signatures.header(body, signed_by, at)
        sent = body.replace(b'"amount": 1', b'"amount": 0') if flip else body
        answers[name] = scene.edge.post("/webhooks/stripe", sent, {"Stripe-Signature": header}).status
        ids.append(event_id)
    answers["no signature"] = scene.edge.post("/webhooks/stripe", _event(ids[0]), {}).status
    return judge(Observation(answers, tuple(each for each in ids if scene.record(f"inbox/{each}"))))


def judge(seen: Observation) -> Finding:
    """Return whether every forgery was answered 400 and none was kept."""
    is_well = bool(seen.answers) and set(seen.answers.values()) == {400} and not seen.kept
    answered = ", ".join(f"{name}: {status}" for name, status in seen.answers.items())
    return Finding(
        id=ID,
        subject="POST /webhooks/stripe",
        status=Status.PASS if is_well else Status.FAIL,
        expected="events with a forged, old or missing signature are answered 400 and not stored",
        observed=f"{answered}; {len(seen.kept)} stored",
        evidence=json.dumps({"answers": dict(seen.answers), "kept": seen.kept}),
        fix="" if is_well else FIX,
    )


def _event(event_id: str) -> bytes:
    thing = {"customer": "cus_forged", "amount": 1}
    return json.dumps({"id": event_id, "type": "invoice.paid", "livemode": False, "data": {"object": thing}}).encode()
