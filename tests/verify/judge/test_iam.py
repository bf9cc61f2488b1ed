from __future__ import annotations

from typing import Any

import pytest

from blueprint import iam_grants
from blueprint.finding import Status
from blueprint.iam_grants import Promised
from verify.judge import iam

NUMBER, P = "100000000001", "acme"
INTAKE = f"serviceAccount:intake@{P}.iam.gserviceaccount.com"
MALLORY = "user:mallory@evil.example"


def resource(token: str, **properties: Any) -> dict[str, Any]:
    return {"type": token, "inputs": properties, "outputs": properties}


@pytest.fixture
def stack() -> Promised:
    account = f"projects/{P}/serviceAccounts/task-caller@{P}.iam.gserviceaccount.com"
    made = [
        resource("gcp:projects/iAMMember:IAMMember", project=P, role="roles/datastore.user", member=INTAKE),
        resource(
            "gcp:secretmanager/secretIamMember:SecretIamMember",
            project=P,
            secretId=f"projects/{P}/secrets/stripe-key",
            role="roles/secretmanager.secretAccessor",
            member=INTAKE,
        ),
        resource("gcp:serviceaccount/account:Account", uniqueId="1234", name=account),
        resource(
            "gcp:serviceaccount/iAMMember:IAMMember",
            serviceAccountId=account,
            role="roles/iam.serviceAccountUser",
            member=INTAKE,
        ),
        {"type": "pulumi:providers:gcp", "inputs": {}},
        {"type": "launch:infra:Project", "outputs": {"number": NUMBER}},
    ]
    return iam_grants.promised(P, NUMBER, {"deployment": {"resources": made}})


def policy(full: str, *bindings: tuple[str, str]) -> dict[str, Any]:
    return {"resource": full, "policy": {"bindings": [{"role": role, "members": [who]} for role, who in bindings]}}


def project(*bindings: tuple[str, str]) -> dict[str, Any]:
    return policy(f"//cloudresourcemanager.googleapis.com/projects/{P}", *bindings)


KEPT = [
    project(("roles/datastore.user", INTAKE)),
    policy(
        f"//secretmanager.googleapis.com/projects/{NUMBER}/secrets/stripe-key",
        ("roles/secretmanager.secretAccessor", INTAKE),
    ),
    policy(f"//iam.googleapis.com/projects/{P}/serviceAccounts/1234", ("roles/iam.serviceAccountUser", INTAKE)),
]


def test_what_the_stack_grants_passes_however_google_names_the_resource(stack: Promised) -> None:
    (found,) = iam.judge(stack, KEPT)
    assert (found.status, found.observed) == (Status.PASS, "3 roles, all of them promised")


@pytest.mark.parametrize(
    ("added", "said", "command"),
    [
        (project(("roles/editor", MALLORY)), "on the project", "gcloud projects remove-iam-policy-binding acme "),
        (
            policy(f"//secretmanager.googleapis.com/projects/{NUMBER}/secrets/stripe-key", ("roles/x", MALLORY)),
            "projects/acme/secrets/stripe-key",
            "gcloud secrets remove-iam-policy-binding stripe-key ",
        ),
        (
            policy(
                f"//run.googleapis.com/projects/{P}/locations/europe-west1/services/s", ("roles/run.invoker", MALLORY)
            ),
            "locations/europe-west1/services/s",
            f"--member={MALLORY} --role=roles/run.invoker --region=europe-west1 --project={P}",
        ),
        (
            policy("//storage.googleapis.com/acme-source", ("roles/storage.admin", "allUsers")),
            "projects/_/buckets/acme-source",
            "gcloud storage buckets remove-iam-policy-binding gs://acme-source --member=allUsers",
        ),
    ],
)
def test_what_was_granted_by_hand_is_named_with_how_to_take_it_away(
    stack: Promised, added: dict[str, Any], said: str, command: str
) -> None:
    (found,) = iam.judge(stack, [*KEPT, added])
    assert found.status is Status.FAIL
    assert said in found.observed
    assert command in found.fix


def test_googles_own_agents_are_let_be_and_nobody_who_only_looks_like_one(stack: Promised) -> None:
    agent = f"serviceAccount:service-{NUMBER}@gcp-sa-secretmanager.iam.gserviceaccount.com"
    other = "serviceAccount:service-999@gcp-sa-secretmanager.iam.gserviceaccount.com"
    admin = f"serviceAccount:firebase-adminsdk-x1y2z@{P}.iam.gserviceaccount.com"
    quiet = [
        ("roles/secretmanager.serviceAgent", agent),
        ("roles/firebase.sdkAdminServiceAgent", admin),
        ("roles/iam.serviceAccountTokenCreator", admin),
        ("roles/editor", f"serviceAccount:{NUMBER}@cloudservices.gserviceaccount.com"),
    ]
    assert [found.status for found in iam.judge(stack, [*KEPT, project(*quiet)])] == [Status.PASS]
    loud = [
        ("roles/secretmanager.serviceAgent", other),
        ("roles/owner", agent),
        ("roles/editor", f"serviceAccount:{NUMBER}-compute@developer.gserviceaccount.com"),
    ]
    assert [found.status for found in iam.judge(stack, [*KEPT, project(*loud)])] == [Status.FAIL] * 3


def test_an_owner_is_a_warning_and_an_empty_answer_is_unknown(stack: Promised) -> None:
    (owner,) = iam.judge(stack, [*KEPT, project(("roles/owner", "user:ada@acme.test"))])
    assert owner.status is Status.WARN
    (nothing,) = iam.judge(stack, [])
    assert nothing.status is Status.UNKNOWN
    assert "roles/cloudasset.viewer" in nothing.fix
