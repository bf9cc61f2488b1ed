"""Rows of what keeps data: secrets, Firestore and its rules, storage, image repositories, Pub/Sub."""

from __future__ import annotations

from collections.abc import Mapping

from localcloud.providers.tables.gcp_common import (
    FROM_PROVIDER,
    POLICIES,
    PREVENTED,
    PROTECTED,
    annotated,
    duration,
    google,
    iam_member,
    labelled,
    short,
)
from localcloud.providers.traits import DeletionProtection, Parent, Traits, between, like, one_of
from localcloud.providers.values import Value

SECRET = "gcp:secretmanager/secret:Secret"  # noqa: S105 - a type's name
VERSION = "gcp:secretmanager/secretVersion:SecretVersion"
DATABASE = "gcp:firestore/database:Database"
RULESET = "gcp:firebaserules/ruleset:Ruleset"
BUCKET = "gcp:storage/bucket:Bucket"
OBJECT = "gcp:storage/bucketObject:BucketObject"
REPOSITORY = "gcp:artifactregistry/repository:Repository"
TOPIC = "gcp:pubsub/topic:Topic"
SUBSCRIPTION = "gcp:pubsub/subscription:Subscription"

IN_DATABASE = Parent("database", (DATABASE,), ("{name}", "{id}"), cure="create the firestore.Database first")
OF_SECRET = ("{id}", "{secretId}", "{name}")


def _collection_part(kind: str) -> str:
    return "projects/{project}/databases/{database}/collectionGroups/{collection}/" + kind


def _retention(known: Mapping[str, Value]) -> str:
    """Return how long versions of a document stay readable: 7 days with point-in-time recovery, else an hour."""
    recoverable = known.get("pointInTimeRecoveryEnablement") == "POINT_IN_TIME_RECOVERY_ENABLED"
    return "604800s" if recoverable else "3600s"


