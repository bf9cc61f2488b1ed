"""Names that Google keeps after a deletion: refused while they are kept, taken afterwards, each with what to do."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from localcloud.base import deleted
from localcloud.base.deleted import DELETED

HERE = {"project": "acme-app"}
DAY = 86_400
QUEUE = "gcp:cloudtasks/queue:Queue"
POOL = "gcp:iam/workloadIdentityPool:WorkloadIdentityPool"
PROVIDER = "gcp:iam/workloadIdentityPoolProvider:WorkloadIdentityPoolProvider"
ROLE = "gcp:projects/iAMCustomRole:IAMCustomRole"
DATABASE = "gcp:firestore/database:Database"
PROJECT = "gcp:organizations/project:Project"
QUEUED = {**HERE, "name": "events", "location": "europe-west1"}
POOLED = {**HERE, "workloadIdentityPoolId": "ci-deploy"}
PROVIDED = {
    **POOLED,
    "workloadIdentityPoolProviderId": "github",
    "attributeMapping": {"google.subject": "assertion.sub"},
    "attributeCondition": "assertion.repository_id == '1'",
    "oidc": {"issuerUri": "https://token.actions.githubusercontent.com"},
}
READER = {**HERE, "roleId": "reader", "title": "Reader", "permissions": ["run.services.get"]}
DATA = {**HERE, "name": "second", "locationId": "eur3", "type": "FIRESTORE_NATIVE", "deletionPolicy": "DELETE"}
OTHER = {"projectId": "other-app", "name": "other-app", "deletionPolicy": "DELETE"}


def later(clouds: Any, seconds: float) -> None:
    """Let time pass since what was deleted."""
    for buried in clouds.world.resources(DELETED):
        clouds.world.put(replace(buried, outputs={"deleted": buried.outputs["deleted"] - seconds}))


@pytest.mark.parametrize(
    ("token", "wanted", "span", "seconds", "answer", "cure"),
    [
        (QUEUE, QUEUED, "3 days", 3 * DAY, "400", "Give it another name or location, or wait"),
        (
            POOL,
            POOLED,
            "30 days",
            30 * DAY,
            "409",
            "workload-identity-pools undelete ci-deploy --location=global --project=acme-app",
        ),
        (DATABASE, DATA, "5 minutes", 300, "409", "Wait five minutes"),
    ],
)
def test_the_name_of_what_was_deleted_is_taken_for_a_while(
    clouds: Any, token: str, wanted: dict[str, Any], span: str, seconds: int, answer: str, cure: str
) -> None:
    clouds.project()
    clouds.gcp.delete(clouds.gcp.up(token, "x", wanted))
    refused = clouds.gcp.refusal(token, "x", wanted)
    assert f"deleted here less than {span} ago" in refused
    assert f"the real cloud answers {answer}" in refused
    assert cure in refused
    later(clouds, seconds)
    assert clouds.gcp.up(token, "x", wanted).id


def test_the_name_of_a_deleted_queue_is_free_in_another_place(clouds: Any) -> None:
    clouds.project()
    clouds.gcp.delete(clouds.gcp.up(QUEUE, "events", QUEUED))
    assert clouds.gcp.up(QUEUE, "events", QUEUED, location="europe-west4").id


def test_the_provider_of_a_pool_that_stays_keeps_its_name_too(clouds: Any) -> None:
    clouds.project()
    clouds.gcp.up(POOL, "pool", POOLED)
    clouds.gcp.delete(clouds.gcp.up(PROVIDER, "github", PROVIDED))
    refused = clouds.gcp.refusal(PROVIDER, "github", PROVIDED)
    assert "providers undelete github --workload-identity-pool=ci-deploy" in refused


def test_a_deleted_role_comes_back_within_a_week_and_then_blocks_its_name_for_a_month(clouds: Any) -> None:
    clouds.project()
    clouds.gcp.delete(clouds.gcp.up(ROLE, "reader", READER))
    back = clouds.gcp.up(ROLE, "reader", READER)  # the provider undeletes it
    clouds.gcp.delete(back)
    later(clouds, 8 * DAY)
    refused = clouds.gcp.refusal(ROLE, "reader", READER)
    assert "less than 37 days ago" in refused
    assert "400 FAILED_PRECONDITION" in refused
    later(clouds, 30 * DAY)
    assert clouds.gcp.up(ROLE, "reader", READER).id


def test_the_id_of_a_deleted_project_is_never_free_again(clouds: Any) -> None:
    clouds.gcp.delete(clouds.gcp.up(PROJECT, "other", OTHER))
    later(clouds, 4_000 * DAY)
    refused = clouds.gcp.refusal(PROJECT, "other", OTHER)
    assert "Google keeps the name for ever (the real cloud answers 409 ALREADY_EXISTS)" in refused
    assert "gcloud projects undelete other-app" in refused
    assert "google.project" in refused


def test_a_rehearsal_that_begins_over_may_forget_a_deleted_project(clouds: Any) -> None:
    clouds.gcp.delete(clouds.gcp.up(PROJECT, "other", OTHER))
    assert deleted.forget_project(clouds.world, "other-app")
    assert not deleted.forget_project(clouds.world, "other-app")
    assert clouds.gcp.up(PROJECT, "other", OTHER).id


def test_service_accounts_secrets_and_buckets_may_be_made_again_at_once(clouds: Any) -> None:
    clouds.project()
    for token, wanted in (
        ("gcp:serviceaccount/account:Account", {**HERE, "accountId": "intake"}),
        ("gcp:secretmanager/secret:Secret", {**HERE, "secretId": "key", "replication": {"auto": {}}}),
        ("gcp:storage/bucket:Bucket", {**HERE, "name": "acme-things", "location": "EU"}),
    ):
        clouds.gcp.delete(clouds.gcp.up(token, "it", wanted))
        assert clouds.gcp.up(token, "it", wanted).id


def test_a_key_ring_and_its_keys_are_never_deleted(clouds: Any) -> None:
    clouds.project("cloudkms")
    ring = clouds.gcp.up("gcp:kms/keyRing:KeyRing", "state", HERE, name="state", location="global")
    wanted = {"keyRing": ring.id, "name": "state"}
    clouds.gcp.delete(clouds.gcp.up("gcp:kms/cryptoKey:CryptoKey", "state", wanted))
    clouds.gcp.delete(ring)
    assert "already exists" in clouds.gcp.refusal("gcp:kms/cryptoKey:CryptoKey", "state", wanted)
    assert "already exists" in clouds.gcp.refusal(
        "gcp:kms/keyRing:KeyRing", "state", HERE, name="state", location="global"
    )
