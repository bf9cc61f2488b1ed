"""What Cloud Run refuses about several containers in one service, and about volumes of the first generation.

Sources: https://cloud.google.com/run/docs/deploying#sidecars (one container serves, and names its port),
https://cloud.google.com/run/quotas (ten containers), API v2, Container.dependsOn,
https://cloud.google.com/run/docs/configuring/services/containers#container-ordering (the startup probe), and
https://cloud.google.com/run/docs/configuring/services/cloud-storage-volume-mounts (second generation).
"""

from __future__ import annotations

from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter

from localcloud.providers.launch_rules import Case, LaunchRule, Stage
from localcloud.providers.rules.cloud_run import REFUSED, containers_of, template_of
from localcloud.providers.tables.gcp_run import SERVICE
from localcloud.providers.values import Properties, Unknown, leaves, mappings

MOST = 10
MOUNTED = ("gcs", "nfs")
FIRST = "EXECUTION_ENVIRONMENT_GEN1"


def wrong_company(case: Case) -> str | None:
    """Refuse too many containers, two of one name, none that serves, and one that waits for nobody."""
    template = template_of(case)
    containers = containers_of(template)
    if len(containers) != len(template.get("containers") or ()):
        return None  # not all are known yet
    return case.told(_company(containers, case.traits.token == SERVICE))


def _company(containers: list[Properties], is_service: bool) -> Iterator[str]:
    if len(containers) > MOST:
        yield f"it has {len(containers)} containers ({REFUSED}). Use at most {MOST}."
    names = [name for each in containers if (name := each.get("name"))]
    if any(isinstance(name, Unknown) for name in names):
        return
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice:
        yield f"two containers are named {twice} ({REFUSED}). Rename one of them."
    if is_service and len(containers) > 1 and not any(each.get("ports") for each in containers):
        yield f"none of {len(containers)} containers has ports ({REFUSED}). Set it on the one that serves requests."
    for container in containers:
        for other in leaves(container, "dependsOns"):
            if isinstance(other, str) and (other not in names or other == container.get("name")):
                yield f'a container depends on "{other}", which is not another one here ({REFUSED}). Use its name.'
    yield from _order(containers)


def _order(containers: list[Properties]) -> Iterator[str]:
    """Yield what keeps containers from starting one after the other: no probe that tells, or a circle."""
    awaits = {str(each.get("name")): leaves(each, "dependsOns") for each in containers}
    for container in containers:
        name = str(container.get("name"))
        is_told = container.get("startupProbe") is not None or container.get("ports")  # which Cloud Run probes itself
        if any(name in others for others in awaits.values()) and not is_told:
            yield (
                f"a container depends on {name}, which has no startupProbe that tells when it has started ({REFUSED}). "
                "Give it one."
            )
    try:
        TopologicalSorter(awaits).prepare()
    except CycleError as error:
        circle = " → ".join(str(name) for name in reversed(error.args[1]))
        yield f"its containers wait for each other: {circle} ({REFUSED}). Take one name out of dependsOns."


def wrong_generation(case: Case) -> str | None:
    """Refuse volumes that the first execution environment cannot mount."""
    template = template_of(case)
    for volume in mappings(template.get("volumes")) if template.get("executionEnvironment") == FIRST else ():
        kind = next((name for name in MOUNTED if volume.get(name) is not None), None)
        if kind:
            return (
                f"{case.title}: the volume {volume.get('name')} is {kind}, which the first execution environment "
                f"cannot mount ({REFUSED}). Set executionEnvironment to EXECUTION_ENVIRONMENT_GEN2."
            )
    return None


RULES: tuple[LaunchRule, ...] = (
    LaunchRule("run-company", Stage.CHECK, "Cloud Run: sidecars, quotas; API v2, Container", wrong_company),
    LaunchRule("run-generation", Stage.CHECK, "Cloud Run: volume mounts", wrong_generation),
)
