"""Resource names: taking them apart, and finding the world's resource that one stands for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from grpc import StatusCode

from localcloud import iam
from localcloud.base.world import Resource, World
from localcloud.rpc import Refused

SEGMENT = r"[A-Za-z0-9_.:@%~+\-]+"


def parts(pattern: str, name: str) -> dict[str, str]:
    """Return the variables of a resource name: `parts("projects/{project}", "projects/p")` is `{"project": "p"}`.

    Raises Refused with INVALID_ARGUMENT when the name has another shape.
    """
    found = _compiled(pattern).fullmatch(name)
    if not found:
        raise Refused(StatusCode.INVALID_ARGUMENT, f"Invalid resource name '{name}'. Expected a name like '{pattern}'.")
    return found.groupdict()


@lru_cache(maxsize=64)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\{(\w+)\}", rf"(?P<\1>{SEGMENT})", pattern))


def properties(resource: Resource) -> dict[str, Any]:
    """Return inputs and outputs of a resource in one mapping; the cloud's word (outputs) wins."""
    return {**resource.inputs, **resource.outputs}


def find(world: World, type_: str, project: str, **wanted: str) -> Resource | None:
    """Return the resource of a type in a project (id or number) that has the wanted properties, or None.

    A property that holds a full resource name is compared by its last part.
    """
    return next((r for r in in_project(world, type_, project) if _has(properties(r), wanted)), None)


def in_project(world: World, type_: str, project: str) -> list[Resource]:
    """Return the resources of a type in a project given by id or number, oldest first."""
    id_ = iam.project_id(world, project)
    return [r for r in world.resources(type_) if iam.project_id(world, str(properties(r).get("project", ""))) == id_]


def _has(found: Mapping[str, Any], wanted: Mapping[str, str]) -> bool:
    return all(str(found.get(key, "")).rpartition("/")[2] == value for key, value in wanted.items())
