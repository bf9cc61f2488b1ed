"""May whoever deploys make this call? Asked before each call of Google's provider, as Google's APIs ask."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import grpc

from localcloud import iam
from localcloud.base import deployer
from localcloud.base.world import World
from localcloud.providers.tables.gcp_permissions import BILLING, BUCKET, CALLS, Calls
from localcloud.providers.traits import Traits
from localcloud.providers.values import leaves
from localcloud.rpc import Refused

READ, CREATE, UPDATE, DELETE = "read", "create", "update", "delete"


def require(world: World, traits: Traits, title: str, verb: str, properties: Mapping[str, Any]) -> None:
    """Return when whoever deploys may do this with a resource of these properties; raises Refused (403) otherwise.

    `title` names the resource in the refusal, `verb` is one of the four above. The owner may do everything.
    """
    member = deployer.of(world)
    calls = CALLS.get(traits.token)
    if member is None or not traits.token.startswith("gcp:"):
        return
    if calls is None:
        raise Refused(
            grpc.StatusCode.PERMISSION_DENIED,
            f"{title}: it is not known which permissions {traits.token} takes. Add a row for it to "
            "localcloud/providers/tables/gcp_permissions.py.",
        )
    for permission, resource in _asked(world, calls, verb, properties):
        if not iam.allows(world, member, permission, resource):
            said = iam.denied(world, member, permission, resource)
            raise Refused(
                grpc.StatusCode.PERMISSION_DENIED,
                f"{title}: googleapi: Error 403: {said} (Who deploys has its permissions from "
                "infra/delivery_permissions.py.)",
            )


def _asked(world: World, calls: Calls, verb: str, properties: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the permissions that a call needs, each with the name of the resource that it is asked on."""
    place = _place(world, calls, properties)
    handed = [str(each) for path in calls.acts_as for each in leaves(dict(properties), path) if each]
    acted = [("iam.serviceAccounts.actAs", f"projects/-/serviceAccounts/{_email(each)}") for each in handed]
    own = [(permission, place) for permission in getattr(calls, verb)]
    return [*own, *(acted if verb in (CREATE, UPDATE) else [])]


def _place(world: World, calls: Calls, properties: Mapping[str, Any]) -> str:
    if calls.on == BILLING:
        return f"billingAccounts/{properties.get('billingAccount') or properties.get('billingAccountId')}"
    if calls.on == BUCKET:
        return f"projects/_/buckets/{str(properties.get('bucket')).removeprefix('b/')}"
    project = properties.get("project") or properties.get("projectId") or _project_in(properties)
    return f"projects/{iam.project_id(world, str(project))}"


def _project_in(properties: Mapping[str, Any]) -> str:
    """Return the project that another property names, in the form `projects/P/…`."""
    named = (str(value) for value in properties.values() if str(value).startswith("projects/"))
    return next((name.split("/")[1] for name in named), "")


def _email(account: str) -> str:
    return account.rpartition("/")[2]
