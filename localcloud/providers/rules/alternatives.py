"""What Google's APIs take one of, or only together, where the provider's schema lets both pass.

The descriptions of the APIs (discovery documents) state each; the names are the provider's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from localcloud.providers.launch_rules import REFUSED, Case, LaunchRule, Stage
from localcloud.providers.tables.gcp_monitoring import ALERT, METRIC, UPTIME
from localcloud.providers.tables.gcp_network import ARMOR, BACKEND, URL_MAP
from localcloud.providers.tables.gcp_project import BUDGET
from localcloud.providers.tables.gcp_run import QUEUE, SERVICE, TRIGGER
from localcloud.providers.values import Properties, Unknown, Value, bare, leaves, plain


@dataclass(frozen=True)
class Choice:
    """Properties beside each other in the map or list at `path`, of which from `least` to `most` may be set."""

    path: str
    names: tuple[str, ...]
    least: int
    most: int
    source: str


CONDITIONS = (
    *("conditionThreshold", "conditionAbsent", "conditionMatchedLog", "conditionMonitoringQueryLanguage"),
    *("conditionPrometheusQueryLanguage", "conditionSql"),
)
DEFAULTS = ("defaultService", "defaultUrlRedirect")
LEADING = (*DEFAULTS, "defaultRouteAction")
LIMITED = "rules.rateLimitOptions"
CHOICES: Mapping[str, tuple[Choice, ...]] = {
    URL_MAP: (
        Choice("", DEFAULTS, 0, 1, "compute API, UrlMap"),
        Choice("", LEADING, 1, 3, "compute API, UrlMap"),
        Choice("pathMatchers", DEFAULTS, 0, 1, "compute API, PathMatcher"),
        Choice("pathMatchers", LEADING, 1, 3, "compute API, PathMatcher; tpg#21069"),
        Choice("pathMatchers", ("pathRules", "routeRules"), 0, 1, "compute API, PathMatcher"),
        *(
            Choice(path, ("pathRedirect", "prefixRedirect"), 0, 1, "compute API, HttpRedirectAction")
            for path in (
                "defaultUrlRedirect",
                "pathMatchers.defaultUrlRedirect",
                "pathMatchers.pathRules.urlRedirect",
                "pathMatchers.routeRules.urlRedirect",
            )
        ),
    ),
    BACKEND: (
        Choice(
            "cdnPolicy.cacheKeyPolicy",
            ("queryStringWhitelists", "queryStringBlacklists"),
            0,
            1,
            "compute API, CacheKeyPolicy",
        ),
    ),
    ARMOR: (Choice(LIMITED, ("enforceOnKey", "enforceOnKeyConfigs"), 0, 1, "compute API, RateLimitOptions"),),
    METRIC: (
        Choice(
            "bucketOptions",
            ("linearBuckets", "exponentialBuckets", "explicitBuckets"),
            0,
            1,
            "Logging API, BucketOptions",
        ),
    ),
    ALERT: (Choice("conditions", CONDITIONS, 1, 1, "Monitoring API, Condition"),),
    UPTIME: (
        Choice("", ("httpCheck", "tcpCheck", "syntheticMonitor"), 1, 1, "Monitoring API, UptimeCheckConfig"),
        Choice("httpCheck", ("authInfo", "serviceAgentAuthentication"), 0, 1, "Monitoring API, HttpCheck"),
    ),
    BUDGET: (Choice("budgetFilter", ("calendarPeriod", "customPeriod"), 0, 1, "Billing Budget API, Filter"),),
    SERVICE: (Choice("binaryAuthorization", ("useDefault", "policy"), 0, 1, "Cloud Run API v2, BinaryAuthorization"),),
    QUEUE: (Choice("httpTarget", ("oidcToken", "oauthToken"), 0, 1, "Cloud Tasks API, HttpTarget"),),
    TRIGGER: (
        Choice(
            "destination",
            ("cloudRunService", "workflow", "gke", "httpEndpoint", "cloudFunction"),
            1,
            1,
            "Eventarc API, Destination",
        ),
    ),
}


def wrong_choice(case: Case) -> str | None:
    """Refuse properties that exclude each other, and a choice of nothing where the API needs one."""
    return case.told(_problems(case))


def _problems(case: Case) -> Iterator[str]:
    for choice in CHOICES.get(case.traits.token, ()):
        for around in _around(case.inputs, choice.path):
            given = [name for name in choice.names if _is_given(around.get(name))]
            about = f"{choice.path} has " if choice.path else "it has "
            if len(given) > choice.most:
                yield f"{about}{' and '.join(given)}, and Google takes one of them ({REFUSED}). Keep one."
            if len(given) < choice.least:
                yield f"{about}none of {', '.join(choice.names)} ({REFUSED}). Set the one that is meant."


def _around(inputs: Properties, path: str) -> list[Properties]:
    found = leaves(inputs, path) if path else [plain(inputs)]
    return [each for each in found if isinstance(each, dict)]


def _is_given(value: Value) -> bool:
    """Tell whether a property is set; one that is not known yet will be."""
    value = bare(value)
    return isinstance(value, Unknown) or (value is not None and value not in ("", []))


RULES: tuple[LaunchRule, ...] = (
    LaunchRule("one-of", Stage.CHECK, "descriptions of the APIs, see CHOICES", wrong_choice),
)
