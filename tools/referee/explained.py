"""What Checkov finds and we answer for: one reason each. A finding that is not here, or is gone, is a failure."""

from __future__ import annotations

from collections.abc import Mapping

# (check, beginning of the resource's address) → why it stands
EXPLAINED: Mapping[tuple[str, str], str] = {
    ("CKV_GCP_62", "google_storage_bucket."): (
        "Only the builder reads the bucket with uploaded source, and what it holds is in git. Cloud Audit Logs say who "
        "asked for it; access logs would need a second bucket that has the same question."
    ),
    ("CKV_GCP_78", "google_storage_bucket."): (
        "Objects are named by the hash of what they hold, so there is never a second version to go back to."
    ),
    ("CKV_GCP_84", "google_artifact_registry_repository."): (
        "Images hold no secret and no personal data; Google encrypts them at rest. A key of ours would be "
        "one more thing to lose."
    ),
    ("CKV_GCP_83", "google_pubsub_topic.secret_rotation"): (
        "The topic carries the names of secrets whose rotation is due, and no value. Google encrypts it at rest."
    ),
    ("CKV_GCP_125", "google_iam_workload_identity_pool_provider."): (
        "The check knows `assertion.sub` alone, which names a repository. The condition holds its number instead, "
        "which nobody gets by taking over a name; who deploys is bound to one branch and one environment too."
    ),
    ("CKV_GCP_42", "google_project_iam_member.ci_deploy_"): (
        "This account makes and removes what the program consists of, so it administers those services, each by the "
        "role for that one; it is neither owner nor editor. It has no key, and acts for one branch, with approval."
    ),
    ("CKV_GCP_49", "google_project_iam_member.ci_deploy_"): (
        "The same account makes the services' accounts and has images built as one of them. Whoever grants roles could "
        "grant itself any, which is why a person approves what it does."
    ),
    ("CKV2_GCP_5", "google_project."): (
        "Who read secrets and identities is logged, and so is every change. `audit_logs: full` in the spec logs all "
        "reads too; a founder pays for them by the gigabyte, so it is their choice."
    ),
}
