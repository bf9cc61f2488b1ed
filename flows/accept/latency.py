"""Criterion: the public door answers fast, for the slowest in twenty too."""

from __future__ import annotations

import json
import math
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from blueprint.finding import Finding
from flows.accept.verdict import found
from flows.device import SIGNUP, Intent, signed_in
from flows.scene import Scene
from handlers.senders import stripe_signatures
from handlers.service_manifest import STRIPE_SIGNING_SECRET

ID = "accept.latency"
LIMIT = 0.5  # seconds at the 95th percentile
REQUESTS = 120
PER_SECOND = 12.0
FIX = "Look at `./launch logs intake`; on a machine that was busy, run `./launch accept --only latency` again."


@dataclass(frozen=True)
class Observation:
    """How long each request took (seconds), and how many were answered by status."""

    seconds: Sequence[float]
    answers: Mapping[int, int]


def play(scene: Scene) -> Finding:
    """Send webhooks and intents at an even pace, as many apps together do, and measure each."""
    device = signed_in(scene, "accept-latency")
    secret = scene.stage.secret(STRIPE_SIGNING_SECRET)
    device.send(Intent(SIGNUP, "warm", {"name": "Synthetic"}))

    def one(number: int, at: float) -> tuple[float, int]:
        time.sleep(max(0.0, at - time.monotonic()))
        begun = time.monotonic()
        if number % 3 == 0:
            status = device.send(Intent(SIGNUP, f"latency-{number}", {"name": "Synthetic"})).status
        else:
            status = _webhook(scene, secret, f"evt_latency{number}{scene.stage.run}")
        return time.monotonic() - begun, status

    first = time.monotonic()
    with ThreadPoolExecutor(16) as pool:
        done = list(pool.map(lambda number: one(number, first + number / PER_SECOND), range(REQUESTS)))
    return judge(Observation([seconds for seconds, _ in done], Counter(status for _, status in done)))


def judge(seen: Observation) -> Finding:
    """Return whether all were accepted and 95 of 100 were answered in time."""
    p95 = percentile(seen.seconds, 95) if seen.seconds else math.inf
    is_well = p95 < LIMIT and set(seen.answers) <= {200, 202}
    answered = ", ".join(f"{count} × {status}" for status, count in sorted(seen.answers.items()))
    return found(
        ID,
        f"{len(seen.seconds)} requests",
        is_well,
        f"all are accepted, 95 % of them within {LIMIT * 1000:.0f} ms",
        f"95 % within {p95 * 1000:.0f} ms; answered {answered or 'nothing'}",
        FIX,
        p50=round(percentile(seen.seconds, 50), 4) if seen.seconds else None,
        p95=round(p95, 4) if seen.seconds else None,
        slowest=round(max(seen.seconds), 4) if seen.seconds else None,
    )


def percentile(values: Sequence[float], percent: float) -> float:
    """Return the smallest value that so many percent of the values do not exceed (nearest rank)."""
    return sorted(values)[max(0, math.ceil(len(values) * percent / 100) - 1)]


def _webhook(scene: Scene, secret: str, event_id: str) -> int:
    thing = {"customer": "cus_latency", "object": "customer"}
    body = json.dumps(
        {"id": event_id, "type": "customer.updated", "livemode": False, "data": {"object": thing}}
    ).encode()
    timestamp = int(time.time())
    header = stripe_signatures.header(body, secret, timestamp)
    return scene.edge.post("/webhooks/stripe", body, {"Stripe-Signature": header}).status
