"""All components of a launch, put together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pulumi

from blueprint.records import ORIGINLESS, api_record
from blueprint.spec import Spec
from handlers.service_manifest import EDGE_KEY, INTENTS
from infra.adoption import Adoption
from infra.alerts import Alerts, AlertsConfig
from infra.alias_domains import AliasDomain, AliasDomainConfig
from infra.apis import apis_of
from infra.audit_logs import AuditLogs, AuditLogsConfig
from infra.budget import Budget, BudgetConfig
from infra.cloud_armor import CloudArmor, CloudArmorConfig
from infra.cloudflare_alerts import CloudflareAlerts, CloudflareAlertsConfig
from infra.edge import Edge, EdgeConfig
from infra.edge_key import EdgeKey
from infra.eventarc import Eventarc, EventarcConfig
from infra.firebase import Firebase, FirebaseConfig
from infra.firebase_hosting import FirebaseHosting, FirebaseHostingConfig
from infra.firestore import Firestore, FirestoreConfig
from infra.firewall import Firewall, FirewallConfig
from infra.identity_platform import IdentityPlatform, IdentityPlatformConfig
from infra.image_build import ImageBuild, ImageBuildConfig
from infra.load_balancer import LoadBalancer, LoadBalancerConfig
from infra.loading.flush import flush
from infra.loading.sdk import gcp
from infra.mail_dns import MailDns, MailDnsConfig
from infra.mta_sts import MtaSts, MtaStsConfig
from infra.project import Project, ProjectConfig
from infra.queues import QueueConfig, Queues
from infra.redirects import Redirects, RedirectsConfig
from infra.schedule import Schedule, ScheduleConfig
from infra.secret_manager import SecretManager, SecretManagerConfig
from infra.service_accounts import ServiceAccounts, ServiceAccountsConfig
from infra.services import Services, ServicesConfig
from infra.slo import ServiceLevel, ServiceLevelConfig
from infra.web_origin import WebOrigin, WebOriginConfig
from infra.worker_origin import WorkerOrigin, WorkerOriginConfig
from infra.workload_identity import WorkloadIdentity, WorkloadIdentityConfig
from infra.zone import Zone, ZoneConfig


@dataclass(frozen=True)
class Stack:
    """The components that the stack's outputs tell about."""

    project: Project
    accounts: ServiceAccounts
    secrets: SecretManager
    image: ImageBuild
    queues: Queues
    load_balancer: LoadBalancer | None
    zone: Zone
    alias_domains: Mapping[str, AliasDomain]
    alerts: Alerts
    workload_identity: WorkloadIdentity | None = None


async def provision(spec: Spec, root: Path, now: datetime) -> Stack:
    """Make everything that the spec asks for, at the time `now`; `root` is the project's folder.

    Raises ValueError or OSError.
    """
    with Adoption(spec.adopt):
        return await _provision(spec, root, now)


async def _provision(spec: Spec, root: Path, now: datetime) -> Stack:
    google = _google(spec)
    project, firebase = _ground(spec, google)
    await flush()
    back = await _back(spec, root, now, project, google)
    balancer = _load_balancer(spec, back.running, project, google) if spec.origin == "load-balancer" else None
    if site := FirebaseHostingConfig.of(spec):
        FirebaseHosting("hosting", site, project, firebase, google)
    await flush()
    zone = await _front(spec, back.key, balancer, project)
    aliases = {one.domain: AliasDomain(f"parked-{one.domain}", one) for one in AliasDomainConfig.all_of(spec)}
    await flush()
    alerts = _watch(spec, root, project, google)
    config = WorkloadIdentityConfig.of(spec, back.accounts, back.image.sources, pulumi.get_stack())
    github = WorkloadIdentity("delivery", config, project, google) if config else None
    return Stack(project, back.accounts, back.secrets, back.image, back.queues, balancer, zone, aliases, alerts, github)


def _ground(spec: Spec, google: pulumi.ResourceOptions) -> tuple[Project, Firebase]:
    """Make what everything else needs: the project, its Firebase side, and its audit logs."""
    project = Project("project", ProjectConfig.of(spec, apis_of(spec)), _google_before_the_project(spec))
    AuditLogs("audit", AuditLogsConfig.of(spec), project, google)
    firebase = Firebase("firebase", FirebaseConfig.of(spec), project, google)
    if spec.google.identity_platform:
        IdentityPlatform("sign-in", IdentityPlatformConfig.of(spec), project, google)
    return project, firebase


@dataclass(frozen=True)
class _Back:
    """The components behind the API, which visitors never reach and the rest depends on."""

    accounts: ServiceAccounts
    secrets: SecretManager
    key: EdgeKey
    image: ImageBuild
    queues: Queues
    running: Services


