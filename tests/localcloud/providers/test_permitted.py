"""Whoever deploys may do what the roles say that the launch gave it; what is missing is refused by name."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from localcloud import iam
from localcloud.base import deployer
from localcloud.base.world import Resource, World
from localcloud.providers import permitted
from localcloud.providers.packages import PACKAGES
from localcloud.providers.tables.gcp_permissions import CALLS
from localcloud.rpc import Refused

P = "acme-rehearsal"
CI = f"serviceAccount:ci-preview@{P}.iam.gserviceaccount.com"
TRAITS = PACKAGES[0].traits
JOB = TRAITS["gcp:cloudscheduler/job:Job"]
SWEEP = {"project": P, "httpTarget": {"oidcToken": {"serviceAccountEmail": f"task-caller@{P}.iam.gserviceaccount.com"}}}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    found = World(tmp_path / "world.db")
    found.put(Resource(iam.PROJECT, f"projects/{P}", "", {"projectId": P}, {"projectId": P, "number": "100000000001"}))
    yield found
    found.close()


def give(world: World, *permissions: str) -> None:
    role = f"projects/{P}/roles/own"
    world.put(Resource(iam.CUSTOM_ROLE, role, "", {"permissions": list(permissions)}))
    granted = {"project": P, "role": role, "member": CI}
    world.put(Resource("gcp:projects/iAMMember:IAMMember", "own", "", granted))


def refusal(world: World, verb: str) -> str:
    with deployer.acting(world, CI), pytest.raises(Refused) as refused:
        permitted.require(world, JOB, 'Job "sweep"', verb, SWEEP)
    return refused.value.message


def test_the_owner_may_do_everything(world: World) -> None:
    permitted.require(world, JOB, 'Job "sweep"', permitted.DELETE, SWEEP)


def test_a_missing_permission_is_named_with_the_one_who_lacks_it(world: World) -> None:
    give(world, "pubsub.topics.get")
    said = refusal(world, permitted.READ)
    assert said.startswith(
        "Job \"sweep\": googleapi: Error 403: Permission 'cloudscheduler.jobs.get' denied on resource"
    )
    assert CI in said
    assert "infra/delivery_permissions.py" in said


def test_each_call_asks_for_its_own(world: World) -> None:
    give(world, "cloudscheduler.jobs.get")
    with deployer.acting(world, CI):
        permitted.require(world, JOB, 'Job "sweep"', permitted.READ, SWEEP)
    assert "cloudscheduler.jobs.update" in refusal(world, permitted.UPDATE)
    assert "cloudscheduler.jobs.delete" in refusal(world, permitted.DELETE)


def test_an_account_that_a_resource_runs_as_has_to_be_handed_over(world: World) -> None:
    give(world, "cloudscheduler.jobs.create", "cloudscheduler.jobs.get")
    assert "'iam.serviceAccounts.actAs'" in refusal(world, permitted.CREATE)
    account = f"projects/{P}/serviceAccounts/task-caller@{P}.iam.gserviceaccount.com"
    handed = {"serviceAccountId": account, "role": "roles/iam.serviceAccountUser", "member": CI}
    world.put(Resource("gcp:serviceaccount/iAMMember:IAMMember", "handed", "", handed))
    with deployer.acting(world, CI):
        permitted.require(world, JOB, 'Job "sweep"', permitted.CREATE, SWEEP)


def test_a_budget_is_asked_for_on_the_billing_account(world: World) -> None:
    budget = TRAITS["gcp:billing/budget:Budget"]
    properties = {"billingAccount": "012345-6789AB-CDEF01"}
    give(world, "billing.budgets.get")  # on the project, where it says nothing
    with deployer.acting(world, CI), pytest.raises(Refused, match="billingAccounts/012345-6789AB-CDEF01"):
        permitted.require(world, budget, "Budget", permitted.READ, properties)
    granted = {"billingAccountId": "012345-6789AB-CDEF01", "role": "roles/billing.viewer", "member": CI}
    world.put(Resource("gcp:billing/accountIamMember:AccountIamMember", "billing", "", granted))
    with deployer.acting(world, CI):
        permitted.require(world, budget, "Budget", permitted.READ, properties)


def test_an_open_port_is_no_way_round(world: World) -> None:
    with deployer.acting(world, CI):
        assert not iam.allows(world, iam.OWNER, "cloudbuild.builds.create", f"projects/{P}")
        with pytest.raises(iam.DeniedError, match="ci-preview@"):
            iam.require(world, iam.OWNER, "cloudbuild.builds.create", f"projects/{P}")
    assert iam.allows(world, iam.OWNER, "cloudbuild.builds.create", f"projects/{P}")


def test_a_type_without_a_row_is_refused_rather_than_let_pass(world: World) -> None:
    unknown = next(traits for token, traits in TRAITS.items() if token not in CALLS)
    with deployer.acting(world, CI), pytest.raises(Refused, match=r"gcp_permissions\.py"):
        permitted.require(world, unknown, "Thing", permitted.READ, {})


def test_cloudflare_is_asked_by_a_token_of_its_own(world: World) -> None:
    with deployer.acting(world, CI):
        for traits in PACKAGES[1].traits.values():
            permitted.require(world, traits, "Zone", permitted.UPDATE, {})
