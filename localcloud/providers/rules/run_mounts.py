"""What Cloud Run refuses about what is mounted where, ways out into a network, and probes that ask nothing.

Sources: the API's descriptions (version 2) of SecretVolumeSource, VersionToPath, NetworkInterface and Probe, of
KeyToPath (version 1: a path has no ..), and Knative's rules that a volume has a kind and that a path is mounted once
(https://github.com/knative/serving, apis/serving/k8s_validation.go).
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from localcloud.providers.launch_rules import Case, LaunchRule, Stage
from localcloud.providers.rules.cloud_run import PROBED, REFUSED, containers_of, template_of
from localcloud.providers.values import Properties, Unknown, at, leaves, mappings

KINDS = ("secret", "cloudSqlInstance", "emptyDir", "nfs", "gcs", "filestore")
MOST_RIGHTS = 0o777


def wrong_mount(case: Case) -> str | None:
    """Refuse volumes of no kind, rights and places of files that there are not, and two volumes at one path."""
    return case.told(_mounts(template_of(case)))


def _mounts(template: Properties) -> Iterator[str]:
    for volume in mappings(template.get("volumes")):
        if not any(volume.get(kind) is not None for kind in KINDS):
            yield f'the volume "{volume.get("name")}" is of no kind ({REFUSED}). Set secret, emptyDir or another.'
    yield from _files(template)
    for container in containers_of(template):
        yield from _misplaced(container)
        paths = [posixpath.normpath(path) for path in leaves(container, "volumeMounts.mountPath") if _is_path(path)]
        for path in sorted({path for path in paths if paths.count(path) > 1}):
            yield f"{paths.count(path)} volumes are mounted at {path} ({REFUSED}). Give each a path of its own."


def _files(template: Properties) -> Iterator[str]:
    for path in ("volumes.secret.defaultMode", "volumes.secret.items.mode"):
        for mode in leaves(template, path):
            if isinstance(mode, int) and not 0 <= mode <= MOST_RIGHTS:
                yield f"template.{path} is {mode} ({REFUSED}). Use 0 to {MOST_RIGHTS}, which is 0777 in octal."
    for path in leaves(template, "volumes.secret.items.path"):
        if isinstance(path, str) and (path.startswith("..") or ".." in path.split("/")):
            yield f"a secret's file is to lie at {path} ({REFUSED}). Write a path below the mount, such as keys/api."


def _misplaced(container: Properties) -> Iterator[str]:
    for path in leaves(container, "volumeMounts.mountPath"):
        if _is_path(path) and (not path.startswith("/") or posixpath.normpath(path) == "/"):
            yield f"a volume is mounted at {path} ({REFUSED}). Write a path from the root, such as /data."


def _is_path(path: object) -> bool:
    return isinstance(path, str) and path != ""


def wrong_interface(case: Case) -> str | None:
    """Refuse a way out into no network."""
    for interface in mappings(at(template_of(case), "vpcAccess.networkInterfaces")):
        if not interface.get("network") and not interface.get("subnetwork"):
            return (
                f"{case.title}: vpcAccess.networkInterfaces names neither a network nor a subnetwork ({REFUSED}). Set "
                "one of them."
            )
    return None


def mute_probe(case: Case) -> str | None:
    """Refuse a liveness probe that asks in no way."""
    for container in containers_of(template_of(case)):
        probe = container.get("livenessProbe")
        if isinstance(probe, dict) and not any(_is_asked(probe, way) for way in PROBED):
            return f"{case.title}: livenessProbe asks in no way ({REFUSED}). Set httpGet or grpc."
    return None


def _is_asked(probe: Properties, way: str) -> bool:
    return probe.get(way) is not None or isinstance(probe.get(way), Unknown)


RULES: tuple[LaunchRule, ...] = (
    LaunchRule(
        "run-mounts", Stage.CHECK, "Cloud Run API v2, SecretVolumeSource; Knative k8s_validation.go", wrong_mount
    ),
    LaunchRule("run-interface", Stage.CHECK, "Cloud Run API v2, NetworkInterface", wrong_interface),
    LaunchRule("run-mute-probe", Stage.CHECK, "Cloud Run API v2, Probe", mute_probe),
)
