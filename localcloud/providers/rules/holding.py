"""What the clouds refuse to delete while something else names it by a text, and which names stay taken for days.

`parents.in_use` covers what a table's rows name as their parents; this module covers the rest.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from localcloud.base.world import Resource, World
from localcloud.providers.launch_rules import Case, LaunchRule, Stage
from localcloud.providers.tables.cloudflare_zone import RULESET
from localcloud.providers.tables.gcp_common import short
from localcloud.providers.tables.gcp_monitoring import ALERT
from localcloud.providers.tables.gcp_project import POOL
from localcloud.providers.tables.gcp_run import QUEUE
from localcloud.providers.values import every

DELETED = "deleted:name"  # its id is that of what was deleted, `deleted` the moment in seconds since the epoch
DAY = 86_400  # seconds


@dataclass(frozen=True)
class Grave:
    """How many days a deleted resource's name stays taken, the template of its id, and what to do meanwhile."""

    days: int
    id: str
    cure: str


GRAVES: Mapping[str, Grave] = {
    # "up to 3 days": Cloud Tasks API, projects.locations.queues.delete
    QUEUE: Grave(
        3, "projects/{project}/locations/{location}/queues/{name}", "Give it another name or location, or wait."
    ),
    # 409, soft-deleted for 30 days: tpg#14805, pulumi-gcp#1149, IAM API, projects.locations.workloadIdentityPools
    POOL: Grave(
        30,
        "projects/{project}/locations/global/workloadIdentityPools/{workloadIdentityPoolId}",
        "Bring it back with `gcloud iam workload-identity-pools undelete {workloadIdentityPoolId} --location=global "
        "--project={project}`, and its provider likewise, and name both under adopt; or wait.",
    ),
}


def called_channel(world: World, channel: Resource) -> str | None:
    """Refuse to delete a channel that an alert policy notifies (API: 400, still being referenced, tpg#10337)."""
    names = {channel.id, channel.outputs.get("name")}
    users = (one for one in world.resources(ALERT) if names & {*(one.outputs.get("notificationChannels") or ())})
    return _held_by("AlertPolicy", next(users, None), "notificationChannels")


def watched_metric(world: World, metric: Resource) -> str | None:
    """Refuse to delete a log metric that an alert policy counts (API: 400, pulumi-google-native#848)."""
    name = str(metric.outputs.get("name"))
    written = (
        f"logging.googleapis.com/user/{name}",
        f"logging_googleapis_com:user_{re.sub(r'[^A-Za-z0-9]', '_', name)}",
    )
    ends = re.compile("|".join(rf"{re.escape(text)}(?![\w-])" for text in written))
    users = (one for one in world.resources(ALERT) if ends.search(_conditions(one)))
    return _held_by("AlertPolicy", next(users, None), "conditions")


def watched_check(world: World, check: Resource) -> str | None:
    """Refuse to delete an uptime check whose id an alert policy's condition names (API: 400, tpg#10176)."""
    named = short(check.outputs.get("name") or check.id)
    users = (one for one in world.resources(ALERT) if named and re.search(rf"check_id\W+{named}\b", _conditions(one)))
    return _held_by("AlertPolicy", next(users, None), "conditions")


def played_list(world: World, kept: Resource) -> str | None:
    """Refuse to delete a list that a rule uses (Cloudflare API code 10031, filters.api.ip_list_in_use)."""
    name, account = kept.outputs.get("name"), kept.outputs.get("accountId")
    users = (one for one in world.resources(RULESET) if one.outputs.get("accountId") in (None, account))
    return _held_by("Ruleset", next((one for one in users if str(name) in {*_lists(one)}), None), "rules")


def bury(world: World, gone: Resource, now: float) -> None:
    """Remember that something was deleted: its name is not free for days."""
    world.put(Resource(DELETED, gone.id, "", outputs={"deleted": now}))


def forget_graves(world: World, project: str) -> None:
    """Forget what was deleted in a project that is gone itself."""
    for found in world.resources(DELETED):
        if found.id.startswith(f"projects/{project}/"):
            world.remove(DELETED, found.id)


def buried_name(case: Case) -> str | None:
    """Refuse the name of what was deleted, and is kept by its cloud for some days more."""
    grave = GRAVES.get(case.traits.token)
    if grave is None or case.id:
        return None
    found = case.world.resource(DELETED, grave.id.format_map(case.inputs))
    if found is None or case.now - float(found.outputs["deleted"]) >= grave.days * DAY:
        return None
    return (
        f"{case.title} cannot be created: one of this name was deleted here less than {grave.days} days ago, and "
        f"Google keeps the name for as long. {grave.cure.format_map(case.inputs)}"
    )


def _held_by(label: str, user: Resource | None, where: str) -> str | None:
    if user is None:
        return None
    return f'it is still used by {label} "{user.urn.rpartition("::")[2]}" ({where}); change or delete that first'


def _conditions(alert: Resource) -> str:
    return json.dumps(alert.outputs.get("conditions"), default=str).replace('\\"', '"')


def _lists(ruleset: Resource) -> Iterator[str]:
    """Yield the lists that a ruleset's rules name: as the source of redirects, and in expressions, as `$name`."""
    outputs = dict(ruleset.outputs)
    yield from (str(name) for name in every(outputs, "rules.actionParameters.fromList.name"))
    for expression in every(outputs, "rules.expression"):
        yield from re.findall(r"\$(\w+)", str(expression))


RULES: tuple[LaunchRule, ...] = (
    LaunchRule("deleted-name", Stage.APPLY, "Cloud Tasks API, queues.delete; tpg#14805", buried_name),
)
