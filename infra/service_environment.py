"""The environment variables of each Cloud Run service."""

from __future__ import annotations

from collections.abc import Mapping

import pulumi

from blueprint.spec import Spec
from handlers.billing import plans
from handlers.service_manifest import SMTP_PASSWORD, ZENDESK_CLIENT_ID, ServiceManifest, asked_by, url_variable
from infra.payment_plans import plan_table
from infra.resource_names import EVENT_CALLER, TASK_CALLER
from infra.service_accounts import ServiceAccounts
from infra.service_address import address


def environment(
    spec: Spec,
    role: ServiceManifest,
    accounts: ServiceAccounts,
    queue_prefix: pulumi.Input[str],
    project_number: pulumi.Input[str],
) -> dict[str, pulumi.Input[str]]:
    """Return everything that a service finds in its environment: name → value. No value is a secret.

    `queue_prefix` is what the full name of every queue begins with; see `infra.queues.Queues`.
    """
    region = spec.google.region
    return {
        "ROLE": role.name,
        "GOOGLE_CLOUD_PROJECT": spec.google.project,
        "REGION": region,
        "TASK_QUEUES": queue_prefix,
        "TASK_CALLER": accounts.email(TASK_CALLER),
        **({"EVENT_CALLER": accounts.email(EVENT_CALLER)} if role.takes_events else {}),
        **({"WEB_ORIGINS": " ".join(f"https://{host}" for host in spec.web_hosts)} if role.public else {}),
        **{
            url_variable(other): address(other, project_number, region)
            for other in (*role.calls, *asked_by(role.name, spec.support.providers))
        },
        **_of_settings(spec, role),
        **_of_providers(spec, role),
        **variables_of(spec, role),
    }


def variables_of(spec: Spec, role: ServiceManifest) -> Mapping[str, str]:
    """Return the environment variables that the spec adds to a service."""
    return next((variables for name, variables in spec.services.env.items() if name == role.name), {})


def _of_settings(spec: Spec, role: ServiceManifest) -> dict[str, str]:
    known = {
        "SUPPORT_FROM": spec.support.sender,
        "SUPPORT_TO": spec.support.receiver,
        "PROVIDERS": " ".join(spec.support.providers),
        "DRAFTER": spec.support.drafts,
        "GRACE_DAYS": str(spec.payments.grace_days),
        "PAYMENTS_MODE": spec.payments.mode,
        "PAYMENTS_PLANS": plans.to_json(plan_table(spec.payments)),
        "REMINDER_DAYS": ",".join(map(str, spec.payments.reminder_days)) or "none",
    }
    return {name: known[name] for name in role.env}


def _of_providers(spec: Spec, role: ServiceManifest) -> dict[str, str]:
    support = spec.support
    zendesk = {"ZENDESK_SUBDOMAIN": support.zendesk} if support.zendesk and ZENDESK_CLIENT_ID in role.secrets else {}
    if support.smtp is None or SMTP_PASSWORD not in role.secrets:
        return zendesk
    return {**zendesk, "SMTP_SERVER": support.smtp.server, "SMTP_USER": support.smtp.user}
