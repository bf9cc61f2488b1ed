from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from infra.delivery_permissions import DEPLOYING, PREVIEWING
from infra.policy.conditions import is_constant
from infra.policy.iam import _admits_any_repository
from infra.policy.rule import Resource
from infra.workload_identity import APIS, NIGHTLY, WorkloadIdentity, WorkloadIdentityConfig
from localcloud.providers.languages import cel

WORKFLOWS = Path(__file__).parents[2] / "delivery" / "github"
BASIC = {"roles/owner", "roles/editor", "roles/viewer"}
ACTS_AS = {"intake": "projects/acme/serviceAccounts/intake@acme"}
KEY = "projects/acme/locations/europe-west1/keyRings/launch/cryptoKeys/pulumi-prod"
CONFIG = WorkloadIdentityConfig(
    "4711",
    "main",
    "production",
    "acme-source",
    ACTS_AS,
    billing_account="012345-6789AB-CDEF01",
    state_bucket="acme-state",
    state_key=KEY,
)


@pytest.fixture
def made(provision, project):
    return provision(lambda: WorkloadIdentity("delivery", CONFIG, project(*APIS)))


def condition(made: Any, who: str) -> str:
    return str(made.one(":WorkloadIdentityPoolProvider", who).inputs["attributeCondition"])


def held(made: Any, type_: str, who: str) -> dict[str, dict[str, Any]]:
    """What an account was given by grants of a type: role → inputs."""
    granted = [each.inputs for each in made.of(type_)]
    return {each["role"]: each for each in granted if each["member"].startswith(f"serviceAccount:{who}@")}


def own(made: Any, who: str) -> set[str]:
    return set(made.one("iAMCustomRole:IAMCustomRole", f"{who}-own").inputs["permissions"])


def test_whoever_looks_is_a_pull_request_in_its_environment_or_a_nightly_workflow_of_the_branch(made):
    asked = condition(made, "ci-preview")
    assert asked.startswith("assertion.repository_id == '4711' && (")
    assert "assertion.event_name == 'pull_request' && assertion.environment == 'preview'" in asked
    assert "workflow_ref.endsWith('/.github/workflows/launch-drift.yml@refs/heads/main')" in asked
    assert "assertion.ref == 'refs/heads/main'" in asked
    cel.read(asked)


def test_only_one_workflow_of_one_branch_in_one_environment_deploys(made):
    asked = condition(made, "ci-deploy")
    assert asked == (
        "assertion.repository_id == '4711' && assertion.ref == 'refs/heads/main'"
        " && assertion.environment == 'production' && assertion.event_name in ['push', 'workflow_dispatch']"
        " && assertion.workflow_ref.endsWith('/.github/workflows/launch-up.yml@refs/heads/main')"
    )
    cel.read(asked)


@pytest.mark.parametrize("who", ["ci-preview", "ci-deploy"])
def test_the_policy_pack_reads_the_condition_as_bound_to_the_repository(made, who):
    given = {"attributeCondition": condition(made, who), "attributeMapping": {"google.subject": "assertion.sub"}}
    assert _admits_any_repository(Resource("gcp:iam/WorkloadIdentityPoolProvider", who, given)) is None
    assert not is_constant(condition(made, who))


def test_the_workflows_that_the_conditions_name_are_those_that_a_founder_copies():
    for name in (*NIGHTLY, "preview", "up"):
        assert (WORKFLOWS / f"launch-{name}.yml").is_file()
    assert workflow("preview")["jobs"]["preview"]["environment"] == CONFIG.preview_environment


def test_each_account_has_a_role_of_its_own_and_no_wide_one_of_googles(made):
    assert own(made, "ci-preview") == set(PREVIEWING)
    assert own(made, "ci-deploy") == set(DEPLOYING)
    for who, googles in (("ci-preview", "Viewer"), ("ci-deploy", "Admin")):
        given = set(held(made, "projects/iAMMember:IAMMember", who))
        assert {role for role in given if role.startswith("roles/")} == {f"roles/iam.workloadIdentityPool{googles}"}


