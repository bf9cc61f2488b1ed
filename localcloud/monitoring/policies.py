"""Alert policies as the engine made them, read once into values.

https://cloud.google.com/monitoring/api/ref_v3/rest/v3/projects.alertPolicies
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from localcloud.base.world import Resource, World
from localcloud.monitoring.channels import POLICY


@dataclass(frozen=True)
class PromqlCondition:
    """`query` has to have a value for `duration` seconds without a break."""

    query: str
    duration: int


@dataclass(frozen=True)
class LogCondition:
    """An entry that the filter finds; two notifications are at least `period` seconds apart."""

    filter: str
    period: int


Condition = PromqlCondition | LogCondition


@dataclass(frozen=True)
class Policy:
    """One policy. `born` is when it was made (seconds since the epoch), `auto_close` is in seconds."""

    name: str
    title: str
    severity: str
    documentation: str
    channels: tuple[str, ...]
    condition: Condition
    auto_close: int
    born: float


def policies(world: World) -> list[Policy]:
    """Return the policies that are switched on and that the rehearsal evaluates: one condition, PromQL or log match."""
    read = (_policy(resource) for resource in world.resources(POLICY) if resource.inputs.get("enabled", True))
    return [policy for policy in read if policy]


def unread(world: World) -> list[str]:
    """Return the titles of policies whose conditions the rehearsal does not evaluate."""
    return [
        str(resource.inputs.get("displayName", resource.id))
        for resource in world.resources(POLICY)
        if resource.inputs.get("enabled", True) and _policy(resource) is None
    ]


def _policy(resource: Resource) -> Policy | None:
    made, strategy = resource.inputs, resource.inputs.get("alertStrategy") or {}
    conditions = made.get("conditions") or []
    condition = _condition(conditions[0], strategy) if len(conditions) == 1 else None
    if condition is None:
        return None
    return Policy(
        str(resource.outputs.get("name", resource.id)),
        str(made.get("displayName", resource.id)),
        str(made.get("severity") or ""),
        str((made.get("documentation") or {}).get("content") or ""),
        tuple(made.get("notificationChannels") or ()),
        condition,
        _seconds(strategy.get("autoClose"), 7 * 86_400),
        resource.created,
    )


def _condition(made: Mapping[str, Any], strategy: Mapping[str, Any]) -> Condition | None:
    if query := made.get("conditionPrometheusQueryLanguage"):
        return PromqlCondition(str(query["query"]), _seconds(query.get("duration"), 0))
    if match := made.get("conditionMatchedLog"):
        limit = strategy.get("notificationRateLimit") or {}
        return LogCondition(str(match["filter"]), _seconds(limit.get("period"), 300))
    return None


def _seconds(text: object, default: int) -> int:
    return round(float(str(text).removesuffix("s"))) if text else default
