"""What Cloud Monitoring refuses about the parts of policies, checks and channels, beyond their queries and times."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from localcloud.providers.languages import promql, regular_expressions
from localcloud.providers.languages.promql import Kind
from localcloud.providers.languages.scanning import LanguageError
from localcloud.providers.launch_rules import REFUSED, Case, LaunchRule, Stage
from localcloud.providers.rules.monitoring import QUERY
from localcloud.providers.tables.gcp_monitoring import ALERT, CHANNEL, UPTIME
from localcloud.providers.values import Properties, Unknown, at, every, leaves, mappings

LABEL = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
COMPARISONS = ("COMPARISON_GT", "COMPARISON_LT")  # of the six in the schema; reference of AlertPolicy
LONGEST_CONTENT = 1_024  # bytes
MONITORED = (  # UptimeCheckConfig.monitored_resource
    *("uptime_url", "gce_instance", "gae_app", "aws_ec2_instance", "aws_elb_load_balancer", "k8s_service"),
    *("servicedirectory_service", "cloud_run_revision"),
)
CHECKS = ("httpCheck", "tcpCheck", "syntheticMonitor")
HOST = re.compile(
    r"[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9])?(\.[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9])?)*\.?|[0-9a-fA-F:]+"
)
FORMS: Mapping[str, Mapping[str, tuple[str, str]]] = {  # kind of channel → label → form and example
    "email": {"email_address": (r"[^@\s,;]+@[^@\s,;]+", "oncall@acme.test")},
    "sms": {"number": (r"\+[1-9]\d{6,14}", "+4915112345678")},
    "webhook_tokenauth": {"url": (r"https?://\S+", "https://acme.test/alerts")},
    "webhook_basicauth": {"url": (r"https?://\S+", "https://acme.test/alerts")},
    "pubsub": {"topic": (r"projects/[^/]+/topics/[^/]+", "projects/PROJECT/topics/TOPIC")},
}


def query_without_values(case: Case) -> str | None:
    """Refuse a query that yields windows or a text, which no alert can be raised by, and names that are not labels."""
    queries = every(case.inputs, f"conditions.{QUERY}") if case.traits.token == ALERT else ()
    return case.told(problem for query in queries if isinstance(query, dict) for problem in _query(query))


def _query(query: Properties) -> Iterator[str]:
    kind = _kind(query.get("query"))
    if kind in (Kind.RANGE, Kind.TEXT):
        yield (
            f"its query yields {kind.value}, and an alert needs single values ({REFUSED}). Take rate or another "
            "function of the window."
        )
    named = query.get("labels")
    for name in [query.get("alertRule"), *(named if isinstance(named, dict) else ())]:
        if isinstance(name, str) and name and not LABEL.fullmatch(name):
            yield f'"{name}" is not a name that Prometheus takes ({REFUSED}). Use letters, digits and _.'


def _kind(text: object) -> Kind | None:
    try:
        return promql.read(text) if isinstance(text, str) else None
    except LanguageError:
        return None  # the rule about queries tells it


def wrong_policy(case: Case) -> str | None:
    """Refuse documentation in another format, and series that are reduced before they are aligned."""
    if case.traits.token != ALERT:
        return None
    format_ = at(case.inputs, "documentation.mimeType")
    if isinstance(format_, str) and format_ not in ("", "text/markdown"):
        return f"{case.title}: documentation is {format_}, and only text/markdown is taken ({REFUSED}). Set it to that."
    for kind in ("conditionThreshold", "conditionAbsent"):
        for each in every(case.inputs, f"conditions.{kind}.aggregations"):
            for one in each if isinstance(each, list) else ():
                if isinstance(one, dict) and _is_reduced_unaligned(one):
                    return (
                        f"{case.title}: an aggregation has a crossSeriesReducer and no perSeriesAligner ({REFUSED}). "
                        "Set perSeriesAligner and alignmentPeriod, such as ALIGN_RATE and 60s."
                    )
    return None


def wrong_comparison(case: Case) -> str | None:
    """Refuse the comparisons that the schema has and alerts do not take (reference of AlertPolicy)."""
    for told in every(case.inputs, "conditions.conditionThreshold.comparison") if case.traits.token == ALERT else ():
        if isinstance(told, str) and told not in COMPARISONS:
            return f"{case.title}: an alert cannot compare by {told} ({REFUSED}). Use {' or '.join(COMPARISONS)}."
    return None


def _is_reduced_unaligned(aggregation: Properties) -> bool:
    reducer = aggregation.get("crossSeriesReducer")
    aligner = aggregation.get("perSeriesAligner")
    if isinstance(reducer, Unknown) or isinstance(aligner, Unknown):
        return False
    is_reduced = reducer not in (None, "", "REDUCE_NONE")
    return is_reduced and (aligner in (None, "", "ALIGN_NONE") or not aggregation.get("alignmentPeriod"))


def wrong_check(case: Case) -> str | None:
    """Refuse uptime checks of two kinds, of no host, and with a body that GET does not send."""
    if case.traits.token != UPTIME:
        return None
    return case.told(_check(case.inputs))


def _check(check: Properties) -> Iterator[str]:
    kinds = [kind for kind in CHECKS if check.get(kind) is not None]
    if len(kinds) > 1:
        yield f"it sets {' and '.join(kinds)} where one of them belongs ({REFUSED}). Make a check of each."
    host = at(check, "monitoredResource.labels.host")
    if at(check, "monitoredResource.type") == "uptime_url" and not host:
        yield f"monitoredResource of type uptime_url has no label host ({REFUSED}). Add it, such as api.acme.test."
    if isinstance(host, str) and not HOST.fullmatch(host):
        yield f"its host {host} is not a host's name ({REFUSED}). Write it without scheme, port and path."
    yield from _asked(check)
    if at(check, "httpCheck.body") and at(check, "httpCheck.requestMethod") in (None, "GET", "METHOD_UNSPECIFIED"):
        yield f"httpCheck has a body, which GET does not send ({REFUSED}). Set requestMethod to POST."


def _asked(check: Properties) -> Iterator[str]:
    kind = at(check, "monitoredResource.type")
    if isinstance(kind, str) and kind not in MONITORED:
        yield f"monitoredResource.type {kind} is not one that checks watch ({REFUSED}). Use uptime_url."
    for accepted in leaves(check, "httpCheck.acceptedResponseStatusCodes"):
        if isinstance(accepted, dict) and accepted.get("statusClass") and accepted.get("statusValue"):
            yield f"an accepted answer has statusClass and statusValue ({REFUSED}). Keep one of them."
    for matcher in mappings(check.get("contentMatchers")):
        content, how = matcher.get("content"), str(matcher.get("matcher"))
        if isinstance(content, str) and len(content.encode()) > LONGEST_CONTENT:
            yield f"contentMatchers.content is longer than {LONGEST_CONTENT} bytes ({REFUSED}). Shorten it."
        if isinstance(content, str) and how.endswith("MATCHES_REGEX") and regular_expressions.problem(content):
            yield f"contentMatchers.content {content} is not a regular expression ({REFUSED}). Correct it."


def wrong_address(case: Case) -> str | None:
    """Refuse a channel whose address is not one of its kind (notificationChannelDescriptors)."""
    labels, kind = case.inputs.get("labels"), case.inputs.get("type")
    if case.traits.token != CHANNEL or not isinstance(labels, dict) or not isinstance(kind, str):
        return None
    for name, (form, example) in FORMS.get(kind, {}).items():
        value = labels.get(name)
        if isinstance(value, str) and not re.fullmatch(form, value):
            return f'{case.title}: {name} "{value}" is not what {kind} takes ({REFUSED}). Write one such as {example}.'
    return None


RULES: tuple[LaunchRule, ...] = (
    LaunchRule("query-kind", Stage.CHECK, "Monitoring API, PrometheusQueryLanguageCondition", query_without_values),
    LaunchRule("policy-parts", Stage.CHECK, "Monitoring API, Documentation, Aggregation", wrong_policy),
    LaunchRule("comparison", Stage.CHECK, "Monitoring API, ComparisonType", wrong_comparison),
    LaunchRule("check-parts", Stage.CHECK, "Monitoring API, UptimeCheckConfig", wrong_check),
    LaunchRule("channel-address", Stage.CHECK, "Cloud Monitoring: channel descriptors", wrong_address),
)
