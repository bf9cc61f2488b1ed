"""How long texts and how many items Google's APIs take, where the provider's schema does not say it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from localcloud.providers.launch_rules import REFUSED, Case, LaunchRule, Stage
from localcloud.providers.tables.gcp_data import REPOSITORY, SECRET, SUBSCRIPTION, TOPIC
from localcloud.providers.tables.gcp_monitoring import ALERT, CHANNEL, METRIC, UPTIME
from localcloud.providers.tables.gcp_network import CERTIFICATE
from localcloud.providers.tables.gcp_project import ACCOUNT, BUDGET, CUSTOM_ROLE, POOL, POOL_PROVIDER
from localcloud.providers.tables.gcp_run import SERVICE
from localcloud.providers.values import Value, at, every

MAP_ENTRY = "gcp:certificatemanager/certificateMapEntry:CertificateMapEntry"


@dataclass(frozen=True)
class Most:
    """The most that a property takes: characters of a text (bytes in UTF-8 if `in_bytes`), items of a list, entries
    of a map; and who says so."""

    path: str
    size: int
    source: str
    in_bytes: bool = False


MOST: Mapping[str, tuple[Most, ...]] = {
    CUSTOM_ROLE: (
        Most("title", 100, "IAM quotas", in_bytes=True),
        Most("description", 300, "IAM quotas", in_bytes=True),
    ),
    ACCOUNT: (
        Most("displayName", 100, "IAM API, ServiceAccount", in_bytes=True),
        Most("description", 256, "IAM API, ServiceAccount", in_bytes=True),
    ),
    POOL: (Most("displayName", 32, "IAM API, WorkloadIdentityPool"), Most("description", 256, "the same")),
    POOL_PROVIDER: (
        Most("displayName", 32, "IAM API, WorkloadIdentityPoolProvider"),
        Most("description", 256, "the same"),
        Most("attributeCondition", 4_096, "the same"),
        Most("oidc.allowedAudiences", 10, "IAM API, Oidc"),
        Most("oidc.allowedAudiences.", 256, "IAM API, Oidc"),
    ),
    ALERT: (
        Most("conditions", 6, "Cloud Monitoring quotas: conditions in a policy"),
        Most("notificationChannels", 16, "Cloud Monitoring quotas: channels of a policy"),
        Most("documentation.content", 8_192, "Monitoring API, AlertPolicy.Documentation"),
        Most("documentation.content", 10_240, "the same", in_bytes=True),
        Most("documentation.subject", 10_240, "the same: longer than 255 bytes it is cut in notices", in_bytes=True),
        Most("displayName", 512, "Monitoring API, AlertPolicy"),
        Most("userLabels", 64, "Monitoring API, AlertPolicy"),
        *(
            Most(f"conditions.{path}", 2_048, "Monitoring API, MetricThreshold, MetricAbsence")
            for path in ("conditionThreshold.filter", "conditionThreshold.denominatorFilter", "conditionAbsent.filter")
        ),
        Most(
            "conditions.conditionPrometheusQueryLanguage.ruleGroup",
            2_048,
            "Monitoring API, PrometheusQueryLanguageCondition",
        ),
        Most("documentation.links.displayName", 63, "Monitoring API, Link"),
        Most("documentation.links.url", 2_083, "Monitoring API, Link"),
    ),
    UPTIME: (Most("userLabels", 64, "Monitoring API, UptimeCheckConfig"),),
    CHANNEL: (
        Most("description", 1_024, "Monitoring API, NotificationChannel"),
        Most("displayName", 512, "Monitoring API, NotificationChannel"),
        Most("userLabels", 64, "Monitoring API, NotificationChannel"),
    ),
    BUDGET: (Most("budgetFilter.labels", 1, "Billing Budget API, Filter.labels"),),
    REPOSITORY: (Most("cleanupPolicies.id", 127, "Artifact Registry API, Repository.cleanupPolicies"),),
    SERVICE: (Most("template.vpcAccess.networkInterfaces", 1, "Cloud Run API v2, VpcAccess"),),
    METRIC: (
        Most("filter", 20_000, "Logging API, LogMetric"),
        Most("description", 8_000, "Logging API, LogMetric"),
        Most("metricDescriptor.labels", 10, "Cloud Logging quotas: labels of a metric"),
    ),
    SECRET: (
        Most("topics", 10, "Secret Manager API, Secret.topics"),
        Most("labels", 64, "Secret Manager API, Secret"),
        Most("versionAliases", 50, "Secret Manager API, Secret.versionAliases"),
    ),
    SUBSCRIPTION: (Most("filter", 256, "Pub/Sub quotas: subscription filter"),),
    CERTIFICATE: (Most("managed.domains", 100, "Certificate Manager quotas: domains of a certificate"),),
    MAP_ENTRY: (Most("certificates", 4, "Certificate Manager API, CertificateMapEntry"),),
    TOPIC: (Most("labels", 64, "Resource Manager: labels"),),
}
# https://cloud.google.com/resource-manager/docs/labels-overview#requirements
LABEL_KEY = re.compile(r"[^\W\d_A-Z][^\WA-Z]*(-[^\WA-Z]*)*")
LABEL_VALUE = re.compile(r"([^\WA-Z]|-)*")
LABELLED = ("labels", "userLabels", "template.labels")  # the last of a Cloud Run revision, API v2 RevisionTemplate
LONGEST_LABEL = 63
MOST_LABELS = 64


def too_much(case: Case) -> str | None:
    """Refuse a text, list or map that is larger than its API takes."""
    for most in MOST.get(case.traits.token, ()):
        for value in _sized(case, most.path):
            size = len(value.encode()) if most.in_bytes and isinstance(value, str) else len(value)
            if size > most.size:
                unit = {str: "bytes" if most.in_bytes else "characters", list: "items"}.get(type(value), "entries")
                return (
                    f"{case.title}: {most.path.rstrip('.')} has {size} {unit}, and Google takes {most.size} "
                    f"({REFUSED}). Shorten it."
                )
    return None


def wrong_label(case: Case) -> str | None:
    """Refuse labels in another form than Google's (keys begin with a letter, no capitals, at most 63 characters)."""
    for path in LABELLED if case.traits.token.startswith("gcp:") else ():
        labels = at(case.inputs, path)
        is_address = path == "labels" and case.traits.token == CHANNEL  # whose labels say where it leads
        found = (
            next(_labels(labels, "" if path == "labels" else f" in {path}"), None)
            if isinstance(labels, dict) and not is_address
            else None
        )
        if found:
            return f"{case.title}: {found} ({REFUSED})."
    return None


