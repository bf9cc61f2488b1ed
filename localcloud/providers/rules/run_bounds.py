"""What Cloud Run refuses about volumes and where they are mounted, tags that are shared, and tasks at once.

Sources: https://cloud.google.com/run/docs/reference/rest/v2/Container (VolumeMount), …/Volume,
https://cloud.google.com/run/docs/configuring/parallelism, and Knative's rule that a tag is one target's
(https://github.com/knative/serving, apis/serving/v1/route_validation.go).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from localcloud.providers.launch_rules import Case, LaunchRule, Stage
from localcloud.providers.rules.cloud_run import REFUSED, containers_of, template_of
from localcloud.providers.tables.gcp_run import JOB, SERVICE
from localcloud.providers.values import Properties, Unknown, at, leaves, mappings

KINDS = ("secret", "cloudSqlInstance", "emptyDir", "nfs", "gcs")
SQL = "/cloudsql"
INSTANCE = re.compile(r"[^:\s]+(:[^:\s]+)?:[a-z0-9-]+:[^:\s]+")  # the project's id may hold the domain before a colon


def wrong_volume(case: Case) -> str | None:
    """Refuse volumes of one name or of two kinds, instances that are not named in full, and places to mount."""
    return case.told(_volumes(template_of(case)))


def _volumes(template: Properties) -> Iterator[str]:
    volumes = mappings(template.get("volumes"))
    names = [name for each in volumes if isinstance(name := each.get("name"), str)]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield f'there are {names.count(name)} volumes named "{name}" ({REFUSED}). Rename one of them.'
    for each in volumes:
        kinds = [kind for kind in KINDS if each.get(kind) is not None]
        if len(kinds) > 1:
            yield f'the volume "{each.get("name")}" is {" and ".join(kinds)} ({REFUSED}). Keep one of them.'
    for instance in leaves(template, "volumes.cloudSqlInstance.instances"):
        if isinstance(instance, str) and not INSTANCE.fullmatch(instance):
            yield f"the database instance {instance} is not named in full ({REFUSED}). Write PROJECT:REGION:INSTANCE."
    databases = {each.get("name") for each in volumes if each.get("cloudSqlInstance") is not None}
    for container in containers_of(template):
        for mount in mappings(container.get("volumeMounts")):
            yield from _mounted(mount, mount.get("name") in databases)


def _mounted(mount: Properties, is_database: bool) -> Iterator[str]:
    path = mount.get("mountPath")
    if not isinstance(path, str):
        return
    if ":" in path:
        yield f"volumeMounts.mountPath {path} holds a colon ({REFUSED}). Take it out."
    if is_database and path not in ("", SQL):
        yield f"a volume of Cloud SQL is mounted at {path} ({REFUSED}). Mount it at {SQL}."


def tag_twice(case: Case) -> str | None:
    """Refuse a tag that two targets of the traffic share."""
    parts = mappings(case.inputs.get("traffics")) if case.traits.token == SERVICE else []
    tags = [tag for part in parts if isinstance(tag := part.get("tag"), str) and tag]
    twice = next((tag for tag in tags if tags.count(tag) > 1), None)
    if twice is None:
        return None
    return f'{case.title}: two shares of the traffic have the tag "{twice}" ({REFUSED}). A tag leads to one of them.'


def more_at_once_than_tasks(case: Case) -> str | None:
    """Refuse to run more tasks at once than a job has."""
    template = case.inputs.get("template")
    if case.traits.token != JOB or not isinstance(template, dict):
        return None
    tasks, at_once = template.get("taskCount"), at(template, "parallelism")
    if isinstance(tasks, Unknown) or not isinstance(at_once, int):
        return None
    count = tasks if isinstance(tasks, int) else 1
    if at_once <= count:
        return None
    return (
        f"{case.title}: parallelism is {at_once}, more than its tasks, {count} ({REFUSED}). Lower it, or raise "
        "taskCount."
    )


RULES: tuple[LaunchRule, ...] = (
    LaunchRule("run-volumes", Stage.CHECK, "Cloud Run API v2, Volume, VolumeMount", wrong_volume),
    LaunchRule("run-tag-twice", Stage.CHECK, "Knative serving, route_validation.go", tag_twice),
    LaunchRule("run-tasks", Stage.CHECK, "Cloud Run: parallelism of jobs", more_at_once_than_tasks),
)
