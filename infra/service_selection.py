"""Which services run for a spec, and which secrets they read."""

from __future__ import annotations

from blueprint.spec import Spec
from handlers.service_manifest import SERVICE_MANIFESTS, ServiceManifest, chosen

PUBLIC = next(role.name for role in SERVICE_MANIFESTS.values() if role.public)
"""The one service that takes requests from outside."""
HEALTH = "/health"  # Cloud Run keeps paths that end in z, such as /healthz, for itself


def roles_of(spec: Spec) -> tuple[ServiceManifest, ...]:
    """Return the services with what they need for the providers that the spec names."""
    return tuple(chosen(spec.support.providers).values())


def secrets_of(spec: Spec) -> tuple[str, ...]:
    """Return the secrets that some service reads."""
    return tuple(dict.fromkeys(secret for role in roles_of(spec) for secret in role.secrets))
