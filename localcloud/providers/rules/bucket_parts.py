"""What Cloud Storage, Artifact Registry and Cloud KMS refuse about settings that do not go together.

Sources: https://cloud.google.com/storage/docs/lifecycle#abort-mpu (conditions of that action), …/docs/autoclass,
…/docs/hns-overview (folders), …/docs/locations#location-dr (two regions); the descriptions of Artifact Registry's
RemoteRepositoryConfig and VirtualRepositoryConfig, and of Cloud KMS' CryptoKeyVersionTemplate.
"""

from __future__ import annotations

from collections.abc import Iterator

from localcloud.providers.launch_rules import REFUSED, Case, LaunchRule, Stage
from localcloud.providers.tables.gcp_data import BUCKET, REPOSITORY
from localcloud.providers.tables.gcp_project import CRYPTO_KEY
from localcloud.providers.values import Properties, at, is_unknown, mappings

ABORT = "AbortIncompleteMultipartUpload"
OF_ABORT = ("age", "matchesPrefixes", "matchesSuffixes")
DUAL = 2  # regions of a dual-region
MODES = {"remoteRepositoryConfig": "REMOTE_REPOSITORY", "virtualRepositoryConfig": "VIRTUAL_REPOSITORY"}
SOURCES = ("apt", "docker", "maven", "npm", "python", "yum")
SYMMETRIC, OUTSIDE = "ENCRYPT_DECRYPT", ("EXTERNAL", "EXTERNAL_VPC")


def wrong_bucket(case: Case) -> str | None:
    """Refuse conditions, classes, folders and regions of a bucket that do not go together."""
    return case.told(_bucket(case.inputs)) if case.traits.token == BUCKET else None


def _bucket(bucket: Properties) -> Iterator[str]:
    rules = mappings(bucket.get("lifecycleRules"))
    for rule in rules:
        condition = rule.get("condition")
        if at(rule, "action.type") == ABORT and isinstance(condition, dict):
            yield from _aborted(condition)
    if at(bucket, "autoclass.enabled") is True:
        yield from _autoclass(bucket, rules)
    if at(bucket, "hierarchicalNamespace.enabled") is True:
        yield from _folders(bucket)
    regions = at(bucket, "customPlacementConfig.dataLocations")
    known = isinstance(regions, list) and not is_unknown(regions)
    if known and len({str(each).upper() for each in regions}) != DUAL:
        yield "customPlacementConfig.dataLocations is not two regions (400). Name two, such as US-EAST1 and US-WEST1."


def _aborted(condition: Properties) -> Iterator[str]:
    for name in sorted(name for name, value in condition.items() if value not in (None, "", [], False)):
        if name not in (*OF_ABORT, "withState"):
            yield f"lifecycleRules has {ABORT} by {name} (400). Use {', '.join(OF_ABORT)}."


def _folders(bucket: Properties) -> Iterator[str]:
    if bucket.get("uniformBucketLevelAccess") in (None, False):
        yield "hierarchicalNamespace needs uniformBucketLevelAccess (400). Set it to true."
    if at(bucket, "versioning.enabled") is True:
        yield "hierarchicalNamespace does not go with versioning (400). Leave one of the two out."


def _autoclass(bucket: Properties, rules: list[Properties]) -> Iterator[str]:
    if bucket.get("storageClass", "STANDARD") != "STANDARD" and isinstance(bucket["storageClass"], str):
        yield f"autoclass goes with the class STANDARD, not {bucket['storageClass']} (400). Leave storageClass out."
    last = at(bucket, "autoclass.terminalStorageClass")
    if isinstance(last, str) and last not in ("NEARLINE", "ARCHIVE"):
        yield f"autoclass.terminalStorageClass is {last} (400). Use NEARLINE or ARCHIVE."
    for rule in rules:
        if at(rule, "action.type") == "SetStorageClass" or at(rule, "condition.matchesStorageClasses"):
            yield "autoclass does not go with lifecycleRules about storage classes (400). Leave those rules out."


def wrong_repository(case: Case) -> str | None:
    """Refuse the settings of another mode, and a source of another format."""
    return case.told(_repository(case.inputs)) if case.traits.token == REPOSITORY else None


def _repository(repository: Properties) -> Iterator[str]:
    mode, form = repository.get("mode", "STANDARD_REPOSITORY"), repository.get("format")
    for name, wanted in MODES.items():
        if repository.get(name) is not None and isinstance(mode, str) and mode != wanted:
            yield f"{name} goes with the mode {wanted}, not {mode} ({REFUSED}). Set mode to that."
    for source in SOURCES:
        told = at(repository, f"remoteRepositoryConfig.{source}Repository")
        if told is not None and isinstance(form, str) and form.lower() != source:
            yield f"{source}Repository is not a source of the format {form} ({REFUSED}). Use that of {form.lower()}."


def wrong_key(case: Case) -> str | None:
    """Refuse a key that signs by no algorithm, and one from outside by Google's."""
    return case.told(_key(case.inputs)) if case.traits.token == CRYPTO_KEY else None


def _key(key: Properties) -> Iterator[str]:
    purpose, template = key.get("purpose", SYMMETRIC), key.get("versionTemplate")
    if isinstance(purpose, str) and purpose != SYMMETRIC and at(template, "algorithm") is None:
        yield f"the purpose {purpose} needs versionTemplate.algorithm ({REFUSED}). Set it."
    level, algorithm = at(template, "protectionLevel"), at(template, "algorithm")
    if level in OUTSIDE and algorithm == "GOOGLE_SYMMETRIC_ENCRYPTION":
        yield f"a key of {level} is not of {algorithm} ({REFUSED}). Use EXTERNAL_SYMMETRIC_ENCRYPTION."


RULES: tuple[LaunchRule, ...] = (
    LaunchRule("bucket-together", Stage.CHECK, "Cloud Storage: lifecycle, autoclass, folders", wrong_bucket),
    LaunchRule("repository-mode", Stage.CHECK, "Artifact Registry API, RemoteRepositoryConfig", wrong_repository),
    LaunchRule("key-algorithm", Stage.CHECK, "Cloud KMS API, CryptoKeyVersionTemplate", wrong_key),
)
