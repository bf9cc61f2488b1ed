from __future__ import annotations

from typing import Any

import pytest

from handlers.service_manifest import DRAFTS, SERVICE_MANIFESTS, ServiceManifest, chosen
from infra.service_accounts import APIS, ServiceAccounts, ServiceAccountsConfig

CONFIG = ServiceAccountsConfig(tuple(chosen({DRAFTS}).values()))
DOMAIN = "acme-rehearsal.iam.gserviceaccount.com"


@pytest.fixture
def made(provision: Any, project: Any) -> Any:
    return provision(lambda: ServiceAccounts("identity", CONFIG, project(*APIS)))


def test_each_service_and_each_helper_has_an_account_of_its_own(made: Any) -> None:
    accounts = {one.inputs["accountId"] for one in made.of("account:Account")}
    assert accounts == {*SERVICE_MANIFESTS, "task-caller", "event-caller", "builder"}


def test_on_the_whole_project_services_get_firestore_and_each_helper_its_one_role(made: Any) -> None:
    granted = {(one.inputs["role"], one.inputs["member"]) for one in made.of("projects/iAMMember:IAMMember")}
    services = {
        ("roles/datastore.user", f"serviceAccount:{role}@{DOMAIN}")
        for role, what in SERVICE_MANIFESTS.items()
        if what.stores
    }
    helpers = {
        ("roles/eventarc.eventReceiver", f"serviceAccount:event-caller@{DOMAIN}"),
        ("roles/logging.logWriter", f"serviceAccount:builder@{DOMAIN}"),
    }
    own = {
        (f"projects/acme-rehearsal/roles/{name.replace('-', '_')}", f"serviceAccount:{name}@{DOMAIN}")
        for name in ("sync-payments", "sync-crm", "reconcile")
    }
    assert granted == {*services, *helpers, *own}


def test_what_google_has_no_narrow_role_for_is_a_role_of_our_own(made: Any) -> None:
    custom = made.one("IAMCustomRole", "sync-payments-own").inputs
    assert set(custom["permissions"]) == {"firebaseauth.users.get", "firebaseauth.users.update"}


def test_only_services_that_create_tasks_may_sign_as_the_task_caller(made: Any) -> None:
    granted = made.of("serviceaccount/iAMMember:IAMMember")
    callers = {f"serviceAccount:{role.name}@{DOMAIN}" for role in SERVICE_MANIFESTS.values() if role.calls}
    assert {one.inputs["member"] for one in granted} == callers
    assert {one.inputs["serviceAccountId"] for one in granted} == {
        f"projects/acme-rehearsal/serviceAccounts/task-caller@{DOMAIN}"
    }
    assert {one.inputs["role"] for one in granted} == {"roles/iam.serviceAccountUser"}


def test_there_are_no_keys_and_no_basic_roles(made: Any) -> None:
    assert made.of("key:Key") == []
    assert not [one for one in made.made if one.inputs.get("role") in {"roles/owner", "roles/editor"}]


def test_an_account_is_known_by_address_and_by_member(
    provision: Any, project: Any, keep: Any, seen: dict[str, Any]
) -> None:
    def program() -> None:
        identity = ServiceAccounts("identity", CONFIG, project(*APIS))
        keep("email", identity.email("intake"))
        keep("member", identity.member("intake"))

    provision(program)
    assert seen == {"email": f"intake@{DOMAIN}", "member": f"serviceAccount:intake@{DOMAIN}"}


@pytest.mark.parametrize("name", ["crm", "a-service-with-a-name-that-is-much-too-long"])
def test_a_name_that_google_would_refuse_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="6 to 30 characters"):
        ServiceAccountsConfig((ServiceManifest(name, False, ()),))


def test_no_service_may_share_the_task_callers_account() -> None:
    with pytest.raises(ValueError, match="share a service account"):
        ServiceAccountsConfig((ServiceManifest("task-caller", False, ()),))
