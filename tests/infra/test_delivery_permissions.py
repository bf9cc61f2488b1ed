"""What a CI may do is what its calls ask for: no permission is missing, and none is there for nothing."""

from __future__ import annotations

import re

import pytest

from infra import delivery_permissions as mine
from infra.delivery_permissions import DEPLOYING, PREVIEWING, listed
from localcloud.providers.rules.grants import permissions
from localcloud.providers.tables.gcp_permissions import BILLING, BUCKET, CALLS, Calls

OTHERWISE = re.compile(r"iam\.googleapis\.com/")  # granted by Google's own roles
NEW_PROJECT = {"resourcemanager.projects.create", "resourcemanager.projects.delete"}
"""A CI neither makes nor deletes the project that it lives in."""


def asked(*verbs: str) -> set[str]:
    """The permissions that calls ask for on the project."""
    here = (calls for calls in CALLS.values() if calls.on not in (BILLING, BUCKET) or is_policy(calls))
    found = {permission for calls in here for verb in verbs for permission in getattr(calls, verb)}
    return {each for each in found if not OTHERWISE.match(each) and not each.startswith("billing.")} - NEW_PROJECT


def is_policy(calls: Calls) -> bool:
    return any(each.endswith(".getIamPolicy") for each in calls.read)


def test_whoever_looks_may_do_what_a_refresh_asks_for_and_nothing_else() -> None:
    assert set(listed(mine.LOOKED_AT)) == asked("read")


def test_whoever_deploys_may_do_besides_what_making_changing_and_deleting_ask_for() -> None:
    assert set(listed(mine.CHANGED)) == asked("create", "update", "delete") - asked("read")


def test_every_permission_is_one_of_googles() -> None:
    assert {each for each in DEPLOYING if each not in permissions()} == set()


CUSTOMERS = r"\.(entities|objects|logEntries|tasks|users|timeSeries|builds)\.|versions\.access|Token$|useToDecrypt"


def test_whoever_looks_reads_nothing_of_a_customer_and_changes_nothing() -> None:
    assert [each for each in PREVIEWING if re.search(CUSTOMERS, each)] == []
    verbs = {each.rpartition(".")[2] for each in PREVIEWING}
    assert verbs <= {"get", "list", "getMetadata", "getIamPolicy", "searchAllIamPolicies", "use"}


@pytest.mark.parametrize(
    "permission",
    [
        "cloudscheduler.jobs.get",
        "pubsub.topics.get",
        "datastore.backupSchedules.get",
        "run.services.get",
        "secretmanager.versions.get",
    ],
)
def test_the_nightly_refresh_is_not_refused(permission: str) -> None:
    assert permission in PREVIEWING


@pytest.mark.parametrize(
    "permission",
    [
        "cloudscheduler.jobs.update",
        "pubsub.topics.create",
        "iam.roles.update",
        "datastore.backupSchedules.update",
        "secretmanager.versions.list",  # which version is the newest, before its value is read
    ],
)
def test_a_deployment_is_not_refused(permission: str) -> None:
    assert permission in DEPLOYING
