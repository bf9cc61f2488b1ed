"""What Cloud Scheduler, Pub/Sub and Eventarc refuse about what they send, and where to.

Sources: the references of projects.locations.jobs (Job, PubsubTarget), of projects.subscriptions and of
projects.locations.triggers, and https://cloud.google.com/pubsub/docs/exactly-once-delivery.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from localcloud.providers.launch_rules import REFUSED, Case, LaunchRule, Stage
from localcloud.providers.rules.timing import JOB
from localcloud.providers.tables.gcp_data import SUBSCRIPTION
from localcloud.providers.tables.gcp_run import TRIGGER
from localcloud.providers.values import Properties, Unknown, Value, at, mappings

TOPIC = re.compile(r"projects/[^/\s]+/topics/[^/\s]+")
IN_FULL = "Write projects/PROJECT/topics/TOPIC: pass the Topic's .id."
LONGEST_TEXT = 500  # characters of a job's description
FIRESTORE = "google.cloud.firestore.document.v1."
CHANGES = ("created", "deleted", "updated", "written")
ATTRIBUTES = ("type", "database", "namespace", "document")
DELIVERIES = ("pushConfig.pushEndpoint", "bigqueryConfig.table", "cloudStorageConfig.bucket")
DESTINATIONS = ("cloudRunService", "workflow", "gke", "httpEndpoint", "cloudFunction")


def wrong_job(case: Case) -> str | None:
    """Refuse a long description, a message without content, and a topic that is not named in full."""
    return case.told(_job(case.inputs)) if case.traits.token == JOB else None


def _job(job: Properties) -> Iterator[str]:
    text, target = job.get("description"), job.get("pubsubTarget")
    if isinstance(text, str) and len(text) > LONGEST_TEXT:
        yield f"description has {len(text)} characters ({REFUSED}). Use at most {LONGEST_TEXT}."
    if not isinstance(target, dict):
        return
    if not target.get("data") and not target.get("attributes"):
        yield f"pubsubTarget sends neither data nor attributes ({REFUSED}). Set data, in base64."
    if _is_short(target.get("topicName")):
        yield f"pubsubTarget.topicName {target['topicName']} is not named in full ({REFUSED}). {IN_FULL}"


def wrong_delivery(case: Case) -> str | None:
    """Refuse exactly-once for pushed and exported messages, and topics that are not named in full."""
    return case.told(_delivery(case.inputs)) if case.traits.token == SUBSCRIPTION else None


def _delivery(subscription: Properties) -> Iterator[str]:
    ways = [way.partition(".")[0] for way in DELIVERIES if _is_set(at(subscription, way))]
    if ways and subscription.get("enableExactlyOnceDelivery") is True:
        yield (
            f"enableExactlyOnceDelivery goes with pulled messages alone, and {ways[0]} is set ({REFUSED}). Leave one "
            "of the two out."
        )
    topic, dead = subscription.get("topic"), at(subscription, "deadLetterPolicy.deadLetterTopic")
    if isinstance(topic, str) and "/" in topic and _is_short(topic):
        yield f"topic {topic} is not named in full ({REFUSED}). {IN_FULL}"
    if _is_short(dead):
        yield f"deadLetterPolicy.deadLetterTopic {dead} is not named in full ({REFUSED}). {IN_FULL}"


def wrong_trigger(case: Case) -> str | None:
    """Refuse a trigger of no type or of two, and one that leads to two places."""
    return case.told(_trigger(case.inputs)) if case.traits.token == TRIGGER else None


def _trigger(trigger: Properties) -> Iterator[str]:
    criteria = trigger.get("matchingCriterias")
    named = [each.get("attribute") for each in mappings(criteria)]
    known = isinstance(criteria, list) and len(named) == len(criteria)
    if known and not any(isinstance(name, Unknown) for name in named) and named.count("type") != 1:
        told = f"{named.count('type')} times" if named.count("type") else "not at all"
        yield f"matchingCriterias has the attribute type {told} ({REFUSED}). Name one type of events."
    yield from _events(trigger)
    ways = [way for way in DESTINATIONS if _is_set(at(trigger, f"destination.{way}"))]
    if len(ways) > 1:
        yield f"destination is {' and '.join(ways)} ({REFUSED}). Keep one of them."


def _events(trigger: Properties) -> Iterator[str]:
    """Yield what is wrong about events of the Firestore (Eventarc: supported events, Cloud Firestore)."""
    filters = {each.get("attribute"): each.get("value") for each in mappings(trigger.get("matchingCriterias"))}
    kind = filters.get("type")
    if not isinstance(kind, str) or not kind.startswith(FIRESTORE):
        return
    change = kind.removeprefix(FIRESTORE).removesuffix(".withAuthContext")
    if change not in CHANGES:
        yield f"there are no events of type {kind} ({REFUSED}). Use {FIRESTORE} with {', '.join(CHANGES)}."
    strange = [name for name in filters if isinstance(name, str) and name not in ATTRIBUTES]
    if strange:
        yield f"matchingCriterias has {strange[0]}, which these events lack ({REFUSED}). Use {', '.join(ATTRIBUTES)}."


def _is_set(value: Value) -> bool:
    return value is not None and value not in ("", {})


def _is_short(topic: Value) -> bool:
    return isinstance(topic, str) and topic not in ("", "_deleted-topic_") and not TOPIC.fullmatch(topic)


RULES: tuple[LaunchRule, ...] = (
    LaunchRule("cron-message", Stage.CHECK, "Cloud Scheduler API, Job, PubsubTarget", wrong_job),
    LaunchRule("delivery", Stage.CHECK, "Pub/Sub API, Subscription; exactly-once delivery", wrong_delivery),
    LaunchRule("trigger-parts", Stage.CHECK, "Eventarc API, Trigger, Destination", wrong_trigger),
)
