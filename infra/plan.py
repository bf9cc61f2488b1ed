"""What the launch spec means for each component: pure, and the only place that knows both."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import pulumi

from blueprint.delivery import Delivery
from blueprint.records import alias_domain_records, mail_records, mta_sts_policy, web_records
from blueprint.spec import Spec
from handlers.billing import plans
from handlers.logs import FINAL_FAILURE
from handlers.service_manifest import (
    INTENTS,
    QUEUES,
    SERVICE_MANIFESTS,
    SMTP_PASSWORD,
    VERTEX,
    ZENDESK_TOKEN,
    ServiceManifest,
    asked_by,
    chosen,
    url_variable,
)
from infra import (
    alerts,
    budget,
    edge,
    eventarc,
    firebase,
    firebase_hosting,
    firestore,
    firestore_indexes,
    identity_platform,
    image_build,
    image_source,
    load_balancer,
    mail_dns,
    queues,
    schedule,
    secret_manager,
    service_accounts,
    services,
    workload_identity,
)
from infra.alias_domains import AliasDomainConfig
from infra.audit_logs import AuditLogsConfig
from infra.cloudflare_alerts import CloudflareAlertsConfig
from infra.firewall import FirewallConfig
from infra.mta_sts import MtaStsConfig
from infra.payment_plans import plan_table
from infra.project import BASICS, ProjectConfig
from infra.redirects import RedirectsConfig
from infra.resource_names import BUILDER, EVENT_CALLER, FINAL_FAILURES, TASK_CALLER
from infra.slo import ServiceLevelConfig
from infra.worker_origin import WorkerOriginConfig
from infra.zone import ZoneConfig
from monitors.essential import api_health, error_rate, final_failures, unreachable
from monitors.full import availability, burning

PUBLIC = next(role.name for role in SERVICE_MANIFESTS.values() if role.public)
PARTS = (
    service_accounts,
    firebase,
    secret_manager,
    firestore,
    image_build,
    queues,
    services,
    eventarc,
    schedule,
    load_balancer,
    alerts,
)
APIS = tuple(dict.fromkeys((*BASICS, *(api for part in PARTS for api in part.APIS))))


def apis(spec: Spec) -> tuple[str, ...]:
    """Return every API that some component uses."""
    wanted = {
        firebase_hosting: spec.web.site,
        workload_identity: spec.delivery,
        budget: spec.google.budget,
        identity_platform: spec.google.identity_platform,
    }
    asked = tuple(api for part, is_asked in wanted.items() if is_asked for api in part.APIS)
    drafting = ("aiplatform.googleapis.com",) if VERTEX in spec.support.providers else ()
    return tuple(dict.fromkeys((*APIS, *asked, *drafting)))


def roles_of(spec: Spec) -> tuple[ServiceManifest, ...]:
    """Return the services with what they need for the providers that the spec names."""
    return tuple(chosen(spec.support.providers).values())


def secrets_of(spec: Spec) -> tuple[str, ...]:
    """Return the secrets that some service reads."""
    return tuple(dict.fromkeys(secret for role in roles_of(spec) for secret in role.secrets))


def project_config(spec: Spec) -> ProjectConfig:
    """Return the project with its APIs."""
    google = spec.google
    return ProjectConfig(
        project_id=google.project,
        apis=apis(spec),
        billing_account=google.billing_account,
        organization=google.organization,
        create=google.mode == "create",
        protect=spec.protect,
    )


def firebase_config(spec: Spec) -> firebase.FirebaseConfig:
    """Return the apps to register."""
    apps = spec.google.apps
    return firebase.FirebaseConfig(title=spec.domain, android=apps.android, apple=apps.apple, web=apps.web)


def identity_config(spec: Spec) -> service_accounts.ServiceAccountsConfig:
    """Return the identities of all services."""
    return service_accounts.ServiceAccountsConfig(roles_of(spec))


def audit_config(spec: Spec) -> AuditLogsConfig:
    """Return whose calls are logged."""
    return AuditLogsConfig(spec.google.audit_logs)


def budget_config(spec: Spec) -> budget.BudgetConfig | None:
    """Return what a month may cost, None where the spec sets no budget."""
    amount = spec.google.budget
    return budget.BudgetConfig(spec.google.billing_account, amount) if amount else None


def signin_config(spec: Spec) -> identity_platform.IdentityPlatformConfig:
    """Return where people may sign in: the hosts of the web app, and Firebase's own of the project."""
    own = (f"{spec.google.project}.firebaseapp.com", f"{spec.google.project}.web.app")
    return identity_platform.IdentityPlatformConfig((*spec.web_hosts, *own))


def vault_config(
    spec: Spec, who: service_accounts.ServiceAccounts, now: datetime
) -> secret_manager.SecretManagerConfig:
    """Return every secret with the services that read it; rotation counts from `now`."""
    rotation = spec.secrets.rotation_days * secret_manager.DAY
    readers = {
        secret: who.members([role.name for role in roles_of(spec) if secret in role.secrets])
        for secret in secrets_of(spec)
    }
    return secret_manager.SecretManagerConfig(
        readers,
        rotation=rotation,
        rotated_from=secret_manager.next_rotation(now, rotation) if rotation else "",
        destroy_delay=spec.secrets.destroy_delay_days * secret_manager.DAY,
        protect=spec.protect,
    )


