"""Criterion: a secret that was pushed empty opens no door, and closes none while the one before it is there."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from blueprint.finding import Finding
from flows.accept.verdict import found
from flows.scene import Scene
from handlers.doors.signed_webhooks import FRESH
from handlers.outside import google_clients
from handlers.senders import stripe_signatures
from handlers.service_manifest import STRIPE_SIGNING_SECRET

ID = "accept.secrets.cut_off"
PAUSE = 3.0  # seconds between two attempts; the door asks for newer versions every FRESH seconds
FIX = "`./launch secrets list` names what cannot be used; handlers/secret_values.py decides it."


@dataclass(frozen=True)
class Observation:
    """What the door answered to events signed with an empty key, and then to a genuine one."""

    forged: Sequence[int]
    genuine: int


def play(scene: Scene) -> Finding:
    """Store an empty version of Stripe's signing secret, sign with it until every service knows, and with the real."""
    secret = scene.stage.secret(STRIPE_SIGNING_SECRET)
    forged: list[int] = []
    with _empty_version(scene):
        end = time.monotonic() + FRESH + 2 * PAUSE
        while time.monotonic() < end:
            forged.append(_signed(scene, "", len(forged)))
            time.sleep(PAUSE)
        genuine = _signed(scene, secret, len(forged))
    return judge(Observation(forged, genuine))


def judge(seen: Observation) -> Finding:
    """Return whether the empty key opened nothing and the key before it still opens."""
    is_well = bool(seen.forged) and set(seen.forged) == {400} and seen.genuine == 200
    return found(
        ID,
        STRIPE_SIGNING_SECRET,
        is_well,
        "an event that is signed with an empty key is refused (400), and one that is signed with the version before is "
        "accepted (200)",
        f"signed with an empty key: {sorted(set(seen.forged)) or 'nothing'}; with the version before: {seen.genuine}",
        FIX,
        forged=list(seen.forged),
    )


@contextmanager
def _empty_version(scene: Scene) -> Iterator[None]:
    parent = f"projects/{scene.stage.project}/secrets/{STRIPE_SIGNING_SECRET}"
    with google_clients.secret_manager(scene.stage.environ) as manager:
        made = manager.add_secret_version(parent=parent, payload={"data": b"\n"}, timeout=10)
        try:
            yield
        finally:
            manager.destroy_secret_version(name=made.name, timeout=10)


def _signed(scene: Scene, secret: str, number: int) -> int:
    thing = {"customer": "cus_cut_off", "object": "customer"}
    event = {"id": f"evt_cutoff{number}{scene.stage.run}", "type": "customer.updated", "data": {"object": thing}}
    body, now = json.dumps(event).encode(), int(time.time())
    header = stripe_signatures.header(body, secret, now)
    return scene.edge.post("/webhooks/stripe", body, {"Stripe-Signature": header}).status
