"""What Cloud Run refuses about the parts of a service or job: traffic, probes, small CPUs, variables, volumes, names.

Sources: https://cloud.google.com/run/docs/reference/rest/v2/Container, …/projects.locations.services,
https://cloud.google.com/run/docs/configuring/healthchecks and services/cpu.
"""

from __future__ import annotations

from collections.abc import Iterator

from localcloud.providers.launch_rules import Case, LaunchRule, Stage
from localcloud.providers.quantities import number
from localcloud.providers.rules.cloud_run import REFUSED, containers_of, template_of
from localcloud.providers.tables.gcp_run import JOB, SERVICE
from localcloud.providers.values import Properties, at, every, mappings
from localcloud.run.traffic import BY_LATEST, BY_REVISION

PROTOCOLS = ("http1", "h2c")
GOOGLES = ("run.googleapis.com", "cloud.googleapis.com", "serving.knative.dev", "autoscaling.knative.dev")
SECOND = "EXECUTION_ENVIRONMENT_GEN2"


def wrong_target(case: Case) -> str | None:
    """Refuse shares beyond 0 to 100, and a target that names no revision or names one beside the latest."""
    parts = mappings(case.inputs.get("traffics")) if case.traits.token == SERVICE else []
    return case.told(problem for part in parts for problem in _target(part))


def _target(part: Properties) -> Iterator[str]:
    share, kind, revision = part.get("percent"), part.get("type"), part.get("revision")
    if isinstance(share, int | float) and not 0 <= share <= 100:
        yield f"a share of the traffic is {share:g} percent ({REFUSED}). Use 0 to 100."
    if kind == BY_REVISION and not revision:
        yield f"a share of the traffic goes to a revision that is not named ({REFUSED}). Set its revision."
    if kind == BY_LATEST and isinstance(revision, str) and revision:
        yield f"a share of the traffic goes to the latest revision and to {revision} ({REFUSED}). Leave the latter out."


def wrong_container(case: Case) -> str | None:
    """Refuse containers that Cloud Run cannot start, or none at all."""
    template = template_of(case)
    if case.traits.token in (SERVICE, JOB) and template.get("containers") == []:
        return f"{case.title} has no containers ({REFUSED}). Name the image to run in template.containers."
    volumes = [str(name) for name in every(template, "volumes.name")]
    return case.told(_problems(case, template, volumes))


def _problems(case: Case, template: Properties, volumes: list[str]) -> Iterator[str]:
    for container in containers_of(template):
        if case.traits.token == SERVICE:
            yield from _small(container, template)
        yield from _container(container, volumes)


def _container(container: Properties, volumes: list[str]) -> Iterator[str]:
    yield from _variables(container)
    if at(container, "livenessProbe.tcpSocket") is not None:
        yield f"livenessProbe asks by tcpSocket, which only startupProbe may ({REFUSED}). Use httpGet or grpc."
    for name in every(container, "ports.name"):
        if isinstance(name, str) and name not in ("", *PROTOCOLS):
            yield f'ports.name is "{name}" ({REFUSED}). It says the protocol: http1 or h2c.'
    for name in every(container, "volumeMounts.name"):
        if isinstance(name, str) and name not in volumes:
            yield f'volumeMounts names the volume "{name}", which is not in volumes ({REFUSED}). Add it there.'


def _small(container: Properties, template: Properties) -> Iterator[str]:
    """Yield what less than one CPU does not go with: being always on, and the second execution environment."""
    cores = number(at(container, "resources.limits.cpu"))
    if cores is None or cores >= 1:
        return
    if at(container, "resources.cpuIdle") in (None, False):
        yield f"less than one CPU is not always on ({REFUSED}). Set resources.cpuIdle to true, or cpu to 1."
    if template.get("executionEnvironment") == SECOND:
        yield f"less than one CPU goes with the first execution environment alone ({REFUSED}). Set cpu to 1."


def _variables(container: Properties) -> Iterator[str]:
    for variable in mappings(container.get("envs")):
        if variable.get("value") not in (None, "") and variable.get("valueSource") is not None:
            yield f"the variable {variable.get('name')} has a value and a valueSource ({REFUSED}). Keep one of them."


def two_networks(case: Case) -> str | None:
    """Refuse two ways into a network."""
    access = template_of(case).get("vpcAccess")
    if not isinstance(access, dict) or not (access.get("connector") and access.get("networkInterfaces")):
        return None
    return f"{case.title}: vpcAccess has a connector and networkInterfaces ({REFUSED}). Keep one of them."


def reserved_key(case: Case) -> str | None:
    """Refuse labels and annotations in Google's own name spaces (API v2, Service.annotations)."""
    paths = ("labels", "annotations", "template.labels", "template.annotations")
    for path in paths if case.traits.token in (SERVICE, JOB) else ():
        given = at(case.inputs, path)
        for key in given if isinstance(given, dict) else ():
            if key.partition("/")[0] in GOOGLES and "/" in key:
                return (
                    f"{case.title}: {path} has {key}, which the API's version 2 keeps for itself ({REFUSED}). Use the "
                    "property of that name instead, such as template.scaling."
                )
    return None


RULES: tuple[LaunchRule, ...] = (
    LaunchRule("run-target", Stage.CHECK, "Cloud Run API v2, TrafficTarget", wrong_target),
    LaunchRule("run-container", Stage.CHECK, "Cloud Run API v2, Container; CPU limits", wrong_container),
    LaunchRule("run-network", Stage.CHECK, "Cloud Run API v2, VpcAccess", two_networks),
    LaunchRule("run-reserved", Stage.CHECK, "Cloud Run API v2, Service.annotations", reserved_key),
)