ROWS: tuple[Traits, ...] = (
    google(
        SECRET,
        "projects/{project}/secrets/{secretId}",
        "secretmanager/resource_secret_manager_secret.go",
        service="secretmanager.googleapis.com",
        autonames=("secretId",),
        defaults={"deletionProtection": False, "deletionPolicy": "DELETE"},
        minted={"createTime": "{now}"},
        computed={**annotated(), "name": "projects/{number}/secrets/{secretId}"},
        limits=(
            like("secretId", r"[A-Za-z0-9_-]{1,255}", "1 to 255 letters, digits, hyphens or underscores"),
            duration("versionDestroyTtl"),
            duration("rotation.rotationPeriod"),
            like("topics.name", r"projects/[^/]+/topics/[^/]+", "projects/PROJECT/topics/TOPIC"),
        ),
        parents=(Parent("topics.name", (TOPIC,), ("{id}",), cure="create the Topic first"),),
        guards=(PROTECTED,),
    ),
    Traits(
        VERSION,
        "{name}",
        "tpg secretmanager/resource_secret_manager_secret_version.go",
        service="secretmanager.googleapis.com",
        defaults={"enabled": True, "deletionPolicy": "DELETE"},
        minted={
            "version": "{versionNumber}",
            "name": lambda known: f"{known['versionOf']}/versions/{known['versionNumber']}",
            "createTime": "{now}",
        },
        parents=(Parent("secret", (SECRET,), OF_SECRET, cure="create the Secret first, or pass its .id"),),
        limits=(POLICIES,),
        guards=(PREVENTED,),
    ),
    iam_member(
        "gcp:secretmanager/secretIamMember:SecretIamMember",
        lambda known: f"projects/{known['project']}/secrets/{short(known['secretId'])}",
        "secretmanager/iam_secret_manager_secret.go",
        ("secretId", "project"),
        (Parent("secretId", (SECRET,), OF_SECRET, cure="create the Secret first, or pass its .secret_id"),),
        "secretmanager.googleapis.com",
    ),
    google(
        DATABASE,
        "projects/{project}/databases/{name}",
        "firestore/resource_firestore_database.go",
        service="firestore.googleapis.com",
        autonames=("name",),
        defaults={
            "deletionPolicy": "ABANDON",
            "deleteProtectionState": "DELETE_PROTECTION_DISABLED",
            "pointInTimeRecoveryEnablement": "POINT_IN_TIME_RECOVERY_DISABLED",
            "databaseEdition": "STANDARD",
            "concurrencyMode": "PESSIMISTIC",
            "appEngineIntegrationMode": "DISABLED",
        },
        minted={"uid": "{uuid}", "createTime": "{now}", "earliestVersionTime": "{now}", "keyPrefix": "e"},
        computed={"etag": "{hex32}", "updateTime": "{now}", "versionRetentionPeriod": _retention},
        limits=(
            like(
                "name",
                r"\(default\)|[a-z][a-z0-9-]{2,61}[a-z0-9]",
                "(default), or 4 to 63 lower-case letters, digits or hyphens",
            ),
        ),
        guards=(
            DeletionProtection(
                "deleteProtectionState",
                "DELETE_PROTECTION_ENABLED",
                "set deleteProtectionState to DELETE_PROTECTION_DISABLED",
            ),
        ),
    ),
    google(
        "gcp:firestore/index:Index",
        "{name}",
        "firestore/resource_firestore_index.go",
        service="firestore.googleapis.com",
        unique=("project", "database", "collection", "queryScope", "fields"),
        defaults={
            "database": "(default)",
            "apiScope": "ANY_API",
            "queryScope": "COLLECTION",
            "deletionPolicy": "DELETE",
        },
        minted={"name": _collection_part("indexes/") + "{serial}"},
        parents=(IN_DATABASE,),
    ),
    google(
        "gcp:firestore/field:Field",
        _collection_part("fields/{field}"),
        "firestore/resource_firestore_field.go: every field has a configuration already; deletion resets it",
        service="firestore.googleapis.com",
        defaults={"database": "(default)", "deletionPolicy": "DELETE"},
        computed={"name": _collection_part("fields/{field}")},
        parents=(IN_DATABASE,),
        adopts=True,
    ),
    google(
        "gcp:firestore/backupSchedule:BackupSchedule",
        "{name}",
        "firestore/resource_firestore_backup_schedule.go",
        service="firestore.googleapis.com",
        defaults={"database": "(default)", "deletionPolicy": "DELETE"},
        minted={"name": "projects/{project}/databases/{database}/backupSchedules/{uuid}"},
        limits=(duration("retention"),),
        parents=(IN_DATABASE,),
    ),
    google(
        RULESET,
        "projects/{project}/rulesets/{name}",
        "firebaserules/resource_firebaserules_ruleset.go: immutable",
        service="firebaserules.googleapis.com",
        minted={"name": "{uuid}", "createTime": "{now}", "metadatas": [{"services": ["cloud.firestore"]}]},
    ),
    google(
        "gcp:firebaserules/release:Release",
        "projects/{project}/releases/{name}",
        "firebaserules/resource_firebaserules_release.go",
        service="firebaserules.googleapis.com",
        autonames=("name",),
        minted={"createTime": "{now}"},
        computed={"updateTime": "{now}", "disabled": False},
        limits=(
            like(
                "name",
                r"(cloud\.firestore|firebase\.storage)(/.+)?",
                "cloud.firestore, cloud.firestore/DATABASE or firebase.storage/BUCKET",
            ),
        ),
        parents=(Parent("rulesetName", (RULESET,), ("{id}", "{name}"), cure="pass projects/PROJECT/rulesets/NAME"),),
    ),
    google(
        BUCKET,
        "{name}",
        "storage/resource_storage_bucket.go",
        service="storage.googleapis.com",
        autonames=("name",),
        defaults={"forceDestroy": False, "storageClass": "STANDARD", "publicAccessPrevention": "inherited"},
        minted={"timeCreated": "{now}"},
        computed={
            **labelled(),
            "updated": "{now}",
            "url": "gs://{name}",
            "selfLink": "https://www.googleapis.com/storage/v1/b/{name}",
            "projectNumber": lambda known: int(known["number"] or 0),
        },
        limits=(
            like(
                "name",
                r"[a-z0-9][a-z0-9._-]{1,61}[a-z0-9]|(?=.{1,222}$)[a-z0-9-]+(\.[a-z0-9-]+)+",
                "3 to 63 lower-case letters, digits, hyphens, underscores or dots",
            ),
            like(
                "name", r"(?!goog)(?!.*(google|g00gle)).*", "a name that does not contain google (the API answers 400)"
            ),
            one_of("storageClass", "STANDARD", "MULTI_REGIONAL", "REGIONAL", "NEARLINE", "COLDLINE", "ARCHIVE"),
            one_of("publicAccessPrevention", "inherited", "enforced"),
        ),
    ),
    Traits(
        OBJECT,
        "{bucket}-{name}",
        "tpg storage/resource_storage_bucket_object.go: writing a name again replaces the content",
        service="storage.googleapis.com",
        autonames=("name",),
        defaults={"storageClass": "STANDARD"},
        computed={
            "outputName": "{name}",
            "generation": lambda known: int(str(known["serial"])[:16]),
            "md5hash": "{contentMd5}",
            "md5hexhash": "{contentMd5Hex}",
            "crc32c": "{contentCrc32c}",
            "selfLink": "https://www.googleapis.com/storage/v1/b/{bucket}/o/{name}",
            "mediaLink": "https://storage.googleapis.com/download/storage/v1/b/{bucket}/o/{name}?alt=media",
        },
        parents=(Parent("bucket", (BUCKET,), ("{name}",), cure="create the Bucket first, or pass its .name"),),
        limits=(POLICIES,),
        guards=(PREVENTED,),
        adopts=True,
    ),
    iam_member(
        "gcp:storage/bucketIAMMember:BucketIAMMember",
        "b/{bucket}",
        "storage/iam_storage_bucket.go",
        ("bucket",),
        (Parent("bucket", (BUCKET,), ("{name}", "b/{name}"), cure="create the Bucket first, or pass its .name"),),
        "storage.googleapis.com",
    ),
    google(
        REPOSITORY,
        "projects/{project}/locations/{location}/repositories/{repositoryId}",
        "artifactregistry/resource_artifact_registry_repository.go",
        service="artifactregistry.googleapis.com",
        defaults={"mode": "STANDARD_REPOSITORY", "deletionPolicy": "DELETE", "location": FROM_PROVIDER["location"]},
        minted={"createTime": "{now}"},
        computed={
            **labelled(),
            "name": "{repositoryId}",
            "updateTime": "{now}",
            "registryUri": lambda known: (
                f"{known['location']}-{str(known['format']).lower()}.pkg.dev/{known['project']}/{known['repositoryId']}"
            ),
        },
        limits=(
            like(
                "repositoryId", r"[a-z]([a-z0-9-]{0,61}[a-z0-9])?", "lower-case letters, digits and hyphens, at most 63"
            ),
            one_of("format", "DOCKER", "MAVEN", "NPM", "PYTHON", "APT", "YUM", "KFP", "GO", "GENERIC"),
            *(
                like(f"cleanupPolicies.condition.{name}", r"\d+(\.\d{1,9})?[smhd]", "a time such as 2592000s or 30d")
                for name in ("olderThan", "newerThan")
            ),
        ),
    ),
    iam_member(
        "gcp:artifactregistry/repositoryIamMember:RepositoryIamMember",
        lambda known: (
            f"projects/{known['project']}/locations/{known['location']}/repositories/{short(known['repository'])}"
        ),
        "artifactregistry/iam_artifact_registry_repository.go",
        ("repository", "location", "project"),
        (Parent("repository", (REPOSITORY,), ("{id}", "{repositoryId}"), cure="create the Repository first"),),
        "artifactregistry.googleapis.com",
    ),
    google(
        TOPIC,
        "projects/{project}/topics/{name}",
        "pubsub/resource_pubsub_topic.go",
        service="pubsub.googleapis.com",
        autonames=("name",),
        computed=labelled(),
        limits=(
            like(
                "name",
                r"(?!goog)[A-Za-z][A-Za-z0-9._~%+-]{2,254}",
                "3 to 255 letters, digits or -._~%+ that begin with a letter, and not with goog (the API answers 400)",
            ),
        ),
    ),
    iam_member(
        "gcp:pubsub/topicIAMMember:TopicIAMMember",
        lambda known: f"projects/{known['project']}/topics/{short(known['topic'])}",
        "pubsub/iam_pubsub_topic.go",
        ("topic", "project"),
        (Parent("topic", (TOPIC,), ("{id}", "{name}"), cure="create the Topic first"),),
        "pubsub.googleapis.com",
    ),
    google(
        SUBSCRIPTION,
        "projects/{project}/subscriptions/{name}",
        "pubsub/resource_pubsub_subscription.go",
        service="pubsub.googleapis.com",
        autonames=("name",),
        defaults={
            "ackDeadlineSeconds": 10,
            "messageRetentionDuration": "604800s",
            "expirationPolicy": {"ttl": "2678400s"},
        },
        computed=labelled(),
        limits=(
            between("ackDeadlineSeconds", 10, 600),
            between("deadLetterPolicy.maxDeliveryAttempts", 5, 100),
        ),
        parents=(
            Parent("topic", (TOPIC,), ("{id}", "{name}"), cure="create the Topic first"),
            Parent("deadLetterPolicy.deadLetterTopic", (TOPIC,), ("{id}",), cure="create the dead letter Topic first"),
        ),
    ),
)
