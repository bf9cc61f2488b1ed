"""Signs an event by the `stripe` package, with the secret that Secret Manager holds.

Usage: sign_event.py FOLDER EVENT_ID. Writes `event.json` and, with one bit flipped, `flipped.json`, and prints the
Stripe-Signature header of the former.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import stripe
from secret_values import read


def main(folder: Path, event_id: str) -> None:
    secret = read("stripe-signing-secret")
    event = {"id": event_id, "object": "event", "type": "product.created", "data": {"object": {"id": "prod_1"}}}
    body = json.dumps(event)
    header = stripe.WebhookSignature.generate_signature_header(body, secret)
    stripe.Webhook.construct_event(body, header, secret)
    (folder / "event.json").write_text(body)
    (folder / "flipped.json").write_text(body.replace("prod_1", "prod_0"))  # 0x31 and 0x30: one bit
    sys.stdout.write(f"{header}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