def data_config(spec: Spec, root: Path) -> firestore.FirestoreConfig:
    """Return the database with the rules and indexes below `root`; raises OSError or IndexesError."""
    folder = root / "firestore"
    return firestore.FirestoreConfig(
        location=spec.google.region,
        rules=(folder / "firestore.rules").read_text(encoding="utf-8"),
        indexes=firestore_indexes.load(folder / "firestore.indexes.json"),
        protect=spec.protect,
    )


def build_config(spec: Spec, root: Path) -> image_build.ImageBuildConfig:
    """Return the build of the handlers below `root`; raises ValueError when their source is incomplete."""
    return image_build.ImageBuildConfig(
        spec.google.region, bucket=f"{spec.google.project}-source", source=image_source.read(root)
    )


def queue_configs(spec: Spec, who: service_accounts.ServiceAccounts) -> tuple[queues.QueueConfig, ...]:
    """Return the queue of each provider, with the services that put work into it."""
    return tuple(
        queues.QueueConfig(
            queue.name,
            spec.google.region,
            senders=who.members([role.name for role in roles_of(spec) if queue.name in role.queues]),
            per_second=queue.per_second,
            at_once=queue.at_once,
            min_backoff=queue.min_backoff,
        )
        for queue in QUEUES.values()
    )


def services_config(
    spec: Spec,
    who: service_accounts.ServiceAccounts,
    queue_prefix: pulumi.Input[str],
    project_number: pulumi.Input[str],
) -> services.ServicesConfig:
    """Return all services with their environments."""
    return services.ServicesConfig(
        region=spec.google.region,
        services=tuple(
            services.ServiceConfig(
                name=role.name,
                public=role.public,
                service_account=who.email(role.name),
                env=_environment(spec, role, who, queue_prefix, project_number),
                callers=who.members(_callers(role)),
                answers=bool(role.asked_by),
                timeout=role.timeout,
            )
            for role in roles_of(spec)
        ),
        min_instances=spec.services.min_instances,
        max_instances=spec.services.max_instances,
        direct=spec.origin == "worker",
        protect=spec.protect,
    )


def _callers(role: ServiceManifest) -> tuple[str, ...]:
    if role.public:
        return ()
    return (EVENT_CALLER,) if role.takes_events else role.asked_by or (TASK_CALLER,)


def schedule_config(
    spec: Spec, who: service_accounts.ServiceAccounts, project_number: pulumi.Input[str]
) -> schedule.ScheduleConfig:
    """Return the calls that Cloud Scheduler makes to the services."""
    return schedule.ScheduleConfig(
        spec.google.region,
        who.email(TASK_CALLER),
        tuple(
            schedule.Sweep(
                f"{role.name}-{name}", cron, services.address(role.name, project_number, spec.google.region), name
            )
            for role in SERVICE_MANIFESTS.values()
            for name, cron in role.sweeps.items()
        ),
    )


def _environment(
    spec: Spec,
    role: ServiceManifest,
    who: service_accounts.ServiceAccounts,
    queue_prefix: pulumi.Input[str],
    project_number: pulumi.Input[str],
) -> dict[str, pulumi.Input[str]]:
    region = spec.google.region
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
    return {
        "ROLE": role.name,
        "GOOGLE_CLOUD_PROJECT": spec.google.project,
        "REGION": region,
        "TASK_QUEUES": queue_prefix,
        "TASK_CALLER": who.email(TASK_CALLER),
        **({"EVENT_CALLER": who.email(EVENT_CALLER)} if role.takes_events else {}),
        **{
            url_variable(other): services.address(other, project_number, region)
            for other in (*role.calls, *asked_by(role.name, spec.support.providers))
        },
        **{name: known[name] for name in role.env},
        **_provider_environment(spec, role),
        **variables_of(spec, role),
    }


def variables_of(spec: Spec, role: ServiceManifest) -> Mapping[str, str]:
    """Return the environment variables that the spec adds to a service."""
    return next((variables for name, variables in spec.services.env.items() if name == role.name), {})


def _provider_environment(spec: Spec, role: ServiceManifest) -> dict[str, str]:
    support = spec.support
    zendesk = {"ZENDESK_SUBDOMAIN": support.zendesk} if support.zendesk and ZENDESK_TOKEN in role.secrets else {}
    if support.smtp is None or SMTP_PASSWORD not in role.secrets:
        return zendesk
    return {**zendesk, "SMTP_SERVER": support.smtp.server, "SMTP_USER": support.smtp.user}


def events_config(spec: Spec, who: service_accounts.ServiceAccounts) -> eventarc.EventarcConfig:
    """Return what Eventarc delivers where: it has to be set up where the database is."""
    return eventarc.EventarcConfig(
        location=spec.google.region,
        service=INTENTS,
        region=spec.google.region,
        caller=who.email(EVENT_CALLER),
    )