def _labels(labels: Mapping[str, Value], where: str) -> Iterator[str]:
    for key, value in labels.items():
        if not LABEL_KEY.fullmatch(key) or len(key) > LONGEST_LABEL:
            yield (
                f'the label "{key}"{where} is not written as Google\'s are. Begin it with a lower-case letter, and use '
                "lower-case letters, digits, _ and -, at most 63"
            )
        if isinstance(value, str) and (not LABEL_VALUE.fullmatch(value) or len(value) > LONGEST_LABEL):
            yield (
                f'the value of the label {key}{where}, "{value}", is not written as Google\'s are. Use lower-case '
                "letters, digits, _ and -, at most 63"
            )
    if len(labels) > MOST_LABELS:
        yield f"it has {len(labels)} labels, and Google takes {MOST_LABELS}. Leave some out"


def _sized(case: Case, path: str) -> Iterator[str | list[Value] | dict[str, Value]]:
    """Yield what has a size at a path; one that ends with a dot means each item of a list."""
    for value in every(case.inputs, path.rstrip(".")):
        for one in value if path.endswith(".") and isinstance(value, list) else [value]:
            if isinstance(one, str | list | dict):
                yield one


RULES: tuple[LaunchRule, ...] = (
    LaunchRule("too-much", Stage.CHECK, "each API's reference and quotas, see MOST", too_much),
    LaunchRule("label-form", Stage.CHECK, "Resource Manager: requirements for labels", wrong_label),
)
