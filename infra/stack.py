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
from infra import plan
from infra.adoption import Adoption
from infra.alerts import Alerts
from infra.alias_domains import AliasDomain
from infra.audit_logs import AuditLogs
from infra.budget import Budget
from infra.cloud_armor import CloudArmor, CloudArmorConfig
from infra.cloudflare_alerts import CloudflareAlerts
from infra.edge import Edge
from infra.edge_key import EdgeKey
from infra.eventarc import Eventarc
from infra.firebase import Firebase
from infra.firebase_hosting import FirebaseHosting
from infra.firestore import Firestore
from infra.firewall import Firewall
from infra.identity_platform import IdentityPlatform
from infra.image_build import ImageBuild
from infra.load_balancer import LoadBalancer
from infra.loading.flush import flush
from infra.loading.sdk import gcp
from infra.mail_dns import MailDns
from infra.mta_sts import MtaSts
from infra.project import Project
from infra.queues import Queues
from infra.redirects import Redirects
from infra.schedule import Schedule
from infra.secret_manager import SecretManager
from infra.service_accounts import ServiceAccounts
from infra.services import Services
from infra.slo import ServiceLevel
from infra.worker_origin import WorkerOrigin
from infra.workload_identity import WorkloadIdentity
from infra.zone import Zone


@dataclass(frozen=True)
class Stack:
    """The components that something is promised about."""

    project: Project
    identity: ServiceAccounts
    vault: SecretManager
    build: ImageBuild
    queues: Queues
    gateway: LoadBalancer | None
    zone: Zone
    parked: Mapping[str, AliasDomain]
    alerts: Alerts
    delivery: WorkloadIdentity | None = None


async def provision(spec: Spec, root: Path, now: datetime) -> Stack:
    """Make everything that the spec asks for, at the time `now`; `root` is the project's folder.

    Raises ValueError or OSError.
    """
    with Adoption(spec.adopt):
        return await _provision(spec, root, now)


async def _provision(spec: Spec, root: Path, now: datetime) -> Stack:
    google, billed = _google(spec), _google_billed_to_the_project(spec)
    project = _ground(spec, google, billed)
    await flush()
    back = await _back(spec, root, now, project, google)
    gateway = _gateway(spec, back.running, project, google) if spec.origin == "load-balancer" else None
    if site := plan.hosting_config(spec):
        FirebaseHosting("hosting", site, project, billed)
    await flush()
    zone = await _front(spec, back.key, gateway, project)
    parked = {config.domain: AliasDomain(f"parked-{config.domain}", config) for config in plan.parked_configs(spec)}
    await flush()
    alerts = _watch(spec, project, google, billed)
    delivery = (
        WorkloadIdentity("delivery", plan.delivery_config(spec.delivery, spec, back.identity), project, google)
        if spec.delivery
        else None
    )
    return Stack(project, back.identity, back.vault, back.build, back.queues, gateway, zone, parked, alerts, delivery)


def _ground(spec: Spec, google: pulumi.ResourceOptions, billed: pulumi.ResourceOptions) -> Project:
    """Make what everything else stands in: the project, its Firebase side, and the log of who did what."""
    project = Project("project", plan.project_config(spec), google)
    AuditLogs("audit", plan.audit_config(spec), project, google)
    Firebase("firebase", plan.firebase_config(spec), project, billed)
    if spec.google.identity_platform:
        IdentityPlatform("sign-in", plan.signin_config(spec), project, billed)
    return project


@dataclass(frozen=True)
class _Back:
    """What nobody sees from outside, and the rest leans on."""

    identity: ServiceAccounts
    vault: SecretManager
    key: EdgeKey
    build: ImageBuild
    queues: Queues
    running: Services