def test_the_budget_is_read_by_one_and_changed_by_the_other_on_the_billing_account(made):
    look, change = (held(made, "AccountIamMember", who) for who in ("ci-preview", "ci-deploy"))
    assert set(look) == {"roles/billing.viewer"}
    assert set(change) == {"roles/billing.viewer", "roles/billing.costsManager"}
    assert change["roles/billing.costsManager"]["billingAccountId"] == "012345-6789AB-CDEF01"


def test_the_state_is_read_by_one_and_written_by_the_other_on_the_one_bucket_and_key(made):
    look, change = (held(made, "CryptoKeyIAMMember", who) for who in ("ci-preview", "ci-deploy"))
    assert {role: each["cryptoKeyId"] for role, each in look.items()} == {"roles/cloudkms.cryptoKeyDecrypter": KEY}
    assert set(change) == {"roles/cloudkms.cryptoKeyEncrypterDecrypter"}
    record = made.one("BucketIAMMember", "ci-preview-record").inputs
    assert record["condition"]["expression"] == (
        "resource.name.startsWith('projects/_/buckets/acme-state/objects/.launch/')"
    )
    assert made.one("BucketIAMMember", "ci-deploy-state").inputs["role"] == "roles/storage.objectUser"


def test_each_account_is_open_to_its_own_pool_alone(made):
    for who in ("ci-preview", "ci-deploy"):
        grant = made.one("serviceaccount/iAMMember:IAMMember", f"github-as-{who}").inputs
        assert grant["role"] == "roles/iam.workloadIdentityUser"
        assert grant["member"].startswith("principalSet://iam.googleapis.com/")
    assert len({each.inputs["workloadIdentityPoolId"] for each in made.of(":WorkloadIdentityPool")}) == 2


def test_what_it_may_hand_over_is_named_by_the_account_so_that_another_service_moves_nothing(made):
    grant = made.one("serviceaccount/iAMMember:IAMMember", "ci-deploy-hands-over-intake").inputs
    assert (grant["role"], grant["serviceAccountId"]) == (
        "roles/iam.serviceAccountUser",
        "projects/acme/serviceAccounts/intake@acme",
    )


def test_there_is_no_key(made):
    assert made.of("serviceaccount/key:Key") == []


def workflow(name: str) -> dict[str, Any]:
    read: dict[str, Any] = yaml.load((WORKFLOWS / f"launch-{name}.yml").read_text(), yaml.BaseLoader)
    return read


@pytest.mark.parametrize("name", ["preview", "up", "drift"])
def test_a_workflow_signs_in_without_a_key_and_stays_off_until_it_is_set_up(name):
    [job] = workflow(name)["jobs"].values()
    text = (WORKFLOWS / f"launch-{name}.yml").read_text()
    assert workflow(name)["permissions"] == {"contents": "read", "id-token": "write"}
    assert "credentials_json" not in text
    assert "vars.LAUNCH_" in job["if"]


def test_only_main_deploys_and_only_with_approval():
    assert workflow("up")["on"] == {"push": {"branches": ["main"]}}
    assert workflow("up")["jobs"]["up"]["environment"] == "production"
    assert "LAUNCH_DEPLOYER" not in (WORKFLOWS / "launch-preview.yml").read_text()
    assert "LAUNCH_DEPLOYER" not in (WORKFLOWS / "launch-drift.yml").read_text()


def test_drift_is_looked_for_every_night():
    assert workflow("drift")["on"]["schedule"]
    assert "--refresh --expect-no-changes" in (WORKFLOWS / "launch-drift.yml").read_text()


def test_nobody_is_granted_a_role_before_the_accounts_are_known_everywhere(made):
    pause = made.one("launch:Pause", "delivery-accounts")
    before = [each.type.rpartition(":")[2] for each in made.made[: made.made.index(pause)]]
    assert (before.count("Account"), before.count("IAMMember")) == (2, 0)
    assert pause.inputs["after"] == ["ci-deploy", "ci-preview"]
