"""What Eventarc refuses about the events that a trigger is for: filters that its source needs, or does not have.

Sources: Eventarc's description of FilteringAttribute ("trigger creation will fail" without a required one);
https://cloud.google.com/eventarc/docs/run/route-trigger-cloud-storage (bucket), …/route-trigger-cloud-audit-logs
(serviceName and methodName) and …/docs/path-patterns.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from localcloud.providers.launch_rules import REFUSED, Case, LaunchRule, Stage
from localcloud.providers.tables.gcp_run import TRIGGER
from localcloud.providers.values import Properties, Unknown, Value, mappings

# beginning of an event's type → the filters that it needs, and those that it may have
FILTERS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "google.cloud.storage.object.v1.": (("bucket",), ()),
    "google.cloud.audit.log.v1.": (("serviceName", "methodName"), ("resourceName",)),
    "google.cloud.pubsub.topic.v1.": ((), ()),
}
PATTERN = "match-path-pattern"
SEGMENTS = re.compile(r"/?([^{}/]|\{[A-Za-z_]\w*(=[^{}]*)?\})+(/([^{}/]|\{[A-Za-z_]\w*(=[^{}]*)?\})+)*/?")


def wrong_filters(case: Case) -> str | None:
    """Refuse a trigger without a filter that its events need, with one that they lack, and patterns that are none."""
    return case.told(_filters(case.inputs)) if case.traits.token == TRIGGER else None


def _filters(trigger: Properties) -> Iterator[str]:
    criteria = trigger.get("matchingCriterias")
    if not isinstance(criteria, list) or any(isinstance(each, Unknown) for each in criteria):
        return
    given = {str(each.get("attribute")): each.get("value") for each in mappings(criteria)}
    kind = next((each for each in FILTERS if str(given.get("type")).startswith(each)), None)
    if kind is not None:
        needed, more = FILTERS[kind]
        for name in [name for name in needed if name not in given]:
            yield f"events of type {given['type']} need a criterion with the attribute {name} ({REFUSED}). Add it."
        for name in [name for name in given if name not in ("type", *needed, *more)]:
            yield f"events of type {given['type']} have no attribute {name} ({REFUSED}). Leave it out."
    yield from _patterns(criteria)


def _patterns(criteria: list[Value]) -> Iterator[str]:
    for each in mappings(criteria):
        value = each.get("value")
        if each.get("operator") == PATTERN and isinstance(value, str) and not SEGMENTS.fullmatch(value):
            yield f'"{value}" is not a path pattern ({REFUSED}). Write one such as users/{{user}} or users/*.'


RULES: tuple[LaunchRule, ...] = (
    LaunchRule("event-filters", Stage.CHECK, "Eventarc API, FilteringAttribute; path patterns", wrong_filters),
)
