"""The form of Cloudflare's rulesets and rules, which several components fill."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi

from infra.loading.sdk import cloudflare

Rule = dict[str, Any]


def ruleset(
    name: str, zone_id: pulumi.Input[str], phase: str, rules: Sequence[Rule], opts: pulumi.ResourceOptions
) -> cloudflare.Ruleset:
    """Make the one ruleset that a zone has in a phase; a second one could not join it."""
    return cloudflare.Ruleset(
        name,
        zone_id=zone_id,
        name=name,
        description="Kept by Launch Ready",
        kind="zone",
        phase=phase,
        rules=list(rules),
        opts=opts,
    )


def rule(ref: str, description: str, expression: str, action: str, parameters: Mapping[str, Any] | None = None) -> Rule:
    """Return a rule that is on; without a `ref` of its own, Cloudflare would give it a new one at every change.

    One that skips says that it is logged: Cloudflare answers so anyway, and every preview would show it.
    """
    bare = {"ref": ref, "description": description, "expression": expression, "action": action, "enabled": True}
    logged = {"logging": {"enabled": True}} if action == "skip" else {}
    return {**bare, **({"action_parameters": dict(parameters)} if parameters else {}), **logged}
