"""What a provisioned stack promises to the rest of the toolkit: its outputs, as `blueprint.outputs` reads them."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import pulumi

from blueprint.records import DnsRecord, apex_and_www, records
from blueprint.spec import Redirect, Spec
from infra import edge, edge_in_words
from infra.firestore import DATABASE
from infra.load_balancer import LoadBalancer
from infra.service_address import address
from infra.service_environment import variables_of
from infra.service_selection import HEALTH, roles_of, secrets_of
from infra.stack import Stack
from infra.workload_identity import WorkloadIdentity


def outputs(spec: Spec, stack: Stack) -> dict[str, Any]:
    """Return the stack outputs, in the order of `blueprint.outputs.Outputs`."""
    return {**_place(spec, stack), **_domain(spec, stack), **_running(spec, stack), **_watch(spec, stack)}


def _place(spec: Spec, stack: Stack) -> dict[str, Any]:
    return {
        "domain": spec.domain,
        "contact_name": spec.contact.name,
        "contact_email": spec.contact.email,
        "project": spec.google.project,
        "project_number": stack.project.number,
        "region": spec.google.region,
        "database_location": spec.google.database_location,
        "api_host": spec.api_host,
        "web_hosts": spec.web_hosts,
        "health_url": f"https://{spec.api_host}{HEALTH}",
    }


def _domain(spec: Spec, stack: Stack) -> dict[str, Any]:
    return {
        "zone_id": stack.zone.zone_id,
        "nameservers": stack.zone.nameservers,
        "dnssec_ds": stack.zone.ds,
        "gateway_address": stack.load_balancer.address if stack.load_balancer else "",
        "records": _records(spec, stack.load_balancer),
        "redirects": [redirect.model_dump() for redirect in (*spec.redirects, *_alias_redirects(spec))],
        "moved_pages": [page.model_dump() for page in spec.moved_pages],
        "other_domains": [
            {"domain": domain, "nameservers": one.nameservers, "dnssec_ds": one.ds}
            for domain, one in stack.alias_domains.items()
        ],
        "mail": _mail(spec),
        "edge": _edge(spec),
    }


def _edge(spec: Spec) -> dict[str, Any]:
    wanted = edge.EdgeConfig.of(spec)
    settings = {name: value for name, value in edge.settings(wanted.hsts).items() if isinstance(value, str)}
    return {
        "plan": spec.cloudflare.plan,
        "hsts_max_age": spec.cloudflare.hsts_max_age,
        "min_tls_version": edge.MIN_TLS_VERSION,
        "cached_prefixes": edge.CACHED_PREFIXES,
        "headers": {**edge.SECURITY_HEADERS, **spec.web.headers},
        "settings": settings,
        "rules": edge_in_words.rules(spec),
    }


def _mail(spec: Spec) -> dict[str, Any]:
    return {
        "providers": spec.mail.providers,
        "selectors": list(spec.mail.dkim),
        "dmarc_policy": spec.mail.dmarc.policy,
        "dmarc_report": spec.mail.dmarc.report,
        "mta_sts": spec.mail.mta_sts,
        "tls_rpt": spec.mail.tls_rpt or "",
        "bimi": spec.mail.bimi or "",
    }


def _running(spec: Spec, stack: Stack) -> dict[str, Any]:
    return {
        "services": [
            {
                "name": role.name,
                "url": address(role.name, stack.project.number, spec.google.region),
                "service_account": stack.accounts.email(role.name),
                "public": role.public,
                "env": variables_of(spec, role),
            }
            for role in roles_of(spec)
        ],
        "image": stack.image.image,
        "secrets": stack.secrets.secrets,
        "queues": stack.queues.paths,
    }


def _watch(spec: Spec, stack: Stack) -> dict[str, Any]:
    return {
        "uptime_check": stack.alerts.uptime,
        "alert_policies": stack.alerts.policies,
        "alerts": [{"title": alert.title, "runbook": alert.runbook} for alert in stack.alerts.watched],
        "delivery": _delivery(stack.workload_identity) if stack.workload_identity else None,
        "on_call": spec.alerts.email,
        "protected": protected(spec),
    }


def _alias_redirects(spec: Spec) -> list[Redirect]:
    hosts = (host for domain in spec.other_domains for host in apex_and_www(domain))
    return [Redirect(source=host, target=f"https://{spec.domain}") for host in hosts]


def _delivery(trusted: WorkloadIdentity) -> dict[str, pulumi.Output[str]]:
    return {
        "preview_provider": trusted.preview.name,
        "previewer": trusted.previewer.email,
        "deploy_provider": trusted.deploy.name,
        "deployer": trusted.deployer.email,
    }


def protected(spec: Spec) -> list[str]:
    """Return the titles of what `destroy` keeps."""
    if not spec.protect:
        return []
    return [
        *([f"Google Cloud project {spec.google.project}"] if spec.google.mode == "create" else []),
        f"Firestore database {DATABASE}",
        *(f"DNS zone {domain}" for domain in (spec.domain, *spec.other_domains)),
        *(f"secret {secret}" for secret in secrets_of(spec)),
        *(f"Cloud Run service {role.name}" for role in roles_of(spec)),
    ]


def _records(spec: Spec, balancer: LoadBalancer | None) -> pulumi.Input[list[dict[str, Any]]]:
    def as_values(known: list[str]) -> list[dict[str, Any]]:
        return [asdict(record) for record in (*records(spec, known[0]), DnsRecord(known[1], "CNAME", known[2]))]

    if balancer is None:
        return [asdict(record) for record in records(spec, "")]
    return pulumi.Output.all(balancer.address, balancer.proof.name, balancer.proof.target).apply(as_values)
