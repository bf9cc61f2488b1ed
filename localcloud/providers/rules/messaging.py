"""What Pub/Sub, Secret Manager and Cloud Billing refuse about what is sent when, and for how long."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import datetime

from localcloud.providers.languages import pubsub_filter
from localcloud.providers.languages.scanning import LanguageError
from localcloud.providers.launch_rules import REFUSED, Case, LaunchRule, Stage
from localcloud.providers.quantities import seconds
from localcloud.providers.tables.gcp_data import SECRET, SUBSCRIPTION, TOPIC
from localcloud.providers.tables.gcp_project import BUDGET
from localcloud.providers.values import Properties, at, every

LONGEST_BACKOFF = 600  # seconds
TOPIC_KEEPS = (600, 2_678_400)  # seconds


def wrong_subscription(case: Case) -> str | None:
    """Refuse a push in the clear, a backoff over ten minutes, and a filter that does not parse (Subscription)."""
    if case.traits.token != SUBSCRIPTION:
        return None
    return case.told(_subscription(case.inputs))


def _subscription(subscription: Properties) -> Iterator[str]:
    pushed, name = at(subscription, "pushConfig.pushEndpoint"), subscription.get("name")
    if isinstance(pushed, str) and pushed and not re.match(r"https://[^/\s]", pushed):
        yield f"pushEndpoint {pushed} is not an https address ({REFUSED}). Pub/Sub pushes by https alone."
    if isinstance(name, str) and not re.fullmatch(r"(?!goog)[A-Za-z][A-Za-z0-9._~%+-]{2,254}", name):
        yield f'"{name}" is not a name ({REFUSED}). Use 3 to 255 letters, digits or -._~%+, and do not begin with goog.'
    for path in ("retryPolicy.minimumBackoff", "retryPolicy.maximumBackoff"):
        told = at(subscription, path)
        if (seconds(told) or 0) > LONGEST_BACKOFF:
            yield f"{path} is {told} ({REFUSED}). Use at most {LONGEST_BACKOFF}s."
    text = subscription.get("filter")
    if isinstance(text, str) and text.strip():
        try:
            pubsub_filter.read(text)
        except LanguageError as error:
            yield f"filter is not valid: {error} ({REFUSED}). Correct it: {text}"


def wrong_topic(case: Case) -> str | None:
    """Refuse a topic that keeps messages for too short or too long (reference of projects.topics)."""
    told = case.inputs.get("messageRetentionDuration") if case.traits.token == TOPIC else None
    time = seconds(told)
    if time is None or TOPIC_KEEPS[0] <= time <= TOPIC_KEEPS[1]:
        return None
    return f"{case.title}: messageRetentionDuration is {told} ({REFUSED}). Use 10 minutes to 31 days, 600s to 2678400s."


def wrong_secret(case: Case) -> str | None:
    """Refuse two ends of a secret, times in another form, and a place named twice (reference of Secret)."""
    if case.traits.token != SECRET:
        return None
    return case.told(_secret(case.inputs))


def _secret(secret: Properties) -> Iterator[str]:
    if secret.get("ttl") and secret.get("expireTime"):
        yield "it has a ttl and an expireTime, which the provider refuses. Keep one of them."
    ttl = secret.get("ttl")
    if isinstance(ttl, str) and seconds(ttl) is None:
        yield f"ttl is {ttl} ({REFUSED}). Write seconds, such as 2592000s for 30 days."
    for path in ("expireTime", "rotation.nextRotationTime"):
        told = at(secret, path)
        if isinstance(told, str) and told and not _is_moment(told):
            yield f"{path} is {told} ({REFUSED}). Write a moment such as 2027-01-31T00:00:00Z."
    places = Counter(str(each) for each in every(secret, "replication.userManaged.replicas.location"))
    for place, count in places.items():
        if count > 1:
            yield f"replicas name {place} {count} times ({REFUSED}). Name each location once."


def wrong_budget(case: Case) -> str | None:
    """Refuse a forecast over a period that does not come again (reference of budgets, ThresholdRule.Basis)."""
    if case.traits.token != BUDGET or at(case.inputs, "budgetFilter.customPeriod") is None:
        return None
    if "FORECASTED_SPEND" not in every(case.inputs, "thresholdRules.spendBasis"):
        return None
    return (
        f"{case.title}: FORECASTED_SPEND does not go with a customPeriod ({REFUSED}). Use a calendarPeriod, or "
        "CURRENT_SPEND."
    )


def _is_moment(text: str) -> bool:
    try:
        return datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False


RULES: tuple[LaunchRule, ...] = (
    LaunchRule("subscription-parts", Stage.CHECK, "Pub/Sub API, Subscription", wrong_subscription),
    LaunchRule("topic-retention", Stage.CHECK, "Pub/Sub API, Topic", wrong_topic),
    LaunchRule("secret-parts", Stage.CHECK, "Secret Manager API, Secret", wrong_secret),
    LaunchRule("budget-forecast", Stage.CHECK, "Cloud Billing Budget API, ThresholdRule", wrong_budget),
)
