"""Rules on secrets: their values stay out of programs and state."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from blueprint import credentials
from handlers.roles import EDGE_KEY
from infra.policy.rule import Resource, Rule, of

SHOWN = 6  # characters of what looks like a secret that are repeated


def _holds_a_value(resource: Resource) -> str | None:
    # The edge's rule must hold the key that it sends, so the stack has to know it: docs/adr/0005-edge-key.md.
    return None if resource.name == EDGE_KEY else "would put a secret's value into the stack's state"


def _shows_a_secret(resource: Resource) -> str | None:
    seen = next((seen for text in _texts(resource.properties) if (seen := credentials.found(text))), None)
    return f"has a secret among its properties: {seen[0]} that begins with {seen[1][:SHOWN]}" if seen else None


def _texts(value: Any) -> Iterator[str]:
    """Yield every text in a value, however deep."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        yield from (text for key in value for text in _texts(value[key]))
    elif isinstance(value, Sequence):
        yield from (text for place in range(len(value)) for text in _texts(value[place]))


SECRETS: tuple[Rule, ...] = (
    Rule(
        "secrets.no-values",
        "No secret's value goes through the stack",
        "github.com/pulumi/pulumi-terraform-bridge/issues/3201",
        of("gcp:secretmanager/SecretVersion"),
        _holds_a_value,
        "Make the secret only, and store its value with ./launch secrets push",
    ),
    Rule(
        "secrets.not-in-inputs",
        "No property holds a secret",
        "CIS GCP 1.18, Checkov CKV_SECRET",
        None,
        _shows_a_secret,
        "Let the service read it from Secret Manager at run time, and give whoever saw it a new one",
    ),
)
