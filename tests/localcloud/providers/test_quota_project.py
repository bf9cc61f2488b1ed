"""Google counts each call for a project: what it answers when that is nobody's, not there yet, or without the API."""

from __future__ import annotations

from typing import Any

import grpc
import pytest
from pulumi.runtime.proto import provider_pb2

from localcloud.base import deployer, ports
from localcloud.base.world import Resource
from localcloud.providers import quota_project
from localcloud.providers.codec import encode

PROJECT = "acme-app"
HERE = {"project": PROJECT}
MINE = {"userProjectOverride": "true", "billingProject": PROJECT}  # as the engine writes them
RULESET = "gcp:firebaserules/ruleset:Ruleset"
FIREBASE = "gcp:firebase/project:Project"
BUDGET = "gcp:billing/budget:Budget"
QUEUE = "gcp:cloudtasks/queue:Queue"
MEMBER = "gcp:projects/iAMMember:IAMMember"
CLOSED = "service cloud.firestore { match /{path=**} { allow read, write: if false; } }"
RULES = {**HERE, "source": {"files": [{"name": "firestore.rules", "content": CLOSED}]}}
WANTED: dict[str, dict[str, Any]] = {
    RULESET: RULES,
    FIREBASE: HERE,
    BUDGET: {
        "billingAccount": "012345-6789AB-CDEF01",
        "amount": {"specifiedAmount": {"units": "50"}},
        "thresholdRules": [{"thresholdPercent": 1.0}],
    },
}


@pytest.fixture
def provider(clouds: Any) -> Any:
    """Return a function that attaches once more, as one of a program's providers with settings of its own."""
    channels: list[Any] = []

    def attached(**settings: str) -> Any:
        more = type(clouds.gcp)(ports.load(clouds.home).address("gcp"))
        channels.append(more.channel)
        more.stub.Configure(provider_pb2.ConfigureRequest(args=encode({"project": PROJECT, **settings})))
        return more

    yield attached
    for channel in channels:
        channel.close()


@pytest.mark.parametrize("token", WANTED)
def test_a_persons_call_that_counts_for_nobody_is_refused_in_googles_words(
    clouds: Any, provider: Any, token: str
) -> None:
    clouds.project("firebaserules", "firebase", "billingbudgets")
    said = provider().refusal(token, "it", WANTED[token])
    assert "googleapi: Error 403: Your application is authenticating by using local Application Default" in said
    assert "API requires a quota project, which is not set by default." in said
    assert '"reason": "SERVICE_DISABLED", "consumer": "projects/764086051850"' in said
    provider(**MINE).up(token, "it", WANTED[token])


def test_two_providers_of_one_program_are_told_apart(clouds: Any, provider: Any) -> None:
    clouds.project("firebaserules")
    plain, mine = provider(), provider(**MINE)
    assert "requires a quota project" in plain.refusal(RULESET, "first", RULES)
    mine.up(RULESET, "second", RULES)
    assert "requires a quota project" in plain.refusal(RULESET, "third", RULES)


def test_a_change_is_counted_too(clouds: Any, provider: Any) -> None:
    clouds.project("firebase")
    provider(**MINE).up(FIREBASE, "firebase", HERE)
    app = {**HERE, "displayName": "A", "packageName": "a.b"}
    made = provider(**MINE).up("gcp:firebase/androidApp:AndroidApp", "app", app)
    with pytest.raises(grpc.RpcError, match="requires a quota project"):
        provider().change(made, displayName="B")


def test_an_api_that_takes_gclouds_own_project_is_not_refused(clouds: Any, provider: Any) -> None:
    clouds.project()
    provider().up(QUEUE, "events", name="events", location="europe-west1", **HERE)


def test_whatever_makes_the_project_cannot_count_for_it(clouds: Any, provider: Any) -> None:
    wanted = {"projectId": PROJECT, "name": PROJECT, "deletionPolicy": "DELETE"}
    said = provider(**MINE).refusal("gcp:organizations/project:Project", "project", wanted)
    assert f"Caller does not have required permission to use project {PROJECT}." in said
    assert "USER_PROJECT_DENIED" in said
    provider().up("gcp:organizations/project:Project", "project", wanted)


@pytest.mark.parametrize(
    ("token", "api", "inputs"),
    [
        (MEMBER, "cloudresourcemanager", {**HERE, "role": "roles/viewer", "member": "user:ada@acme.test"}),
        (
            "gcp:billing/accountIamMember:AccountIamMember",
            "cloudbilling",
            {"billingAccountId": "012345-6789AB-CDEF01", "role": "roles/billing.viewer", "member": "user:a@acme.test"},
        ),
    ],
)
def test_a_project_that_calls_count_for_has_the_api_on(
    clouds: Any, provider: Any, token: str, api: str, inputs: dict[str, Any]
) -> None:
    clouds.project()
    said = provider(**MINE).refusal(token, "it", inputs)
    assert f"{api}.googleapis.com has not been used in project {PROJECT} before or it is disabled." in said
    clouds.gcp.up("gcp:projects/service:Service", api, service=f"{api}.googleapis.com", **HERE)
    provider(**MINE).up(token, "it", inputs)


def test_a_service_account_counts_for_its_own_project_and_has_to_be_let_use_another(clouds: Any, provider: Any) -> None:
    clouds.project("firebaserules")
    member = f"serviceAccount:ci-deploy@{PROJECT}.iam.gserviceaccount.com"
    clouds.world.put(Resource(deployer.ACTING, member, ""))
    assert "quota project" not in provider().refusal(RULESET, "it", RULES)  # it may not, for a reason of its own
    assert "USER_PROJECT_DENIED" in provider(**MINE).refusal(RULESET, "it", RULES)


@pytest.mark.parametrize(
    ("settings", "project"),
    [
        ({}, ""),
        ({"billingProject": "acme-bills"}, ""),  # pulumi-gcp#2032: it does nothing alone
        ({"userProjectOverride": "false", "billingProject": "acme-bills"}, ""),
        ({"userProjectOverride": "true", "billingProject": "acme-bills"}, "acme-bills"),
        ({"userProjectOverride": True}, PROJECT),
    ],
)
def test_which_project_a_provider_has_calls_count_for(settings: dict[str, Any], project: str) -> None:
    assert quota_project.named(settings, HERE) == project
