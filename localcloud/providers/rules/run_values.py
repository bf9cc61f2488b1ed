"""What Cloud Run refuses about names and values in a service or job: images, tags, revisions, variables, GPUs.

Sources: https://cloud.google.com/run/docs/reference/rest/v2/Container, …/RevisionTemplate, …/TrafficTarget,
https://cloud.google.com/run/quotas, https://cloud.google.com/run/docs/deploying#images (registries),
https://cloud.google.com/run/docs/configuring/services/gpu.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from localcloud.providers.launch_rules import Case, LaunchRule, Stage
from localcloud.providers.quantities import mebibytes, number
from localcloud.providers.rules.cloud_run import REFUSED, containers_of, template_of
from localcloud.providers.tables.gcp_run import JOB, SERVICE
from localcloud.providers.values import Properties, at, every, mappings

# https://github.com/distribution/reference/blob/main/reference.go
_PART = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
IMAGE = re.compile(
    rf"(?:(?:[A-Za-z0-9-]+\.)*[A-Za-z0-9-]+(?::\d+)?/)?{_PART}(?:/{_PART})*"
    r"(?::[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(?:@sha256:[0-9a-f]{64})?"
)
# as the API's refusal lists them; another registry is read through a remote repository of Artifact Registry
REGISTRY = re.compile(r"([a-z0-9-]+\.)?gcr\.io|([a-z0-9-]+-)?docker\.pkg\.dev|([a-z0-9-]+\.)?docker\.io")
TAG = re.compile(r"[a-z]([a-z0-9-]*[a-z0-9])?")
LONGEST_TAG = 46  # characters, with the service's name and a hyphen at most 63: documented for traffic tags
LONGEST_VALUE = 32_768  # bytes of a variable
GPU = "nvidia.com/gpu"
GPU_CPUS, GPU_MEMORY = 4, 16_384  # the least of both beside a GPU; MiB
PORTS = range(1, 65_536)


def wrong_image(case: Case) -> str | None:
    """Refuse an image whose name a registry could not have, and one of a registry that Cloud Run does not read."""
    for container in containers_of(template_of(case)):
        image = container.get("image")
        if isinstance(image, str) and not IMAGE.fullmatch(image):
            named = f'"{image}" is not the name of an image' if image else "a container names no image"
            return (
                f"{case.title}: {named} ({REFUSED}). Write it without a scheme and in lower case, such as "
                "europe-west1-docker.pkg.dev/acme-app/images/intake@sha256:… with 64 hexadecimal digits."
            )
        host = _host(image) if isinstance(image, str) else None
        if host and not REGISTRY.fullmatch(host):
            return (
                f"{case.title}: Cloud Run does not run images of {host} ({REFUSED}): it takes those of gcr.io, "
                "docker.pkg.dev and docker.io. Push the image to Artifact Registry, or make a remote repository there."
            )
    return None


def _host(image: str) -> str | None:
    """Return the host of an image's name, None where it has none and Docker Hub is meant."""
    first, slash, _ = image.partition("/")
    return first if slash and re.search(r"[.:]|^localhost$", first) else None


def wrong_tag(case: Case) -> str | None:
    """Refuse a tag that is not part of a host's name, and a revision that does not begin with its service's name."""
    name, revision = case.inputs.get("name"), at(case.inputs, "template.revision")
    for tag in every(case.inputs, "traffics.tag") if case.traits.token == SERVICE else ():
        if isinstance(tag, str) and tag and (not TAG.fullmatch(tag) or len(tag) > LONGEST_TAG):
            return (
                f'{case.title}: the tag "{tag}" becomes part of a host\'s name ({REFUSED}). Use at most {LONGEST_TAG} '
                "lower-case letters, digits and hyphens, a letter first."
            )
    if case.traits.token != SERVICE or not isinstance(name, str) or not isinstance(revision, str) or not revision:
        return None
    if revision.startswith(f"{name}-") and TAG.fullmatch(revision):
        return None
    return (
        f"{case.title}: the revision {revision} does not begin with {name}- ({REFUSED}). Leave template.revision out, "
        "and Cloud Run names each revision itself."
    )


def wrong_value(case: Case) -> str | None:
    """Refuse variables that are too long, name no secret, and ports that there are not."""
    if case.traits.token not in (SERVICE, JOB):
        return None
    return case.told(problem for each in containers_of(template_of(case)) for problem in _values(each))


def _values(container: Properties) -> Iterator[str]:
    for variable in mappings(container.get("envs")):
        name, value = variable.get("name"), variable.get("value")
        if isinstance(value, str) and len(value.encode()) > LONGEST_VALUE:
            yield f"the variable {name} holds more than 32 KiB ({REFUSED}). Keep it in a file, bucket or secret."
        if at(variable, "valueSource.secretKeyRef.secret") == "":
            yield f"the variable {name} names no secret ({REFUSED}). Set valueSource.secretKeyRef.secret."
    for probe in ("startupProbe", "livenessProbe"):
        for way in ("httpGet", "tcpSocket", "grpc"):
            port = at(container, f"{probe}.{way}.port")
            if isinstance(port, int) and port != 0 and port not in PORTS:
                yield f"{probe}.{way}.port is {port} ({REFUSED}). Use 1 to 65535, or leave it out for the service's."


def small_beside_gpu(case: Case) -> str | None:
    """Refuse a GPU with fewer CPUs or less memory than it goes with."""
    for container in containers_of(template_of(case)):
        limits = at(container, "resources.limits")
        if not isinstance(limits, dict) or GPU not in limits:
            continue
        if isinstance(limits[GPU], str) and limits[GPU] != "1":
            return f"{case.title}: {GPU} is {limits[GPU]} ({REFUSED}). An instance has one GPU: set it to 1."
        kind = at(template_of(case), "nodeSelector.accelerator")
        if isinstance(kind, str) and kind.startswith("nvidia-tesla-"):
            return f"{case.title}: Cloud Run has no {kind} ({REFUSED}). Use nvidia-l4 or nvidia-rtx-pro-6000."
        cpus, memory = number(limits.get("cpu")), mebibytes(limits.get("memory"))
        if (cpus is not None and cpus < GPU_CPUS) or (memory is not None and memory < GPU_MEMORY):
            return (
                f"{case.title}: a GPU goes with at least {GPU_CPUS} CPU and 16Gi of memory ({REFUSED}). Raise cpu and "
                f"memory, or leave {GPU} out."
            )
    return None


RULES: tuple[LaunchRule, ...] = (
    LaunchRule("run-image", Stage.CHECK, "Cloud Run API v2, Container; distribution reference", wrong_image),
    LaunchRule("run-tag", Stage.CHECK, "Cloud Run API v2, TrafficTarget, RevisionTemplate", wrong_tag),
    LaunchRule("run-value", Stage.CHECK, "Cloud Run quotas; API v2, EnvVar, Probe", wrong_value),
    LaunchRule("run-gpu", Stage.CHECK, "Cloud Run: GPU", small_beside_gpu),
)
