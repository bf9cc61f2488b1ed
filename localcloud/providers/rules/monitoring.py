"""What Cloud Monitoring and Cloud Logging refuse: queries, filters, times of alert policies, channels."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterator, Mapping

from localcloud.providers.languages import filters, promql
from localcloud.providers.languages.scanning import LanguageError
from localcloud.providers.launch_rules import REFUSED, Case, LaunchRule, Stage
from localcloud.providers.quantities import seconds
from localcloud.providers.tables.gcp_monitoring import ALERT, CHANNEL, METRIC
from localcloud.providers.values import Properties, Unknown, at, every

QUERY = "conditionPrometheusQueryLanguage"
LOG = "conditionMatchedLog"
# https://cloud.google.com/monitoring/api/ref_v3/rest/v3/projects.notificationChannelDescriptors/list
CHANNELS: Mapping[str, tuple[str, ...]] = {
    "email": ("email_address",),
    "sms": ("number",),
    "slack": ("channel_name",),
    "webhook_tokenauth": ("url",),
    "webhook_basicauth": ("url", "username"),
    "pagerduty": (),
    "pubsub": ("topic",),
    "google_chat": ("space",),
    "campfire": ("subdomain", "room"),
    "hipchat": ("room",),
    "google_cloud_app": (),
}
FURTHER = frozenset({"team", "auth_token", "password", "service_key", "verification_status"})
FURTHER_OF = {"authToken": "auth_token", "serviceKey": "service_key"}  # sensitive labels by the names of labels
SHORTEST_CLOSE, LONGEST_CLOSE = 1_800, 604_800  # seconds
LONGEST_DURATION = 84_600  # seconds: https://cloud.google.com/monitoring/quotas#alerting_uptime_limits
METRICS = re.compile(r"metric\.type\s*=\s*\"([^\"]+)\"")


def wrong_query(case: Case) -> str | None:
    """Refuse PromQL that Prometheus would not parse (https://cloud.google.com/monitoring/promql)."""
    if case.traits.token != ALERT:
        return None
    for text in (each for each in every(case.inputs, f"conditions.{QUERY}.query") if isinstance(each, str)):
        try:
            promql.read(text)
        except LanguageError as error:
            return f"{case.title}: its query is not valid PromQL: {error} ({REFUSED}). Correct it: {text}"
    return None


def wrong_times(case: Case) -> str | None:
    """Refuse times that alert policies cannot have (reference of projects.alertPolicies)."""
    if case.traits.token != ALERT:
        return None
    return case.told(_times(case.inputs))


def _times(policy: Properties) -> Iterator[str]:
    yield from _intervals(policy)
    for kind in ("conditionThreshold", "conditionAbsent"):
        for told in every(policy, f"conditions.{kind}.duration"):
            if (seconds(told) or 0) > LONGEST_DURATION:
                yield f"{kind}.duration {told} is longer than 23.5 hours ({REFUSED}). Use at most {LONGEST_DURATION}s."
    close = at(policy, "alertStrategy.autoClose")
    time = seconds(close)
    if time is not None and not SHORTEST_CLOSE <= time <= LONGEST_CLOSE:
        yield (
            f"alertStrategy.autoClose {close} is outside of {SHORTEST_CLOSE}s to {LONGEST_CLOSE}s, half an hour to "
            f"seven days ({REFUSED}). Set it within."
        )


def _intervals(policy: Properties) -> Iterator[str]:
    for told in every(policy, f"conditions.{QUERY}.evaluationInterval"):
        time = seconds(told)
        if time is not None and (time <= 0 or time % 30):
            yield f"evaluationInterval {told} is not a multiple of 30 seconds ({REFUSED}). Use 30s or 60s."
    for kind in ("conditionThreshold", "conditionAbsent", "conditionMonitoringQueryLanguage"):
        for told in every(policy, f"conditions.{kind}.duration"):
            if (seconds(told) or 0) % 60:
                yield f"{kind}.duration {told} is not a multiple of 60 seconds ({REFUSED}). Use 0s or 60s."
        for told in every(policy, f"conditions.{kind}.aggregations.alignmentPeriod"):
            if (seconds(told) or 60) < 60:
                yield f"alignmentPeriod {told} is under 60 seconds ({REFUSED}). Use 60s or more."


def wrong_filter(case: Case) -> str | None:
    """Refuse filters that do not parse, of logs and of metrics."""
    paths = {ALERT: (f"conditions.{LOG}.filter", "conditions.conditionThreshold.filter"), METRIC: ("filter",)}
    for path in paths.get(case.traits.token, ()):
        for text in (each for each in every(case.inputs, path) if isinstance(each, str)):
            found = _read(text, filters.read)
            if isinstance(found, str):
                return f"{case.title}: {path} is not a valid filter: {found} ({REFUSED}). Correct it: {text}"
            missing = [name for name in ("metric.type", "resource.type") if name not in found]
            if "Threshold" in path and missing:
                return (
                    f"{case.title}: {path} says no {' and no '.join(missing)} ({REFUSED}). Add it: a condition watches "
                    "one metric of one kind of resource."
                )
            watched = sorted({*METRICS.findall(text)}) if "Threshold" in path else []
            if len(watched) > 1:
                return (
                    f"{case.title}: {path} names the metrics {' and '.join(watched)} ({REFUSED}). Make a condition for "
                    "each."
                )
    return None


def log_match(case: Case) -> str | None:
    """Refuse a log condition without a limit to its notices, or beside others.

    https://cloud.google.com/logging/docs/alerting/log-based-alerts
    """
    conditions = case.inputs.get("conditions")
    if case.traits.token != ALERT or not isinstance(conditions, list):
        return None
    matches = every(case.inputs, f"conditions.{LOG}")
    limit = at(case.inputs, "alertStrategy.notificationRateLimit")
    if matches and len(conditions) > 1:
        return f"{case.title} has a log condition beside others ({REFUSED}). Give it a policy of its own."
    if matches and limit is None:
        return (
            f"{case.title} matches log entries and does not limit its notices ({REFUSED}). Set alertStrategy to "
            '{"notificationRateLimit": {"period": "300s"}}.'
        )
    if not matches and limit is not None and not isinstance(limit, Unknown):
        return (
            f"{case.title} sets notificationRateLimit, which goes with conditions on log entries alone ({REFUSED}). "
            "Leave it out."
        )
    return None


def wrong_channel(case: Case) -> str | None:
    """Refuse a channel of a kind that there is not, or without the labels of its kind."""
    kind, labels = case.inputs.get("type"), case.inputs.get("labels") or {}
    if case.traits.token != CHANNEL or not isinstance(kind, str) or not isinstance(labels, dict):
        return None
    if kind not in CHANNELS:
        close = difflib.get_close_matches(kind, CHANNELS, n=1, cutoff=0.5)
        known = close[0] if close else ", ".join(CHANNELS)
        return f"{case.title}: Cloud Monitoring has no kind of channel {kind} ({REFUSED}). Use {known}."
    twice = sorted({*labels} & {FURTHER_OF.get(name, name) for name in case.inputs.get("sensitiveLabels") or {}})
    if twice:
        return (
            f"{case.title}: {twice[0]} is in labels and in sensitiveLabels, which the provider refuses. Keep the "
            "latter."
        )
    wanted = CHANNELS[kind]
    missing = [name for name in wanted if not labels.get(name)]
    strange = sorted({*labels} - {*wanted} - FURTHER)
    if missing or strange:
        wrong = f"lacks {', '.join(missing)}" if missing else f"has {', '.join(strange)}"
        return f"{case.title}: a channel of type {kind} {wrong} in labels ({REFUSED}). Its labels: {', '.join(wanted)}."
    address = labels.get("email_address")
    if kind == "email" and isinstance(address, str) and "@" not in address:
        return (
            f"{case.title}: email_address {address} is not an e-mail address ({REFUSED}). Write one such as "
            "oncall@acme.test."
        )
    return None


def _read(text: str, read: Callable[[str], list[str]]) -> list[str] | str:
    try:
        return read(text)
    except LanguageError as error:
        return str(error)


RULES: tuple[LaunchRule, ...] = (
    LaunchRule("promql", Stage.CHECK, "Cloud Monitoring: PromQL", wrong_query),
    LaunchRule("alert-times", Stage.CHECK, "Cloud Monitoring API, AlertPolicy", wrong_times),
    LaunchRule("filter", Stage.CHECK, "Logging query language; Monitoring filters", wrong_filter),
    LaunchRule("log-match", Stage.CHECK, "Log-based alerts; AlertStrategy.notificationRateLimit", log_match),
    LaunchRule("channel-labels", Stage.CHECK, "Cloud Monitoring: channel descriptors", wrong_channel),
)