async def _back(spec: Spec, root: Path, now: datetime, project: Project, google: pulumi.ResourceOptions) -> _Back:
    """Make the services with all that they need and all that calls them."""
    identity = ServiceAccounts("identity", plan.identity_config(spec), project, google)
    await flush()
    vault = SecretManager("vault", plan.vault_config(spec, identity, now), project, google)
    data = Firestore("data", plan.data_config(spec, root), project, google)
    key = EdgeKey("edge-key", spec.cloudflare.edge_key, vault.made[EDGE_KEY], google)
    await flush()
    build = ImageBuild("build", plan.build_config(spec, root), project, identity, google)
    queues = Queues("queues", plan.queue_configs(spec, identity), project, google)
    await flush()
    running = Services(
        "services",
        plan.services_config(spec, identity, queues.prefix, project.number),
        project,
        build.image,
        after=[*identity.grants, *vault.grants, *queues.grants, key.stored],
        opts=google,
    )
    await flush()
    Eventarc("events", plan.events_config(spec, identity), data, running.admitted[INTENTS], project, google)
    Schedule("schedule", plan.schedule_config(spec, identity, project.number), project, google)
    return _Back(identity, vault, key, build, queues, running)


def _gateway(spec: Spec, running: Services, project: Project, google: pulumi.ResourceOptions) -> LoadBalancer:
    armor = CloudArmor("armor", CloudArmorConfig(), project, google).policy if spec.google.armor else None
    return LoadBalancer("gateway", plan.gateway_config(spec, running.public, armor), project, google)


async def _front(spec: Spec, key: EdgeKey, gateway: LoadBalancer | None, project: Project) -> Zone:
    """Make the zone, its records, and the edge before them."""
    zone = Zone("zone", plan.zone_config(spec))
    _lead_to_the_api(spec, zone, gateway, project)
    await flush()
    MailDns("mail", plan.mail_config(spec), zone.zone_id)
    if policy := plan.mta_sts_config(spec):
        MtaSts("mta-sts", policy, zone.zone_id)
    Edge("edge", plan.edge_config(spec), zone.zone_id, key)
    await flush()
    Firewall("firewall", plan.firewall_config(spec), zone.zone_id)
    Redirects("redirects", plan.redirects_config(spec), zone.zone_id)
    if spec.cloudflare.notifications:
        CloudflareAlerts("notices", plan.notices_config(spec))
    return zone


def _watch(spec: Spec, project: Project, google: pulumi.ResourceOptions, billed: pulumi.ResourceOptions) -> Alerts:
    """Make what calls somebody: alerts, objectives, and the budget."""
    alerts = Alerts("alerts", plan.alerts_config(spec), project, google)
    if watched := plan.objectives_config(spec):
        ServiceLevel("objectives", watched, project, google)
    if costs := plan.budget_config(spec):
        Budget("budget", costs, project, [alerts.channel], billed)
    return alerts


def _lead_to_the_api(spec: Spec, zone: Zone, gateway: LoadBalancer | None, project: Project) -> None:
    if gateway:
        zone.point(api_record(spec, ""), gateway.address)
        zone.prove(gateway.proof)
    else:
        zone.point(api_record(spec, ""), ORIGINLESS)
        WorkerOrigin("forwarder", plan.forwarder_config(spec, project.number), zone.zone_id)


def _google(spec: Spec) -> pulumi.ResourceOptions:
    """Return options with Google's provider, set up by the spec alone and not by whatever the shell has exported."""
    provider = gcp.Provider("google", project=spec.google.project, region=spec.google.region)
    return pulumi.ResourceOptions(providers={"gcp": provider})


def _google_billed_to_the_project(spec: Spec) -> pulumi.ResourceOptions:
    """Return options for APIs that ask whose quota a call uses; `billing_project` is a project, no billing account."""
    provider = gcp.Provider(
        "google-quota",
        project=spec.google.project,
        region=spec.google.region,
        user_project_override=True,
        billing_project=spec.google.project,
    )
    return pulumi.ResourceOptions(providers={"gcp": provider})
