"""What each service may do and needs: the container checks it at start, the infrastructure grants from it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

INTAKE = "intake"
SYNC_PAYMENTS = "sync-payments"
SYNC_CRM = "sync-crm"
SUPPORT_TICKET = "support-ticket"
INTENTS = "intents"
SUPPORT_DRAFTS = "support-drafts"
RECONCILE = "reconcile"

STRIPE_SIGNING_SECRET = "stripe-signing-secret"  # noqa: S105 - names of secrets, not secrets
STRIPE_API_KEY = "stripe-api-key"
HUBSPOT_TOKEN = "hubspot-token"  # noqa: S105
ZENDESK_CLIENT_ID = "zendesk-client-id"
ZENDESK_CLIENT_SECRET = "zendesk-client-secret"  # noqa: S105
RESEND_KEY = "resend-key"
SMTP_PASSWORD = "smtp-password"  # noqa: S105
ZENDESK_SIGNING_SECRET = "zendesk-signing-secret"  # noqa: S105
HELPDESK_SIGNING_SECRET = "helpdesk-signing-secret"  # noqa: S105
EDGE_KEY = "edge-key"

EDGE_HEADER = "X-Edge-Key"
"""The header in which the edge sends the value of EDGE_KEY, which the infrastructure makes and nobody pushes."""

PROBE_PATH = "/webhooks/probe"
PROBE_AUDIENCE = "launch-probe"
"""Where Cloud Scheduler sends probes, and whom its tokens for them are meant for: no other door takes those."""

# Providers that a launch chooses from; `webhooks` are events of a helpdesk that follow Standard Webhooks, `drafts` are
# proposals for replies, `vertex` says that a model of Google's makes them.
ZENDESK, EMAIL, RESEND, SMTP, WEBHOOKS, DRAFTS = "zendesk", "email", "resend", "smtp", "webhooks", "drafts"
VERTEX = "vertex"

PREDICT = "aiplatform.endpoints.predict"

PROVIDER_OF: Mapping[str, str] = {
    ZENDESK_CLIENT_ID: ZENDESK,
    ZENDESK_CLIENT_SECRET: ZENDESK,
    ZENDESK_SIGNING_SECRET: ZENDESK,
    HELPDESK_SIGNING_SECRET: WEBHOOKS,
    RESEND_KEY: RESEND,
    SMTP_PASSWORD: SMTP,
    PREDICT: VERTEX,
}
"""Secret or permission → the provider that it is for; those that are not named here are always needed."""

EVENTS = "events"
PAYMENTS = "payments"
CRM = "crm"
HELPDESK = "helpdesk"
MAIL = "mail"
IDENTITY = "identity"


@dataclass(frozen=True)
class ProviderQueue:
    """The Cloud Tasks queue of all work that asks one provider, so that a slow one holds up nothing but itself.

    `per_second` and `at_once` stay below what the provider takes; a task that failed waits `min_backoff` seconds, then
    twice as long each time.
    """

    name: str
    per_second: int
    at_once: int
    min_backoff: int = 1


QUEUES: Mapping[str, ProviderQueue] = {
    queue.name: queue
    for queue in (
        ProviderQueue(EVENTS, 50, 20),  # asks nobody outside
        ProviderQueue(PAYMENTS, 40, 20),  # Stripe: 100 requests a second, two an event (docs.stripe.com/rate-limits)
        ProviderQueue(
            CRM, 9, 5
        ),  # HubSpot: 100 in 10 s on Free and Starter (developers.hubspot.com, "Usage guidelines")
        ProviderQueue(
            HELPDESK, 3, 5, min_backoff=2
        ),  # Zendesk: 200 a minute on Team (developer.zendesk.com, "Rate limits")
        ProviderQueue(IDENTITY, 8, 8),  # Firebase: 10 account updates a second (firebase.google.com/docs/auth/limits)
        ProviderQueue(MAIL, 4, 4, min_backoff=2),  # Resend: 5 a second (resend.com/docs/api-reference/rate-limit)
    )
}
EFFECTS: Mapping[str, str] = {
    "crm_contact": CRM,
    "helpdesk_ticket": HELPDESK,
    "helpdesk_comment": HELPDESK,
    "helpdesk_state": HELPDESK,
    "notification": MAIL,
    "custom_claims": IDENTITY,
    "timer": PAYMENTS,
    "stripe_address": PAYMENTS,
}
"""Kind of effect → the queue it is performed from."""

ACCOUNTS = ("firebaseauth.users.get", "firebaseauth.users.update")


@dataclass(frozen=True)
class ServiceManifest:
    """One service. `secrets` are the Secret Manager ids it reads, `calls` the services it sends tasks to.

    `queues` are those it puts tasks into, `inbox` is the one its events come by, `env` names the further environment
    variables it cannot do without, and `permissions` the IAM permissions on the project beside Firestore's.
    `takes_events` says that Eventarc delivers to it. `sweeps` are the calls that Cloud Scheduler makes to it, name →
    cron line (UTC), and `timeout` is what one call may take, in seconds.

    A service that is `asked_by` others calls nobody and keeps nothing: it answers those, takes no tasks, and has no
    part in Firestore. With a `provider` it is there only where that was chosen.
    """

    name: str
    public: bool
    secrets: tuple[str, ...]
    calls: tuple[str, ...] = ()
    queues: tuple[str, ...] = ()
    inbox: str = EVENTS
    env: tuple[str, ...] = ()
    permissions: tuple[str, ...] = ()
    takes_events: bool = False
    asked_by: tuple[str, ...] = ()
    provider: str = ""
    sweeps: Mapping[str, str] = field(default_factory=dict)
    timeout: int = 60

    @property
    def stores(self) -> bool:
        """Whether it reads and writes Firestore."""
        return not self.asked_by


SERVICE_MANIFESTS: Mapping[str, ServiceManifest] = {
    role.name: role
    for role in (
        ServiceManifest(
            INTAKE,
            True,
            (EDGE_KEY, STRIPE_SIGNING_SECRET, ZENDESK_SIGNING_SECRET, HELPDESK_SIGNING_SECRET),
            calls=(SYNC_PAYMENTS, SYNC_CRM, SUPPORT_TICKET),
            queues=(EVENTS, PAYMENTS),
            env=("PROVIDERS", "PAYMENTS_MODE"),
            permissions=("firebaseauth.users.get",),
        ),
        ServiceManifest(
            SYNC_PAYMENTS,
            False,
            (STRIPE_API_KEY, RESEND_KEY, SMTP_PASSWORD),
            calls=(SYNC_PAYMENTS, SYNC_CRM),
            queues=(PAYMENTS, CRM, MAIL, IDENTITY),
            inbox=PAYMENTS,
            env=(
                "SUPPORT_FROM",
                "SUPPORT_TO",
                "PROVIDERS",
                "GRACE_DAYS",
                "REMINDER_DAYS",
                "PAYMENTS_MODE",
                "PAYMENTS_PLANS",
            ),
            permissions=ACCOUNTS,
        ),
        ServiceManifest(
            SYNC_CRM,
            False,
            (HUBSPOT_TOKEN,),
            calls=(SYNC_CRM, SYNC_PAYMENTS),
            queues=(CRM, IDENTITY, PAYMENTS),
            permissions=("firebaseauth.users.get",),
        ),
        ServiceManifest(
            SUPPORT_TICKET,
            False,
            (ZENDESK_CLIENT_ID, ZENDESK_CLIENT_SECRET, RESEND_KEY, SMTP_PASSWORD),
            calls=(SUPPORT_TICKET,),
            queues=(HELPDESK, MAIL),
            env=("SUPPORT_FROM", "SUPPORT_TO", "PROVIDERS"),
        ),
        ServiceManifest(
            INTENTS,
            False,
            (),
            calls=(SYNC_PAYMENTS, SYNC_CRM, SUPPORT_TICKET),
            queues=(EVENTS, PAYMENTS),
            permissions=("firebaseauth.users.get",),
            takes_events=True,
        ),
        ServiceManifest(
            SUPPORT_DRAFTS,
            False,
            (),
            env=("DRAFTER",),
            permissions=(PREDICT,),
            asked_by=(SUPPORT_TICKET,),
            provider=DRAFTS,
        ),
        ServiceManifest(
            RECONCILE,
            False,
            (STRIPE_API_KEY,),
            calls=(SYNC_PAYMENTS, SYNC_CRM, SUPPORT_TICKET, RECONCILE),
            queues=tuple(QUEUES),
            env=("SUPPORT_TO", "GRACE_DAYS", "PAYMENTS_MODE", "PAYMENTS_PLANS"),
            permissions=("firebaseauth.users.get",),
            sweeps={"minute": "* * * * *", "hour": "7 * * * *", "night": "23 3 * * *"},
            timeout=300,
        ),
    )
}


def chosen(providers: Collection[str]) -> Mapping[str, ServiceManifest]:
    """Return the services as a launch with these providers needs them: without those and the secrets of all others."""
    return {
        role.name: replace(
            role,
            secrets=tuple(each for each in role.secrets if _is_needed(each, providers)),
            permissions=tuple(each for each in role.permissions if _is_needed(each, providers)),
        )
        for role in SERVICE_MANIFESTS.values()
        if not role.provider or role.provider in providers
    }


def asked_by(service: str, providers: Collection[str]) -> tuple[str, ...]:
    """Return the services that a service asks directly."""
    return tuple(role.name for role in chosen(providers).values() if service in role.asked_by)


def _is_needed(name: str, providers: Collection[str]) -> bool:
    return name not in PROVIDER_OF or PROVIDER_OF[name] in providers


def url_variable(service: str) -> str:
    """Return the environment variable that holds a service's base URL: `sync-crm` → `URL_SYNC_CRM`."""
    return "URL_" + service.upper().replace("-", "_")
