"""What Google refuses about parts of checks, alerts, channels and log metrics that no schema states.

Sources: the APIs' descriptions of PingConfig, HttpCheck.body, MetricThreshold, MetricAbsence, SslPolicy and
LogMetric.valueExtractor; https://cloud.google.com/monitoring/support/notification-options (what a channel needs).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from localcloud.providers.languages import filters
from localcloud.providers.languages.regular_expressions import groups
from localcloud.providers.languages.scanning import LanguageError
from localcloud.providers.launch_rules import REFUSED, Case, LaunchRule, Stage
from localcloud.providers.rules.event_places import is_base64
from localcloud.providers.rules.log_metrics import PATTERN
from localcloud.providers.tables.gcp_monitoring import ALERT, CHANNEL, METRIC, UPTIME
from localcloud.providers.tables.gcp_network import SSL_POLICY
from localcloud.providers.values import Properties, Unknown, at, every

MOST_PINGS = 3
FILTERS = ("conditionThreshold.denominatorFilter", "conditionAbsent.filter")
SECRETS: Mapping[str, tuple[str, str]] = {  # kind of channel → its secret in sensitiveLabels, and in labels
    "slack": ("authToken", "auth_token"),
    "pagerduty": ("serviceKey", "service_key"),
    "webhook_basicauth": ("password", "password"),
}


def wrong_ping(case: Case) -> str | None:
    """Refuse more pings than a check sends, and a body that is not written as bytes are."""
    if case.traits.token != UPTIME:
        return None
    for path in ("httpCheck.pingConfig.pingsCount", "tcpCheck.pingConfig.pingsCount"):
        count = at(case.inputs, path)
        if isinstance(count, int) and not 0 <= count <= MOST_PINGS:
            return f"{case.title}: {path} is {count} ({REFUSED}). Use at most {MOST_PINGS}."
    body = at(case.inputs, "httpCheck.body")
    if isinstance(body, str) and not is_base64(body):
        return f"{case.title}: httpCheck.body is not base64 ({REFUSED}). Encode it (base64encode in the program)."
    return None


def wrong_series(case: Case) -> str | None:
    """Refuse filters of a ratio's denominator and of a missing series that do not parse, or name no metric."""
    return case.told(_series(case.inputs)) if case.traits.token == ALERT else None


def _series(policy: Properties) -> Iterator[str]:
    for path in FILTERS:
        for text in (each for each in every(policy, f"conditions.{path}") if isinstance(each, str) and each):
            try:
                named = filters.read(text)
            except LanguageError as error:
                yield f"conditions.{path} is not a valid filter: {error} ({REFUSED}). Correct it: {text}"
                return
            if "metric.type" not in named:
                yield f"conditions.{path} says no metric.type ({REFUSED}). Add it: a condition watches one metric."


def mute_channel(case: Case) -> str | None:
    """Refuse a channel without the secret by which its vendor lets Google in."""
    kind = case.inputs.get("type") if case.traits.token == CHANNEL else None
    if not isinstance(kind, str) or kind not in SECRETS:
        return None
    sensitive, plain = SECRETS[kind]
    labels, hidden = case.inputs.get("labels"), case.inputs.get("sensitiveLabels")
    if isinstance(labels, Unknown) or isinstance(hidden, Unknown):
        return None
    if at(labels, plain) is not None or at(hidden, sensitive) is not None:
        return None
    return (
        f"{case.title}: a channel of type {kind} has no {plain} ({REFUSED}). Set sensitiveLabels to "
        f'{{"{sensitive}": …}}.'
    )


def wrong_capture(case: Case) -> str | None:
    """Refuse a log metric of no entries, and an expression that does not capture exactly one part."""
    return case.told(_metric(case.inputs)) if case.traits.token == METRIC else None


def _metric(metric: Properties) -> Iterator[str]:
    if metric.get("filter") == "":
        yield f"its filter is empty ({REFUSED}). Write which log entries it counts."
    named = metric.get("labelExtractors")
    for text in [metric.get("valueExtractor"), *(named.values() if isinstance(named, dict) else ())]:
        found = PATTERN.fullmatch(text) if isinstance(text, str) else None
        count = groups(re.sub(r"\\\\", r"\\", found[1])) if found else None
        if count is not None and count != 1:
            yield f"{text} captures {count} parts ({REFUSED}). Put brackets around the one part that is meant."


def modern_profile(case: Case) -> str | None:
    """Refuse TLS 1.3 as the least version beside another profile than RESTRICTED."""
    least, profile = case.inputs.get("minTlsVersion"), case.inputs.get("profile", "COMPATIBLE")
    if case.traits.token != SSL_POLICY or least != "TLS_1_3" or isinstance(profile, Unknown) or profile == "RESTRICTED":
        return None
    return f"{case.title}: minTlsVersion TLS_1_3 goes with the profile RESTRICTED, not {profile} ({REFUSED}). Set it."


RULES: tuple[LaunchRule, ...] = (
    LaunchRule("check-pings", Stage.CHECK, "Monitoring API, PingConfig, HttpCheck.body", wrong_ping),
    LaunchRule("alert-series", Stage.CHECK, "Monitoring API, MetricThreshold, MetricAbsence", wrong_series),
    LaunchRule("channel-secret", Stage.CHECK, "Cloud Monitoring: channel descriptors", mute_channel),
    LaunchRule("metric-capture", Stage.CHECK, "Logging API, LogMetric.filter, valueExtractor", wrong_capture),
    LaunchRule("tls-least", Stage.CHECK, "compute API, SslPolicy.minTlsVersion", modern_profile),
)
