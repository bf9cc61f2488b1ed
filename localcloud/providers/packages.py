"""The two packages that the rehearsal serves, put together from tables, rules and functions."""

from __future__ import annotations

from itertools import chain

import grpc

from localcloud import iam
from localcloud.base.world import Resource, World
from localcloud.dns.parent_zones import registration
from localcloud.providers.package import Package
from localcloud.providers.rules import cloudflare, gcp, human_steps, weather
from localcloud.providers.tables import (
    cloudflare_more,
    cloudflare_zone,
    gcp_data,
    gcp_monitoring,
    gcp_network,
    gcp_project,
    gcp_run,
)
from localcloud.providers.tables.cloudflare_zone import SUBSCRIPTION, ZONE, status
from localcloud.providers.tables.gcp_common import PROJECT
from localcloud.providers.values import Properties, Value
from localcloud.rpc import Refused


def get_project(world: World, arguments: Properties) -> Properties:
    """Answer gcp.organizations.getProject from the world; raises Refused for a project that is not there."""
    wanted = arguments.get("projectId")
    found = world.resource(PROJECT, f"projects/{wanted}")
    if found is None:
        raise Refused(
            grpc.StatusCode.NOT_FOUND,
            f'There is no project "{wanted}" in the rehearsal (the real cloud answers 403 or 404). Create it with an '
            "organizations.Project, or correct the id.",
        )
    unset = {"orgId": "", "folderId": "", "billingAccount": "", "labels": {}, "tags": {}}
    return {**unset, **found.outputs, "id": found.id}


def _surroundings(world: World, inputs: Properties) -> Properties:
    project = inputs.get("project") or inputs.get("projectId")
    return {"number": iam.project_number(world, str(project)) if project else None}


def _entered(world: World, zone: Value) -> list[str] | None:
    """Return the name servers that somebody entered at the registrar, None where a rehearsal does that at once."""
    entered = registration(world, str(zone))
    return list(entered["nameServers"]) if entered else None


def _of_registrar(world: World, inputs: Properties) -> Properties:
    return {"entered": _entered(world, inputs["name"]) if "name" in inputs else None}


def _told(world: World, found: Resource) -> Properties:
    """Return what Cloudflare's look at the registry changes of a zone."""
    if found.type != ZONE:
        return {}
    now = status(found.outputs["nameServers"], _entered(world, found.inputs["name"]))
    activated = found.outputs.get("activatedOn") or found.outputs["modifiedOn"]
    return {"status": now, **({"activatedOn": activated} if now == "active" else {})}


_GCP = chain(gcp_project.ROWS, gcp_data.ROWS, gcp_run.ROWS, gcp_network.ROWS, gcp_monitoring.ROWS)
_CLOUDFLARE = chain(cloudflare_zone.ROWS, cloudflare_more.ROWS)

PACKAGES = (
    Package(
        "gcp",
        {row.token: row for row in _GCP},
        (*gcp.RULES, *human_steps.RULES, *weather.RULES),
        {"gcp:organizations/getProject:getProject": get_project},
        settings=("project", "region"),
        foresees=(PROJECT,),
        surroundings=_surroundings,
    ),
    Package(
        "cloudflare",
        {row.token: row for row in _CLOUDFLARE},
        cloudflare.RULES,
        foresees=(SUBSCRIPTION,),
        surroundings=_of_registrar,
        told=_told,
    ),
)
