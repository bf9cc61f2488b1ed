"""For which project does Google count a call? Asked before something is made or changed, as Google's front end asks.

A person's log-in counts for the project of gcloud's own client, which several APIs refuse: terraform-provider-google
#13120 and #18717, #18668, and Firebase's guide "Get started with Terraform". A project that is named with
`user_project_override` has to be there, has to have the API switched on, and the caller has to be allowed to use it
("Quota project overview", https://cloud.google.com/docs/quotas/quota-project).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import grpc

from localcloud import iam
from localcloud.base import deployer
from localcloud.base.world import World
from localcloud.providers.tables.gcp_common import PROJECT
from localcloud.providers.tables.gcp_project import BUDGET, SERVICE
from localcloud.providers.traits import Traits
from localcloud.rpc import Refused

WANTING = frozenset(
    f"{name}.googleapis.com"
    for name in ("billingbudgets", "firebase", "firebasehosting", "firebaserules", "identitytoolkit")
)
"""APIs that take no person's call which counts for no project of theirs."""
APIS: Mapping[str, str] = {
    BUDGET: "billingbudgets.googleapis.com",
    "gcp:billing/accountIamMember:AccountIamMember": "cloudbilling.googleapis.com",
    "gcp:projects/iAMMember:IAMMember": "cloudresourcemanager.googleapis.com",
    "gcp:projects/iAMAuditConfig:IAMAuditConfig": "cloudresourcemanager.googleapis.com",
}
"""By type: the API behind it, where its row in the tables names none, for it is in no project of its own."""
GCLOUD = "764086051850"  # the number of the project that gcloud's log-ins belong to
USE = "serviceusage.services.use"


def named(settings: Mapping[str, Any], properties: Mapping[str, Any]) -> str:
    """Return the project that a provider with these settings has a call count for, empty where it names none.

    Without `billing_project` it is that of the resource, whose `properties` are given.
    """
    if str(settings.get("userProjectOverride")).lower() != "true":  # settings travel as JSON texts
        return ""
    return str(settings.get("billingProject") or properties.get("project") or "")


def require(world: World, traits: Traits, title: str, project: str) -> None:
    """Return when Google counts the call for `project` (none when empty); raises Refused (403) otherwise.

    An API that a type's row in the tables names is asked for by the rules (`rules/gcp.py`), which say what to add.
    """
    api = traits.service or APIS.get(traits.token, "")
    if not project:
        if api in WANTING and deployer.of(world) is None:  # a service account counts for its own project
            raise _refused(title, _wanting(api), "SERVICE_DISABLED", f"projects/{GCLOUD}")
        return
    if world.resource(PROJECT, f"projects/{project}") is None or not _may_use(world, project):
        raise _refused(title, _denied(project), "USER_PROJECT_DENIED", f"projects/{project}")
    if not traits.service and api and world.resource(SERVICE, f"{project}/{api}") is None:
        raise _refused(title, _off(api, project), "SERVICE_DISABLED", f"projects/{project}")


def _may_use(world: World, project: str) -> bool:
    member = deployer.of(world)
    return member is None or iam.allows(world, member, USE, f"projects/{project}")


def _wanting(api: str) -> str:
    return (
        f"Your application is authenticating by using local Application Default Credentials. The {api} API requires a "
        "quota project, which is not set by default. To learn how to set your quota project, see "
        "https://cloud.google.com/docs/authentication/adc-troubleshooting/user-creds ."
    )


def _denied(project: str) -> str:
    return (
        f"Caller does not have required permission to use project {project}. Grant the caller the "
        f"roles/serviceusage.serviceUsageConsumer role, or a custom role with the {USE} permission, by visiting "
        f"https://console.developers.google.com/iam-admin/iam/project?project={project} and then retry. Propagation of "
        "the new permission may take a few minutes."
    )


def _off(api: str, project: str) -> str:
    return (
        f"{api} has not been used in project {project} before or it is disabled. Enable it by visiting "
        f"https://console.developers.google.com/apis/api/{api}/overview?project={project} then retry. If you enabled "
        "this API recently, wait a few minutes for the action to propagate to our systems and retry."
    )


def _refused(title: str, said: str, reason: str, consumer: str) -> Refused:
    details = f'"reason": "{reason}", "consumer": "{consumer}"'
    return Refused(grpc.StatusCode.PERMISSION_DENIED, f"{title}: googleapi: Error 403: {said} Details: {details}")
