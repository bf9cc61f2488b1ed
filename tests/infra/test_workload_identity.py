from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from infra.workload_identity import APIS, DEPLOYING, READING, WorkloadIdentity, WorkloadIdentityConfig

WORKFLOWS = Path(__file__).parents[2] / "delivery" / "github"
BASIC = {"roles/owner", "roles/editor", "roles/viewer"}


@pytest.fixture
def made(provision, project):
    config = WorkloadIdentityConfig(
        "4711", "main", "production", {"intake": "projects/acme/serviceAccounts/intake@acme"}
    )
    return provision(lambda: WorkloadIdentity("delivery", config, project(*APIS)))


def condition(made: Any, who: str) -> str:
    return str(made.one(":WorkloadIdentityPoolProvider", who).inputs["attributeCondition"])


def roles(made: Any, who: str) -> set[str]:
    granted = [each.inputs for each in made.of("projects/iAMMember:IAMMember")]
    return {each["role"] for each in granted if each["member"].startswith(f"serviceAccount:{who}@")}


def test_pull_requests_of_the_repository_act_as_an_account_that_only_reads(made):
    assert condition(made, "ci-preview") == "assertion.repository_id == '4711'"
    assert roles(made, "ci-preview") == set(READING)
    assert not [role for role in READING if "admin" in role.lower() or role in BASIC]


def test_only_one_branch_in_one_environment_deploys(made):
    assert condition(made, "ci-deploy") == (
        "assertion.repository_id == '4711' && assertion.ref == 'refs/heads/main'"
        " && assertion.environment == 'production'"
    )
    assert roles(made, "ci-deploy") == {*READING, *DEPLOYING}
    assert not BASIC & set(DEPLOYING)


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
