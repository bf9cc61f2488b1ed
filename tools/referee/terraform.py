"""A Pulumi stack's state in the form that Checkov reads: a Terraform plan (terraform.io/internals/json-format)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

# Pulumi token → Terraform type, for what Checkov has checks about. The provider of both is the same one.
TYPES: Mapping[str, str] = {
    "gcp:artifactregistry/repository:Repository": "google_artifact_registry_repository",
    "gcp:artifactregistry/repositoryIamMember:RepositoryIamMember": "google_artifact_registry_repository_iam_member",
    "gcp:cloudrunv2/service:Service": "google_cloud_run_v2_service",
    "gcp:cloudrunv2/serviceIamMember:ServiceIamMember": "google_cloud_run_v2_service_iam_member",
    "gcp:compute/backendService:BackendService": "google_compute_backend_service",
    "gcp:compute/network:Network": "google_compute_network",
    "gcp:compute/sSLPolicy:SSLPolicy": "google_compute_ssl_policy",
    "gcp:compute/securityPolicy:SecurityPolicy": "google_compute_security_policy",
    "gcp:compute/targetHttpsProxy:TargetHttpsProxy": "google_compute_target_https_proxy",
    "gcp:iam/workloadIdentityPoolProvider:WorkloadIdentityPoolProvider": "google_iam_workload_identity_pool_provider",
    "gcp:kms/cryptoKey:CryptoKey": "google_kms_crypto_key",
    "gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember": "google_kms_crypto_key_iam_member",
    "gcp:organizations/project:Project": "google_project",
    "gcp:projects/iAMAuditConfig:IAMAuditConfig": "google_project_iam_audit_config",
    "gcp:projects/iAMMember:IAMMember": "google_project_iam_member",
    "gcp:pubsub/topic:Topic": "google_pubsub_topic",
    "gcp:secretmanager/secret:Secret": "google_secret_manager_secret",
    "gcp:serviceaccount/account:Account": "google_service_account",
    "gcp:serviceaccount/key:Key": "google_service_account_key",
    "gcp:storage/bucket:Bucket": "google_storage_bucket",
    "gcp:storage/bucketIAMMember:BucketIAMMember": "google_storage_bucket_iam_member",
}
MAPS = frozenset(
    {"labels", "annotations", "attributeMapping", "messageStoragePolicy"}
)  # names in them are a user's own
PLURALS = {"auditLogConfigs": "audit_log_config", "lifecycleRules": "lifecycle_rule", "rules": "rule"}


def plan(exported: Mapping[str, Any]) -> dict[str, Any]:
    """Return `pulumi stack export` as a Terraform plan that would make the same resources."""
    made = [_resource(each) for each in exported["deployment"].get("resources", ()) if each["type"] in TYPES]
    return {
        "format_version": "1.2",
        "terraform_version": "1.9.0",
        "planned_values": {"root_module": {"resources": made}},
        "resource_changes": [_change(each) for each in made],
        "configuration": {"root_module": {"resources": [_configuration(each) for each in made]}},
    }


def _resource(found: Mapping[str, Any]) -> dict[str, Any]:
    type_, name = TYPES[found["type"]], re.sub(r"\W", "_", found["urn"].rsplit("::", 1)[-1])
    return {
        "address": f"{type_}.{name}",
        "mode": "managed",
        "type": type_,
        "name": name,
        "provider_name": "hashicorp/google",
        "schema_version": 0,
        "values": _block(found.get("inputs") or {}),
    }


def _change(made: Mapping[str, Any]) -> dict[str, Any]:
    names = {key: made[key] for key in ("address", "mode", "type", "name", "provider_name")}
    after = {"actions": ["create"], "before": None, "after": made["values"], "after_unknown": {}}
    return {**names, "change": after}


def _configuration(made: Mapping[str, Any]) -> dict[str, Any]:
    names = {key: made[key] for key in ("address", "mode", "type", "name")}
    return {**names, "expressions": {key: {"constant_value": value} for key, value in made["values"].items()}}


def _block(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {
        PLURALS.get(key, _snake(key)): value if key in MAPS else _value(value)
        for key, value in properties.items()
        if not key.startswith("__")
    }


def _value(value: Any) -> Any:
    """Terraform has no single objects: a block is a list of one."""
    if isinstance(value, dict):
        return [_block(value)]
    if isinstance(value, list):
        return [_block(each) if isinstance(each, dict) else each for each in value]
    return value


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
