"""What each service may do and needs: the container checks it at start, the infrastructure grants from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

INTAKE = "intake"
SYNC_PAYMENTS = "sync-payments"
SYNC_CRM = "sync-crm"
SUPPORT_TICKET = "support-ticket"

STRIPE_SIGNING_SECRET = "stripe-signing-secret"  # noqa: S105 - names of secrets, not secrets
STRIPE_API_KEY = "stripe-api-key"
HUBSPOT_TOKEN = "hubspot-token"  # noqa: S105
ZENDESK_TOKEN = "zendesk-token"  # noqa: S105
RESEND_KEY = "resend-key"


@dataclass(frozen=True)
class Role:
    """One service. `secrets` are the Secret Manager ids it reads, `calls` the services it sends tasks to.

    `env` names the further environment variables it needs.
    """

    name: str
    public: bool
    secrets: tuple[str, ...]
    calls: tuple[str, ...] = ()
    env: tuple[str, ...] = ()


ROLES: Mapping[str, Role] = {
    role.name: role
    for role in (
        Role(INTAKE, True, (STRIPE_SIGNING_SECRET,), calls=(SYNC_PAYMENTS, SYNC_CRM, SUPPORT_TICKET)),
        Role(
            SYNC_PAYMENTS,
            False,
            (STRIPE_API_KEY, RESEND_KEY),
            calls=(SYNC_CRM,),
            env=("SUPPORT_FROM", "SUPPORT_TO"),
        ),
        Role(SYNC_CRM, False, (HUBSPOT_TOKEN,)),
        Role(
            SUPPORT_TICKET,
            False,
            (ZENDESK_TOKEN, RESEND_KEY),
            env=("SUPPORT_FROM", "SUPPORT_TO", "ZENDESK_SUBDOMAIN"),
        ),
    )
}


def url_variable(service: str) -> str:
    """Return the environment variable that holds a service's base URL: `sync-crm` → `URL_SYNC_CRM`."""
    return "URL_" + service.upper().replace("-", "_")
