"""Which names Google keeps after a deletion, for how long, and what to do about it.

Not kept are those of service accounts, secrets, buckets, Cloud Run services and repositories: each may be made again at
once (a bucket's name then belongs to whoever asks first). Key rings and keys are never deleted at all, so that the next
one of their name meets the old one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from localcloud.base import deleted
from localcloud.providers.launch_rules import Case, LaunchRule, Stage
from localcloud.providers.tables.gcp_common import PROJECT
from localcloud.providers.tables.gcp_data import DATABASE
from localcloud.providers.tables.gcp_project import CUSTOM_ROLE, POOL, POOL_PROVIDER
from localcloud.providers.tables.gcp_run import QUEUE

MINUTE = 60  # seconds
DAY = 86_400  # seconds
POOL_ID = "projects/{project}/locations/global/workloadIdentityPools/{workloadIdentityPoolId}"


@dataclass(frozen=True)
class Grave:
    """For how long a deleted resource's name stays taken, in seconds (None: for ever), and when that begins.

    `id` is the template of its id, `answer` what the API says, `cure` a template of what to do meanwhile. Before
    `begins` the provider brings the old one back by itself.
    """

    lasts: float | None
    id: str
    answer: str
    cure: str
    begins: float = 0.0

    def holds(self, age: float) -> bool:
        """Tell whether the name is taken, `age` seconds after the deletion."""
        return self.begins <= age and (self.lasts is None or age < self.lasts)


GRAVES: Mapping[str, Grave] = {
    # "a tombstone window of up to 3 days": Cloud Tasks API, projects.locations.queues.delete (older pages say 7 days)
    QUEUE: Grave(
        3 * DAY,
        "projects/{project}/locations/{location}/queues/{name}",
        "400 FAILED_PRECONDITION",
        "Give it another name or location, or wait.",
    ),
    # soft-deleted for 30 days: tpg#14805, pulumi-gcp#1149, IAM API, projects.locations.workloadIdentityPools
    POOL: Grave(
        30 * DAY,
        POOL_ID,
        "409 ALREADY_EXISTS",
        "Bring it back with `gcloud iam workload-identity-pools undelete {workloadIdentityPoolId} --location=global "
        "--project={project}`, and its provider likewise, and name both under adopt; or wait.",
    ),
    # the same of projects.locations.workloadIdentityPools.providers
    POOL_PROVIDER: Grave(
        30 * DAY,
        f"{POOL_ID}/providers/{{workloadIdentityPoolProviderId}}",
        "409 ALREADY_EXISTS",
        "Bring it back with `gcloud iam workload-identity-pools providers undelete {workloadIdentityPoolProviderId} "
        "--workload-identity-pool={workloadIdentityPoolId} --location=global --project={project}` and name it under "
        "adopt; or wait.",
    ),
    # undeleted by the provider within 7 days, then taken for 30 more: IAM API, projects.roles.delete; tpg docs,
    # google_project_iam_custom_role ("between 7 and 37 days after deletion")
    CUSTOM_ROLE: Grave(
        37 * DAY,
        "projects/{project}/roles/{roleId}",
        "400 FAILED_PRECONDITION",
        "Give it another roleId, or wait.",
        begins=7 * DAY,
    ),
    # a project id is never given out a second time: Resource Manager, "Shutting down (deleting) projects"
    PROJECT: Grave(
        None,
        "projects/{projectId}",
        "409 ALREADY_EXISTS",
        "Within 30 days of the deletion bring it back with `gcloud projects undelete {projectId}` and set google.mode "
        "to existing; or choose another id as google.project.",
    ),
    # Firestore, "Create and manage databases", delete a database: its id cannot be used for 5 minutes
    DATABASE: Grave(
        5 * MINUTE,
        "projects/{project}/databases/{name}",
        "409 ALREADY_EXISTS",
        "Wait five minutes and run the same command again, or give it another name.",
    ),
}


def deleted_name(case: Case) -> str | None:
    """Refuse the name of what was deleted, and is kept by its cloud for some time more."""
    grave = GRAVES.get(case.traits.token)
    if grave is None or case.id:
        return None
    age = deleted.age(case.world, grave.id.format_map(case.inputs), case.now)
    if age is None or not grave.holds(age):
        return None
    return (
        f"{case.title} cannot be created: one of this name was deleted here{_ago(grave)}, and Google keeps the name "
        f"{_so_long(grave)} (the real cloud answers {grave.answer}). {grave.cure.format_map(case.inputs)}"
    )


def _ago(grave: Grave) -> str:
    return "" if grave.lasts is None else f" less than {_span(grave.lasts)} ago"


def _so_long(grave: Grave) -> str:
    return "for ever" if grave.lasts is None else "for as long"


def _span(seconds: float) -> str:
    return f"{seconds / DAY:g} days" if seconds >= DAY else f"{seconds / MINUTE:g} minutes"


RULES: tuple[LaunchRule, ...] = (
    LaunchRule("deleted-name", Stage.APPLY, "each API's delete, see GRAVES", deleted_name),
)
