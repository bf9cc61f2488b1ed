"""What Google refuses about where events and messages are kept and sent to, and how often an event is tried.

Sources: the APIs' descriptions of Eventarc's Trigger, CloudRun and RetryPolicy and of Pub/Sub's MessageStoragePolicy;
https://cloud.google.com/eventarc/docs/run/route-trigger-cloud-firestore (a trigger lies in its database's place).
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator

from blueprint.places import FIRESTORE_PLACES, REGIONS
from localcloud.providers.launch_rules import REFUSED, Case, LaunchRule, Stage
from localcloud.providers.rules.deliveries import FIRESTORE
from localcloud.providers.rules.timing import JOB
from localcloud.providers.rules.whereabouts import near
from localcloud.providers.tables.gcp_data import TOPIC
from localcloud.providers.tables.gcp_run import TRIGGER
from localcloud.providers.values import Properties, Unknown, at, mappings

REGION = re.compile(r"[a-z]+-[a-z]+\d+.*")


def wrong_place(case: Case) -> str | None:
    """Refuse triggers in places that there are not, services in none, and a number of attempts that is not taken."""
    return case.told(_trigger(case.inputs)) if case.traits.token == TRIGGER else None


def _trigger(trigger: Properties) -> Iterator[str]:
    filters = {str(each.get("attribute")): each.get("value") for each in mappings(trigger.get("matchingCriterias"))}
    place, kind = trigger.get("location"), str(filters.get("type"))
    known = FIRESTORE_PLACES if kind.startswith(FIRESTORE) else REGIONS
    if isinstance(place, str) and place not in known and (known is FIRESTORE_PLACES or REGION.fullmatch(place)):
        yield (
            f"location is {place}, where there is no {'Firestore' if known is FIRESTORE_PLACES else 'region'} "
            f"({REFUSED}). Use the place of the source, such as {', '.join(near(place))}."
        )
    region = at(trigger, "destination.cloudRunService.region")
    if isinstance(region, str) and region and region not in REGIONS:
        yield (
            f"destination.cloudRunService.region is {region}, which is not a region ({REFUSED}). Use "
            f"{', '.join(near(region))}."
        )
    attempts = at(trigger, "retryPolicy.maxAttempts")
    if isinstance(attempts, int) and attempts != 1:
        yield f"retryPolicy.maxAttempts is {attempts} ({REFUSED}). Use 1, or leave it out to retry for 24 hours."
    criteria = trigger.get("matchingCriterias")
    told = isinstance(criteria, list) and not any(isinstance(each, Unknown) for each in criteria)
    if told and kind.startswith(FIRESTORE) and "database" not in filters:
        yield (
            f"events of the Firestore need a criterion with the attribute database ({REFUSED}). Add it, such as "
            "(default)."
        )


def wrong_storage(case: Case) -> str | None:
    """Refuse messages that may be kept nowhere, or in a region that there is not."""
    regions = at(case.inputs, "messageStoragePolicy.allowedPersistenceRegions") if case.traits.token == TOPIC else None
    if not isinstance(regions, list):
        return None
    if not regions:
        return (
            f"{case.title}: messageStoragePolicy.allowedPersistenceRegions is empty ({REFUSED}). Name a region, or "
            "leave messageStoragePolicy out."
        )
    for region in regions:
        if isinstance(region, str) and region not in REGIONS:
            return (
                f"{case.title}: allowedPersistenceRegions names {region}, which is not a region ({REFUSED}). Use "
                f"{', '.join(near(region))}."
            )
    return None


def wrong_data(case: Case) -> str | None:
    """Refuse a job's message that is not base64, which the type `bytes` of the API is written in."""
    data = at(case.inputs, "pubsubTarget.data") if case.traits.token == JOB else None
    if not isinstance(data, str) or is_base64(data):
        return None
    return f"{case.title}: pubsubTarget.data is not base64 ({REFUSED}). Encode it (base64encode in the program)."


def is_base64(text: str) -> bool:
    """Tell whether a text is base64, of either alphabet, with line breaks or without."""
    plainer = "".join(text.split()).replace("-", "+").replace("_", "/")
    try:
        base64.b64decode(plainer + "=" * (-len(plainer) % 4), validate=True)
    except (binascii.Error, ValueError):
        return False
    return True


RULES: tuple[LaunchRule, ...] = (
    LaunchRule("event-place", Stage.CHECK, "Eventarc API, Trigger, CloudRun, RetryPolicy", wrong_place),
    LaunchRule("message-storage", Stage.CHECK, "Pub/Sub API, MessageStoragePolicy", wrong_storage),
    LaunchRule("cron-data", Stage.CHECK, "Cloud Scheduler API, PubsubTarget.data", wrong_data),
)
