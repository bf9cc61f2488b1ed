"""Rules on a stack as a whole: what has to be there beside something else."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from infra.policy.rule import Resource, Rule, StackRule, all_of, of

POLICY = of("gcp:monitoring/AlertPolicy")
Fits = Callable[[str, str], bool]  # whether a record's name is the one that a zone of that name needs


def _reaches_nobody(resource: Resource) -> str | None:
    return None if resource.properties.get("notificationChannels") else "calls nobody"


def _tells_nothing(resource: Resource) -> str | None:
    text = (resource.properties.get("documentation") or {}).get("content") or ""
    return None if text.strip() else "does not say what to do when it calls"


def _unwatched(resources: Sequence[Resource]) -> Iterator[str]:
    """Yield each service that no alert is about: by its name, or by one that is about all services."""
    queries = [_queries(policy) for policy in all_of(resources, "gcp:monitoring/AlertPolicy")]
    for service in all_of(resources, "gcp:cloudrunv2/Service"):
        name = service.properties["name"]
        if not any(_is_about(query, name) for query in queries):
            yield f"No alert is about the service {name}"


def _queries(policy: Resource) -> str:
    conditions = policy.properties.get("conditions") or ()
    queries = ((each.get("conditionPrometheusQueryLanguage") or {}).get("query", "") for each in conditions)
    filters = ((each.get("conditionMatchedLog") or {}).get("filter", "") for each in conditions)
    return " ".join((*queries, *filters))


def _is_about(query: str, service: str) -> bool:
    of_all = "cloud_run_revision" in query and "service_name" not in query
    return of_all or f'service_name="{service}"' in query or f"{service}|" in query or f"|{service}" in query


def _unsigned(resources: Sequence[Resource]) -> Iterator[str]:
    signed = {
        each.properties.get("zoneId")
        for each in all_of(resources, "cloudflare:index/ZoneDnssec")
        if each.properties.get("status") == "active"
    }
    zones = all_of(resources, "cloudflare:index/Zone")
    if zones and len(signed) < len(zones):
        yield f"{len(zones) - len(signed)} of {len(zones)} DNS zones are not signed"


def _unnamed_issuers(resources: Sequence[Resource]) -> Iterator[str]:
    yield from _missing(
        resources, "CAA", lambda name, zone: name == zone, "says which authorities may issue certificates"
    )


def _unguarded_mail(resources: Sequence[Resource]) -> Iterator[str]:
    yield from _missing(resources, "TXT", lambda name, zone: name == f"_dmarc.{zone}", "has a DMARC record")


def _missing(resources: Sequence[Resource], type_: str, fits: Fits, what: str) -> Iterator[str]:
    names = {
        record.properties["name"]
        for record in all_of(resources, "cloudflare:index/DnsRecord")
        if record.properties["type"] == type_
    }
    for zone in all_of(resources, "cloudflare:index/Zone"):
        if not any(fits(name, zone.properties["name"]) for name in names):
            yield f"No record of {zone.properties['name']} {what}"


ALERTS: tuple[Rule, ...] = (
    Rule(
        "alerts.reach-somebody",
        "Every alert reaches somebody",
        "sre.google/workbook/alerting-on-slos",
        POLICY,
        _reaches_nobody,
        "Set notification_channels",
    ),
    Rule(
        "alerts.have-runbooks",
        "Every alert says what to do",
        "sre.google/workbook/on-call",
        POLICY,
        _tells_nothing,
        "Set documentation.content to the first steps",
    ),
)
STACK_RULES: tuple[StackRule, ...] = (
    StackRule(
        "alerts.for-every-service",
        "Every service has an alert",
        "sre.google/workbook/alerting-on-slos",
        _unwatched,
        "Add one to monitors/essential.py",
    ),
    StackRule(
        "dns.signed",
        "Every DNS zone is signed",
        "CIS GCP 3.3, Checkov CKV_GCP_16",
        _unsigned,
        "Add a ZoneDnssec with status active",
    ),
    StackRule(
        "dns.issuers",
        "Every DNS zone names its certificate authorities",
        "RFC 8659",
        _unnamed_issuers,
        "Add CAA records",
    ),
    StackRule(
        "dns.dmarc",
        "Every DNS zone says what becomes of forged mail",
        "RFC 9989",
        _unguarded_mail,
        "Set mail.dmarc in the launch spec",
    ),
)
