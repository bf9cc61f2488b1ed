"""Rules on secrets: their values stay out of programs and state."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from blueprint import credential_patterns
from handlers.service_manifest import EDGE_KEY
from infra.policy.rule import Resource, Rule, of

SHOWN = 6  # characters of what looks like a secret that are repeated


def _holds_a_value(resource: Resource) -> str | None:
    # The edge's rule must hold the key that it sends, so the stack has to know it: docs/adr/0005-edge-key.md.
    return None if resource.name == EDGE_KEY else "would put a secret's value into the stack's state"


def _shows_a_secret(resource: Resource) -> str | None:
    for path, text in _texts(resource.properties):
        if seen := credential_patterns.found(text):
            return f"has in {path} what looks like {seen[0]} ({seen[1][:SHOWN]}…)"
    return None


def _texts(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Yield every text in a value, however deep, with where it stands, such as `containers[0].image`."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, Mapping):
        yield from (found for key in value for found in _texts(value[key], f"{path}.{key}".lstrip(".")))
    elif isinstance(value, Sequence):
        yield from (found for place in range(len(value)) for found in _texts(value[place], f"{path}[{place}]"))


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
        "Take it out, let the service read it from Secret Manager at run time, and replace it: it was shown",
    ),
)