def gateway_config(
    spec: Spec, service: pulumi.Input[str], armor: pulumi.Input[str] | None = None
) -> load_balancer.LoadBalancerConfig:
    """Return the way from the API's host name to the public service."""
    return load_balancer.LoadBalancerConfig(spec.api_host, spec.google.region, service, armor)


def forwarder_config(spec: Spec, project_number: pulumi.Input[str]) -> WorkerOriginConfig:
    """Return the way to the public service where there is no load balancer."""
    origin = services.address(PUBLIC, project_number, spec.google.region)
    return WorkerOriginConfig(spec.domain, spec.api_host, spec.cloudflare.account, origin)


def hosting_config(spec: Spec) -> firebase_hosting.FirebaseHostingConfig | None:
    """Return the web app's site at Firebase, None where the spec names another host."""
    return firebase_hosting.FirebaseHostingConfig(spec.web.site, spec.web_hosts) if spec.web.site else None


def zone_config(spec: Spec) -> ZoneConfig:
    """Return the zone with the records that are not about mail."""
    records = web_records(spec)
    return ZoneConfig(spec.domain, spec.cloudflare.account, records, plan=spec.cloudflare.plan, protect=spec.protect)


def mail_config(spec: Spec) -> mail_dns.MailDnsConfig:
    """Return the mail records."""
    return mail_dns.MailDnsConfig(spec.domain, mail_records(spec))


def edge_config(spec: Spec) -> edge.EdgeConfig:
    """Return how the edge treats each host."""
    wanted = spec.cloudflare
    return edge.EdgeConfig(
        web_hosts=spec.web_hosts,
        api_host=spec.api_host,
        hsts=edge.Hsts(wanted.hsts_max_age, wanted.hsts_subdomains, wanted.hsts_preload),
        headers=spec.web.headers,
    )


def firewall_config(spec: Spec) -> FirewallConfig:
    """Return what the edge turns away."""
    wanted = spec.cloudflare
    return FirewallConfig(wanted.plan, spec.api_host, requests=wanted.rate_limit, ddos=wanted.ddos_sensitivity)


def redirects_config(spec: Spec) -> RedirectsConfig:
    """Return the hosts and pages that have moved."""
    wanted = spec.cloudflare
    return RedirectsConfig(spec.domain, wanted.account, wanted.plan, spec.redirects, spec.moved_pages)


def mta_sts_config(spec: Spec) -> MtaStsConfig | None:
    """Return the policy to serve, None where the spec wants none."""
    policy = mta_sts_policy(spec)
    return MtaStsConfig(spec.domain, spec.cloudflare.account, policy) if policy else None


def parked_configs(spec: Spec) -> tuple[AliasDomainConfig, ...]:
    """Return the further domains, each with what it needs."""
    wanted = spec.cloudflare
    return tuple(
        AliasDomainConfig(
            domain=domain,
            account=wanted.account,
            target=f"https://{spec.domain}",
            hsts=edge.Hsts(wanted.hsts_max_age),
            records=alias_domain_records(domain, spec.mail.dmarc.report),
            protect=spec.protect,
        )
        for domain in spec.other_domains
    )


def notices_config(spec: Spec) -> CloudflareAlertsConfig:
    """Return who hears what Cloudflare tells."""
    return CloudflareAlertsConfig(spec.domain, spec.cloudflare.account, spec.alerts.email)


def objectives_config(spec: Spec) -> ServiceLevelConfig | None:
    """Return what is watched over weeks, None where the essential alerts are enough."""
    if spec.alerts.watch != "full":
        return None
    wanted = availability(PUBLIC)
    charts = {
        "Requests a minute": wanted.total.counted(1),
        "Errors of ours a minute": wanted.failed.counted(1),
        "Share that fails, over an hour": f"{wanted.failed.counted(60)} / {wanted.total.counted(60)}",
    }
    return ServiceLevelConfig(wanted, charts)


def alerts_config(spec: Spec) -> alerts.AlertsConfig:
    """Return the alerts that the spec asks for, with its thresholds."""
    uptime = api_health(spec.api_host, services.HEALTH)
    essential = (unreachable(uptime), error_rate(PUBLIC, spec.alerts), final_failures(FINAL_FAILURES, spec.alerts))
    further = (burning(availability(PUBLIC)),) if spec.alerts.watch == "full" else ()
    return alerts.AlertsConfig(
        email=spec.alerts.email,
        uptime=uptime,
        alerts=(*essential, *further),
        metric=FINAL_FAILURES,
        outcome=FINAL_FAILURE,
    )


def delivery_config(
    wanted: Delivery, spec: Spec, who: service_accounts.ServiceAccounts
) -> workload_identity.WorkloadIdentityConfig:
    """Return whom GitHub's workflows act as."""
    accounts = (*(role.name for role in roles_of(spec)), TASK_CALLER, BUILDER)
    acts_as = {account: who.name(account) for account in accounts}
    return workload_identity.WorkloadIdentityConfig(wanted.repository_id, wanted.branch, wanted.environment, acts_as)
