"""Services, environment variables and secrets: who runs what, and who reads which value, where and how old it is."""

from __future__ import annotations

from datetime import datetime, timedelta

from checklists.handover import Handover
from checklists.pages.blocks import Page, Row, Table, Text, meant
from handlers.service_manifest import EDGE_KEY, SERVICE_MANIFESTS, STRIPE_SIGNING_SECRET, ServiceManifest, chosen

GIVEN = ("ROLE", "GOOGLE_CLOUD_PROJECT", "REGION", "TASK_QUEUES", "TASK_CALLER")
"""What every service finds in its environment; see infra/service_environment.py."""
USED_FOR = {
    "EVENT_CALLER": "who may deliver Firestore's events",
    "WEB_ORIGINS": "which pages may call the API from a browser",
    "SUPPORT_FROM": "address that support mail comes from",
    "SUPPORT_TO": "address that support requests go to",
    "PROVIDERS": "which helpdesk and mailer were chosen",
    "GRACE_DAYS": "how long a plan is kept after a failed payment",
    "REMINDER_DAYS": "when a customer is reminded of it",
    "PAYMENTS_MODE": "Stripe's mode; events of the other are ignored",
    "PAYMENTS_PLANS": "which price is which plan",
    "DRAFTER": "which model proposes replies",
}


MADE_BY = {EDGE_KEY: "the program", STRIPE_SIGNING_SECRET: "`stripe connect`"}
ROTATE = (
    "To rotate one: `./launch secrets rotate NAME`; for the edge's key, raise `cloudflare.edge_key` by one and run "
    "`./launch up`. Secrets are kept in Secret Manager; each service may read its own and no others."
)


def page(handover: Handover) -> Page:
    """Return the page of services, variables and secrets; there are no values of secrets on it."""
    roles = roles_of(handover)
    named = {service.name: service for service in handover.outputs.services}
    services = tuple(
        (
            role.name,
            "public" if role.public else "private",
            ", ".join(role.secrets) or "none",
            ", ".join(role.calls) or "none",
        )
        for role in roles
    )
    own = tuple((f"`{key}`", name, f"`{value}`") for name, one in named.items() for key, value in one.env.items())
    variables = (
        (", ".join(f"`{name}`" for name in GIVEN), "every service", "what it is, and where its queues are"),
        *(
            (f"`{name}`", ", ".join(r.name for r in roles if name in r.env), USED_FOR.get(name, ""))
            for name in _env(roles)
        ),
        ("`URL_…`", "every service that calls another", "the other one's address"),
        *((name, service, f"set by you: {value}") for name, service, value in own),
    )
    secrets = tuple(_secret(name, roles, handover) for name in handover.outputs.secrets)
    days = handover.spec.secrets.rotation_days if handover.spec else 0
    rule = f"every {days} days" if days else "when somebody leaves"
    return Page(
        "services",
        "Services, environment variables and secrets",
        f"One image, {len(roles)} services, each with an identity of its own. Secrets are rotated {rule}.",
        (
            Table("Services", ("service", "reached by", "reads secrets", "sends tasks to"), services),
            Table("Environment variables (no secrets)", ("variable", "read by", "what for"), variables),
            Table("Secrets (no values)", ("secret", "read by", "age", "next rotation", "set by"), secrets, "None."),
            Text(meant(ROTATE, handover.flag)),
        ),
        ("services", "environment variables", "secrets", "rotation"),
    )


def roles_of(handover: Handover) -> tuple[ServiceManifest, ...]:
    """Return the services of the launch as its providers need them."""
    names = [service.name for service in handover.outputs.services]
    known = chosen(handover.spec.support.providers) if handover.spec else SERVICE_MANIFESTS
    return tuple(known[name] for name in names if name in known)


def next_rotation(name: str, handover: Handover) -> datetime | None:
    """Return when a secret is due, None where nobody knows how old it is, or none ever is."""
    made, days = handover.record.secrets.get(name), handover.spec.secrets.rotation_days if handover.spec else 0
    return datetime.fromisoformat(made) + timedelta(days=days) if made and days else None


def _secret(name: str, roles: tuple[ServiceManifest, ...], handover: Handover) -> Row:
    made, due = handover.record.secrets.get(name), next_rotation(name, handover)
    age = f"{(handover.made_at - datetime.fromisoformat(made)).days} days" if made else "not known"
    readers = ", ".join(role.name for role in roles if name in role.secrets) or "nobody"
    return (f"`{name}`", readers, age, f"{due:%Y-%m-%d}" if due else "not set", MADE_BY.get(name, "`secrets push`"))


def _env(roles: tuple[ServiceManifest, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for role in roles for name in role.env))
