"""What Cloud Monitoring refuses about what an alert policy refers to and how a condition counts.

Source: https://cloud.google.com/monitoring/api/ref_v3/rest/v3/projects.alertPolicies.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from localcloud.providers.launch_rules import REFUSED, Case, LaunchRule, Stage
from localcloud.providers.quantities import seconds
from localcloud.providers.rules.log_metrics import EXTRACTOR
from localcloud.providers.tables.gcp_monitoring import ALERT
from localcloud.providers.values import Properties, every, leaves

CHANNEL = re.compile(r"projects/[^/\s]+/notificationChannels/[^/\s]+")
LABEL_KEY = re.compile(r"[a-z][a-z0-9_-]{0,62}")
MOST_LINKS = 3
LONGEST_ALIGNMENT = 90_000  # seconds, 25 hours


def wrong_reference(case: Case) -> str | None:
    """Refuse channels that are not named in full, more than three links, and labels in another form."""
    return case.told(_references(case.inputs)) if case.traits.token == ALERT else None


def _references(policy: Properties) -> Iterator[str]:
    for channel in leaves(policy, "notificationChannels"):
        if isinstance(channel, str) and not CHANNEL.fullmatch(channel):
            yield (
                f"{channel} in notificationChannels is not a channel ({REFUSED}). Pass the NotificationChannel's .name."
            )
    links = leaves(policy, "documentation.links")
    if len(links) > MOST_LINKS:
        yield f"documentation has {len(links)} links ({REFUSED}). Keep {MOST_LINKS}, and write others into content."
    labels = policy.get("userLabels")
    for key in labels if isinstance(labels, dict) else ():
        if not LABEL_KEY.fullmatch(key):
            yield f'the key "{key}" in userLabels ({REFUSED}). Use lower-case letters, digits, _ and -, a letter first.'


def wrong_count(case: Case) -> str | None:
    """Refuse a trigger by number and by percent at once, times beyond a day, and extractors that extract nothing."""
    return case.told(_counts(case.inputs)) if case.traits.token == ALERT else None


def _counts(policy: Properties) -> Iterator[str]:
    for kind in ("conditionThreshold", "conditionAbsent", "conditionMonitoringQueryLanguage"):
        for trigger in every(policy, f"conditions.{kind}.trigger"):
            yield from _trigger(trigger) if isinstance(trigger, dict) else ()
        for told in every(policy, f"conditions.{kind}.aggregations.alignmentPeriod"):
            if (seconds(told) or 0) > LONGEST_ALIGNMENT:
                yield f"alignmentPeriod {told} is more than 25 hours ({REFUSED}). Use at most {LONGEST_ALIGNMENT}s."
    for extractors in every(policy, "conditions.conditionMatchedLog.labelExtractors"):
        for one in extractors.values() if isinstance(extractors, dict) else ():
            if isinstance(one, str) and not EXTRACTOR.fullmatch(one):
                yield f"{one} extracts nothing ({REFUSED}). Write EXTRACT(FIELD)."


def _trigger(trigger: Properties) -> Iterator[str]:
    count, percent = trigger.get("count"), trigger.get("percent")
    if count and percent:
        yield f"a trigger has count and percent ({REFUSED}). Keep one of them."
    if isinstance(percent, int | float) and not 0 <= percent <= 100:
        yield f"a trigger's percent is {percent:g} ({REFUSED}). Use 0 to 100."


RULES: tuple[LaunchRule, ...] = (
    LaunchRule("alert-references", Stage.CHECK, "Monitoring API, AlertPolicy, Documentation", wrong_reference),
    LaunchRule("alert-counts", Stage.CHECK, "Monitoring API, Trigger, Aggregation, LogMatch", wrong_count),
)
