"""What Cloud Run refuses about the shape of a service or job: sizes, times, probes, traffic.

Sources: https://cloud.google.com/run/docs/configuring/services/cpu, services/memory-limits, healthchecks,
https://cloud.google.com/run/docs/reference/rest/v2/projects.locations.services.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from localcloud.providers.launch_rules import Case, LaunchRule, Stage
from localcloud.providers.quantities import mebibytes, number, seconds
from localcloud.providers.tables.gcp_run import JOB, SERVICE
from localcloud.providers.values import Properties, Value, at, every, mappings

CPUS = (1, 2, 4, 6, 8)
LEAST_MEMORY: Mapping[float, float] = {4: 2048, 6: 4096, 8: 4096}  # MiB, by CPUs
MOST_MEMORY: Mapping[float, float] = {1: 4096, 2: 8192, 4: 16384, 6: 24576, 8: 32768}
LEAST = {"EXECUTION_ENVIRONMENT_GEN1": 128, "EXECUTION_ENVIRONMENT_GEN2": 512}
PROBED = ("httpGet", "tcpSocket", "grpc")
LONGEST_START = 240  # seconds
LONGEST = {SERVICE: 3_600, JOB: 604_800}  # seconds of a request, of a task
LARGE_GPU = "nvidia-rtx-pro-6000"  # which goes with 20 to 30 CPU
DEFAULTS = {"cpu": "1000m", "memory": "512Mi"}
REFUSED = "Cloud Run answers 400 INVALID_ARGUMENT"


def wrong_size(case: Case) -> str | None:
    """Refuse CPUs that Cloud Run does not have, and memory that does not go with them."""
    template = template_of(case)
    return case.told(problem for container in containers_of(template) for problem in _size(template, container))


def _size(template: Properties, container: Properties) -> Iterator[str]:
    limits = at(container, "resources.limits") or {}
    if not isinstance(limits, dict) or at(template, "nodeSelector.accelerator") == LARGE_GPU:
        return
    cpu, memory = (limits.get(name, default) for name, default in DEFAULTS.items())
    cores, size = number(cpu), mebibytes(memory)
    if isinstance(cpu, str) and (cores is None or (cores not in CPUS and not 0.08 <= cores < 1)):
        yield f"cpu {cpu} is not a size that it has ({REFUSED}). Use 1, 2, 4, 6 or 8, or 80m to 999m."
    elif isinstance(memory, str) and size is None:
        yield f"memory {memory} is not written as an amount ({REFUSED}). Write it as 512Mi or 2Gi."
    elif cores is not None and size is not None and "nvidia.com/gpu" not in limits:
        yield from _pair(template, cores, size, str(cpu), str(memory))


def _pair(template: Properties, cores: float, size: float, cpu: str, memory: str) -> Iterator[str]:
    least = max(LEAST.get(str(template.get("executionEnvironment")), 128), LEAST_MEMORY.get(cores, 0))
    most = MOST_MEMORY[cores] if cores >= 1 else 512 if cores < 0.5 else 1024
    if size < least:
        yield f"{cpu} CPU need at least {_shown(least)} of memory, and {memory} is set ({REFUSED}). Raise the memory."
    elif size > most:
        yield (
            f"memory {memory} goes with more CPU: {cpu} takes at most {_shown(most)} ({REFUSED}). Raise cpu, or lower "
            "the memory."
        )
    elif cores < 1 and _is_above(template.get("maxInstanceRequestConcurrency", 80), 1):
        yield (
            f"less than one CPU ({cpu}) serves one request at a time ({REFUSED}). Set maxInstanceRequestConcurrency "
            "to 1, or cpu to 1."
        )


def wrong_time(case: Case) -> str | None:
    """Refuse a time that requests or tasks cannot have."""
    told = template_of(case).get("timeout")
    time, longest = seconds(told), LONGEST.get(case.traits.token, 0)
    if time is None or 0 < time <= longest:
        return None
    return (
        f"{case.title}: timeout {told} is outside of 1 to {longest} seconds ({REFUSED}). Set it to at most {longest}s."
    )


def wrong_traffic(case: Case) -> str | None:
    """Refuse shares of the traffic that do not come to 100."""
    parts = case.inputs.get("traffics")
    shares = [part.get("percent") or 0 for part in parts if isinstance(part, dict)] if isinstance(parts, list) else []
    if case.traits.token != SERVICE or not shares or not all(isinstance(share, int) for share in shares):
        return None
    if sum(shares) == 100:
        return None
    return f"{case.title}: the shares in traffics come to {sum(shares)} percent, not 100 ({REFUSED}). Make them 100."


def wrong_scaling(case: Case) -> str | None:
    """Refuse more instances at the least than at the most."""
    for path in ("template.scaling", "scaling") if case.traits.token == SERVICE else ():
        least, most = (at(case.inputs, f"{path}.{name}") for name in ("minInstanceCount", "maxInstanceCount"))
        if isinstance(least, int) and isinstance(most, int) and least > most > 0:
            return (
                f"{case.title}: {path}.minInstanceCount is {least}, more than maxInstanceCount, {most} ({REFUSED}). "
                "Lower the one or raise the other."
            )
    return None


def wrong_probe(case: Case) -> str | None:
    """Refuse probes that ask in two ways, overlap themselves, or let a start take longer than four minutes."""
    return case.told(
        problem
        for container in containers_of(template_of(case))
        for name in ("startupProbe", "livenessProbe")
        if isinstance(probe := container.get(name), dict)
        for problem in _probe(name, probe)
    )


def _probe(name: str, probe: Properties) -> Iterator[str]:
    ways = [way for way in PROBED if probe.get(way) is not None]
    if len(ways) > 1:
        yield f"{name} sets {' and '.join(ways)}, and takes one of them ({REFUSED}). Keep the one that is meant."
    timeout, period, failures = (
        probe.get(key) or default
        for key, default in (("timeoutSeconds", 1), ("periodSeconds", 10), ("failureThreshold", 3))
    )
    if not all(isinstance(each, int) for each in (timeout, period, failures)):
        return
    if timeout > period:
        yield (
            f"{name}.timeoutSeconds is {timeout}, more than periodSeconds, {period} ({REFUSED}): a probe has to end "
            "before the next. Lower the one or raise the other."
        )
    if name == "startupProbe" and period * failures > LONGEST_START:
        yield (
            f"{name} gives a start {period * failures} seconds (periodSeconds × failureThreshold), and Cloud Run at "
            f"most {LONGEST_START} (400 INVALID_ARGUMENT). Lower one of the two."
        )


def wrong_containers(case: Case) -> str | None:
    """Refuse a variable that is set twice, a name that a variable cannot have, and two containers that serve."""
    containers = containers_of(template_of(case))
    for container in containers:
        names = [str(name) for name in every(container, "envs.name")]
        twice = sorted({name for name in names if names.count(name) > 1})
        strange = [name for name in names if not re.fullmatch(r"[A-Za-z_.-][A-Za-z0-9_.-]*", name)]
        if twice:
            return f"{case.title} sets the variable {twice[0]} twice ({REFUSED}). Keep one of them."
        if strange:
            return f'{case.title} sets a variable "{strange[0]}" ({REFUSED}). Begin its name with a letter or _.'
    if len([each for each in containers if each.get("ports")]) > 1:
        return f"{case.title} has two containers with ports ({REFUSED}). Only one serves requests: keep its port alone."
    return None


def template_of(case: Case) -> Properties:
    """Return what a service or a job runs, empty for other types."""
    path = {SERVICE: "template", JOB: "template.template"}.get(case.traits.token)
    found = at(case.inputs, path) if path else None
    return found if isinstance(found, dict) else {}


def containers_of(template: Properties) -> list[Properties]:
    """Return the containers of a template that are known."""
    return mappings(template.get("containers"))


def _is_above(value: Value, most: int) -> bool:
    return isinstance(value, int) and value > most


def _shown(size: float) -> str:
    return f"{size / 1024:g}Gi" if size >= 1024 else f"{size:g}Mi"


RULES: tuple[LaunchRule, ...] = (
    LaunchRule("run-size", Stage.CHECK, "Cloud Run: CPU limits, memory limits", wrong_size),
    LaunchRule("run-timeout", Stage.CHECK, "Cloud Run: request timeout, task timeout", wrong_time),
    LaunchRule("run-traffic", Stage.CHECK, "Cloud Run API v2, TrafficTarget", wrong_traffic),
    LaunchRule("run-scaling", Stage.CHECK, "Cloud Run API v2, RevisionScaling", wrong_scaling),
    LaunchRule("run-probe", Stage.CHECK, "Cloud Run: container health checks", wrong_probe),
    LaunchRule("run-containers", Stage.CHECK, "Cloud Run API v2, Container", wrong_containers),
)