async def _back(spec: Spec, root: Path, now: datetime, project: Project, google: pulumi.ResourceOptions) -> _Back:
    """Make the services with all that they need and all that calls them."""
    accounts = ServiceAccounts("identity", ServiceAccountsConfig.of(spec), project, google)
    await flush()
    secrets = SecretManager("vault", SecretManagerConfig.of(spec, accounts, now), project, google)
    firestore = Firestore("data", FirestoreConfig.of(spec, root), project, google)
    key = EdgeKey("edge-key", spec.cloudflare.edge_key, secrets.made[EDGE_KEY], google)
    await flush()
    image = ImageBuild("build", ImageBuildConfig.of(spec, root), project, accounts, google)
    queues = Queues("queues", QueueConfig.all_of(spec, accounts), project, google)
    await flush()
    running = Services(
        "services",
        ServicesConfig.of(spec, accounts, queues.prefix, project.number),
        project,
        image.image,
        after=[*accounts.grants, *secrets.grants, *queues.grants, key.stored],
        opts=google,
    )
    await flush()
    Eventarc("events", EventarcConfig.of(spec, accounts), firestore, running.admitted[INTENTS], project, google)
    Schedule("schedule", ScheduleConfig.of(spec, accounts, project.number), project, google)
    return _Back(accounts, secrets, key, image, queues, running)


def _load_balancer(spec: Spec, running: Services, project: Project, google: pulumi.ResourceOptions) -> LoadBalancer:
    armor = CloudArmor("armor", CloudArmorConfig(), project, google).policy if spec.google.armor else None
    return LoadBalancer("gateway", LoadBalancerConfig.of(spec, running.public, armor), project, google)


async def _front(spec: Spec, key: EdgeKey, balancer: LoadBalancer | None, project: Project) -> Zone:
    """Make the zone, its records, and the edge before them."""
    zone = Zone("zone", ZoneConfig.of(spec))
    _lead_to_the_api(spec, zone, balancer, project)
    await flush()
    MailDns("mail", MailDnsConfig.of(spec), zone.zone_id)
    if policy := MtaStsConfig.of(spec):
        MtaSts("mta-sts", policy, zone.zone_id)
    Edge("edge", EdgeConfig.of(spec), zone.zone_id, key)
    await flush()
    Firewall("firewall", FirewallConfig.of(spec), zone.zone_id)
    Redirects("redirects", RedirectsConfig.of(spec), zone.zone_id)
    if hosted := WebOriginConfig.of(spec):
        WebOrigin("web-origin", hosted, zone.zone_id)
    if spec.cloudflare.notifications:
        CloudflareAlerts("notices", CloudflareAlertsConfig.of(spec))
    return zone


def _watch(spec: Spec, root: Path, project: Project, google: pulumi.ResourceOptions) -> Alerts:
    """Make what notifies somebody: alerts, the service level objective, and the budget."""
    alerts = Alerts("alerts", AlertsConfig.of(spec, root, pulumi.get_stack()), project, google)
    if level := ServiceLevelConfig.of(spec):
        ServiceLevel("objectives", level, project, google)
    if budget := BudgetConfig.of(spec):
        Budget("budget", budget, project, [alerts.channel], google)
    return alerts


def _lead_to_the_api(spec: Spec, zone: Zone, balancer: LoadBalancer | None, project: Project) -> None:
    if balancer:
        zone.point(api_record(spec, ""), balancer.address)
        zone.prove(balancer.proof)
    else:
        zone.point(api_record(spec, ""), ORIGINLESS)
        WorkerOrigin("forwarder", WorkerOriginConfig.of(spec, project.number), zone.zone_id)


def _google_before_the_project(spec: Spec) -> pulumi.ResourceOptions:
    """Return options for the project and its APIs alone: a call cannot count for a project that is not there yet.

    This provider and the next are set up by the spec alone and not by whatever the shell has exported.
    """
    provider = gcp.Provider("google", project=spec.google.project, region=spec.google.region)
    return pulumi.ResourceOptions(providers={"gcp": provider})


def _google(spec: Spec) -> pulumi.ResourceOptions:
    """Return options with a provider whose calls count for the launch's project, by whomever they are made.

    Several APIs (Firebase and its rules, Identity Platform, budgets) refuse a person's log-in whose calls count for no
    project of theirs (403, terraform-provider-google#13120 and #24500), and others may begin to. `billing_project` is
    a project, no billing account. The split in two is that of Firebase's guide, "Get started with Terraform". A stack
    that has everything on the first provider loses nothing: the engine (3.200, `providerChanged` in step_generator.go)
    replaces for another provider only what that provider's settings ask it to.
    """
    provider = gcp.Provider(
        "google-quota",
        project=spec.google.project,
        region=spec.google.region,
        user_project_override=True,
        billing_project=spec.google.project,
    )
    return pulumi.ResourceOptions(providers={"gcp": provider})
