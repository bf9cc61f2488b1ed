"""Rules on what is kept: the project, data, files, keys and secrets."""

from __future__ import annotations

from blueprint.protection import UNPROTECTED
from infra.policy.rule import Resource, Rule, of

DATABASE = of("gcp:firestore/Database")
BUCKET = of("gcp:storage/Bucket")
KEY = of("gcp:kms/CryptoKey")
ROTATION = 90 * 86_400  # seconds


def _has_default_network(resource: Resource) -> str | None:
    return None if resource.properties.get("autoCreateNetwork") is False else "gets the default network, open for SSH"


def _may_be_deleted(resource: Resource) -> str | None:
    return (
        None if resource.properties.get("deletionPolicy", "PREVENT") == "PREVENT" else "could be deleted with all in it"
    )


def _is_unprotected(resource: Resource) -> str | None:
    on = resource.properties.get("deleteProtectionState") == "DELETE_PROTECTION_ENABLED"
    return None if on else "can be deleted by one call"


def _cannot_go_back(resource: Resource) -> str | None:
    on = resource.properties.get("pointInTimeRecoveryEnablement") == "POINT_IN_TIME_RECOVERY_ENABLED"
    return None if on else "cannot be brought back to the minute before a mistake"


def _has_object_rights(resource: Resource) -> str | None:
    return None if resource.properties.get("uniformBucketLevelAccess") else "lets each file have rights of its own"


def _may_become_public(resource: Resource) -> str | None:
    return None if resource.properties.get("publicAccessPrevention") == "enforced" else "could be made public"


def _is_never_rotated(resource: Resource) -> str | None:
    period = str(resource.properties.get("rotationPeriod") or "")
    seconds = float(period.removesuffix("s") or "inf")
    return None if seconds <= ROTATION else "is not rotated within 90 days"


PROTECT = (
    f"Set protect to true in the launch spec. For an edit by which something has to go, say that it is meant: "
    f"{UNPROTECTED}=1"
)
STORAGE: tuple[Rule, ...] = (
    Rule(
        "project.no-default-network",
        "The project has no default network",
        "CIS GCP 3.1, Checkov CKV_GCP_27",
        of("gcp:organizations/Project"),
        _has_default_network,
        "Set auto_create_network to False",
    ),
    Rule(
        "project.kept",
        "The project cannot be deleted by a command",
        "github.com/hashicorp/terraform-provider-google, google_project.deletion_policy",
        of("gcp:organizations/Project"),
        _may_be_deleted,
        PROTECT,
        in_rehearsal=False,
    ),
    Rule(
        "firestore.protected",
        "The database is protected from deletion",
        "cloud.google.com/firestore/docs/manage-databases#delete_protection",
        DATABASE,
        _is_unprotected,
        PROTECT,
        in_rehearsal=False,
    ),
    Rule(
        "firestore.point-in-time",
        "The database can be brought back to any minute of the last week",
        "cloud.google.com/firestore/docs/pitr",
        DATABASE,
        _cannot_go_back,
        PROTECT,
        in_rehearsal=False,
    ),
    Rule(
        "storage.uniform",
        "A bucket's files have no rights of their own",
        "CIS GCP 5.2, Checkov CKV_GCP_29",
        BUCKET,
        _has_object_rights,
        "Set uniform_bucket_level_access to True",
    ),
    Rule(
        "storage.never-public",
        "A bucket cannot be made public",
        "Checkov CKV_GCP_114",
        BUCKET,
        _may_become_public,
        'Set public_access_prevention to "enforced"',
    ),
    Rule(
        "kms.rotated",
        "Keys are rotated within 90 days",
        "CIS GCP 1.10, Checkov CKV_GCP_43",
        KEY,
        _is_never_rotated,
        'Set rotation_period to "7776000s" or less',
    ),
)
