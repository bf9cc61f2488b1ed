"""What Cloud Storage, Artifact Registry and Cloud KMS refuse about buckets, repositories and keys."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from blueprint.places import REGIONS
from localcloud.providers.launch_rules import REFUSED, Case, LaunchRule, Stage
from localcloud.providers.quantities import seconds
from localcloud.providers.rules.whereabouts import near
from localcloud.providers.tables.gcp_data import BUCKET, REPOSITORY
from localcloud.providers.tables.gcp_project import CRYPTO_KEY, KEY_RING
from localcloud.providers.values import Properties, Value, at, leaves, mappings

DAY = 86_400  # seconds
ACTIONS = ("Delete", "SetStorageClass", "AbortIncompleteMultipartUpload")
NUMBERS = ("age", "numNewerVersions", "daysSinceCustomTime", "daysSinceNoncurrentTime")
DATES = ("createdBefore", "customTimeBefore", "noncurrentTimeBefore")
# https://cloud.google.com/storage/docs/locations
PLACE = re.compile(r"(?i)us|eu|asia|(eur|nam|asia)\d+|[a-z]+-[a-z]+\d+")
REGION = re.compile(r"(?i)[a-z]+-[a-z]+\d+")  # turbo replication is of dual-regions alone
SOFT_LEAST, SOFT_MOST = 7 * DAY, 90 * DAY
LONGEST_RETENTION = 3_155_760_000  # seconds, a hundred years
SYMMETRIC = "ENCRYPT_DECRYPT"
PURPOSES = {  # beginning of an algorithm → purpose: https://cloud.google.com/kms/docs/algorithms
    "GOOGLE_SYMMETRIC": SYMMETRIC,
    "EXTERNAL_SYMMETRIC": SYMMETRIC,
    "RSA_SIGN": "ASYMMETRIC_SIGN",
    "EC_SIGN": "ASYMMETRIC_SIGN",
    "PQ_SIGN": "ASYMMETRIC_SIGN",
    "RSA_DECRYPT": "ASYMMETRIC_DECRYPT",
    "HMAC": "MAC",
    "AES_256_KWP": "AES_WRAPPING",
    "AES_": "RAW_ENCRYPT_DECRYPT",
}


def wrong_bucket(case: Case) -> str | None:
    """Refuse names like addresses, places that are none, and times that Cloud Storage does not keep."""
    if case.traits.token != BUCKET:
        return None
    return case.told(_bucket(case.inputs))


def _bucket(bucket: Properties) -> Iterator[str]:
    name, place = bucket.get("name"), bucket.get("location")
    if isinstance(name, str) and (re.fullmatch(r"\d+(\.\d+){3}", name) or re.search(r"\.\.|\.-|-\.", name)):
        yield f'"{name}" is not a bucket\'s name: it looks like an address, or has a dot beside a dot or hyphen (400).'
    if isinstance(place, str) and not PLACE.fullmatch(place):
        yield f"Cloud Storage has no location {place} (400). Use EU, US, ASIA, or a region such as europe-west1."
    yield from _unknown_regions([place, *leaves(bucket, "customPlacementConfig.dataLocations")])
    kept = at(bucket, "softDeletePolicy.retentionDurationSeconds")
    if isinstance(kept, int | float) and kept != 0 and not SOFT_LEAST <= kept <= SOFT_MOST:
        yield f"softDeletePolicy keeps {kept:g} s (400). Use 0 for not at all, or 7 to 90 days (604800 to 7776000)."
    period = at(bucket, "retentionPolicy.retentionPeriod")
    if str(period).isdigit() and not 0 < int(str(period)) <= LONGEST_RETENTION:
        yield f"retentionPolicy.retentionPeriod is {period} s (400). Use 1 to {LONGEST_RETENTION}."
    if isinstance(place, str) and REGION.fullmatch(place) and bucket.get("rpo") == "ASYNC_TURBO":
        yield f"rpo is ASYNC_TURBO in the single region {place} (400). Use a dual-region such as EUR4, or drop rpo."
    for rule in mappings(bucket.get("lifecycleRules")):
        yield from _lifecycle(rule)


def _unknown_regions(places: list[Value]) -> Iterator[str]:
    for region in places:
        if isinstance(region, str) and REGION.fullmatch(region) and region.lower() not in REGIONS:
            yield f"Cloud Storage has no location {region} (400). Use {', '.join(near(region.lower())).upper()}."


def _lifecycle(rule: Properties) -> Iterator[str]:
    """Yield what a rule gets wrong (https://cloud.google.com/storage/docs/lifecycle)."""
    action, condition = rule.get("action"), rule.get("condition")
    kind = at(action, "type")
    if isinstance(kind, str) and kind not in ACTIONS:
        yield f"lifecycleRules has the action {kind} (400). Use {', '.join(ACTIONS)}."
    if kind == "SetStorageClass" and not at(action, "storageClass"):
        yield "lifecycleRules has SetStorageClass without a storageClass (400). Set it, such as NEARLINE."
    if isinstance(condition, dict):
        yield from _condition(condition)


def _condition(condition: Properties) -> Iterator[str]:
    if not any(value not in (None, "", []) for value in condition.values()):
        yield "lifecycleRules has a condition that says nothing (400). Set one, such as age."
    for name in NUMBERS:
        number = condition.get(name)
        if isinstance(number, int | float) and number < 0:
            yield f"lifecycleRules has {name} {number:g} (400). Use 0 or more."
    for name in DATES:
        text = condition.get(name)
        if isinstance(text, str) and text and not _is_date(text):
            yield f"lifecycleRules has {name} {text} (400). Write a date such as 2026-12-31."


def wrong_cleanup(case: Case) -> str | None:
    """Refuse cleanup policies that Artifact Registry cannot follow, and a remote repository of nothing.

    https://cloud.google.com/artifact-registry/docs/repositories/cleanup-policy; tpg, cleanup_policies
    """
    if case.traits.token != REPOSITORY:
        return None
    return case.told(_repository(case.inputs))


def _repository(repository: Properties) -> Iterator[str]:
    for policy in mappings(repository.get("cleanupPolicies")):
        yield from _cleanup(policy)
    if repository.get("mode") == "REMOTE_REPOSITORY" and not repository.get("remoteRepositoryConfig"):
        yield f"mode is REMOTE_REPOSITORY without remoteRepositoryConfig ({REFUSED}). Say what it stands for."


def _cleanup(policy: Properties) -> Iterator[str]:
    condition, newest = policy.get("condition"), policy.get("mostRecentVersions")
    about = f"the cleanup policy {policy.get('id')}"
    if condition and newest:
        yield f"{about} has a condition and mostRecentVersions ({REFUSED}). Make two policies of it."
    if newest and policy.get("action") == "DELETE":
        yield f"{about} deletes the most recent versions, which can only be kept ({REFUSED}). Set action to KEEP."
    if at(condition, "tagPrefixes") and at(condition, "tagState") != "TAGGED":
        yield f"{about} has tagPrefixes, which go with tagState TAGGED alone ({REFUSED}). Set it to that."


def wrong_key(case: Case) -> str | None:
    """Refuse names, rotations and algorithms that Cloud KMS does not take (reference of CryptoKey)."""
    if case.traits.token not in (CRYPTO_KEY, KEY_RING):
        return None
    return case.told(_key(case.inputs))


def _key(key: Properties) -> Iterator[str]:
    name, purpose = key.get("name"), key.get("purpose", SYMMETRIC)
    if isinstance(name, str) and not re.fullmatch(r"[A-Za-z0-9_-]{1,63}", name):
        yield f'"{name}" is not a name ({REFUSED}). Use 1 to 63 letters, digits, _ and -.'
    place = key.get("location")
    if isinstance(place, str) and REGION.fullmatch(place) and place not in REGIONS:
        yield f"Cloud KMS has no location {place} ({REFUSED}). Use global, or {', '.join(near(place))}."
    yield from _rotation(key.get("rotationPeriod"), str(purpose))
    algorithm = at(key, "versionTemplate.algorithm")
    meant = next((wanted for begins, wanted in PURPOSES.items() if str(algorithm).startswith(begins)), purpose)
    if meant != purpose:
        yield f"the algorithm {algorithm} is for {meant}, and the purpose is {purpose} ({REFUSED}). Change one of them."
    wait = seconds(key.get("destroyScheduledDuration"))
    if wait is not None and not DAY <= wait <= 120 * DAY:
        yield f"destroyScheduledDuration is {key['destroyScheduledDuration']} ({REFUSED}). Use 24 hours to 120 days."


def _rotation(period: Value, purpose: str) -> Iterator[str]:
    if isinstance(period, str) and period and not re.fullmatch(r"[0-9.]*[0-9]s", period):
        yield f"rotationPeriod {period} is not in seconds, and the provider refuses it. Write it as 7776000s."
    if period and purpose != SYMMETRIC:
        yield f"rotationPeriod goes with the purpose {SYMMETRIC} alone, not {purpose} ({REFUSED}). Leave it out."


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


RULES: tuple[LaunchRule, ...] = (
    LaunchRule("bucket-parts", Stage.CHECK, "Cloud Storage: buckets, locations, lifecycle, soft delete", wrong_bucket),
    LaunchRule("cleanup-parts", Stage.CHECK, "Artifact Registry: cleanup policies", wrong_cleanup),
    LaunchRule("key-parts", Stage.CHECK, "Cloud KMS API, CryptoKey", wrong_key),
)
