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
}
