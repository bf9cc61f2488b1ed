"""Firebase Rules' answers to which rules are in force: releases and rulesets, as the world holds them.

https://firebase.google.com/docs/reference/rules/rest
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from localcloud.base.world import World

RULESET, RELEASE = "gcp:firebaserules/ruleset:Ruleset", "gcp:firebaserules/release:Release"


def find(world: World, name: str) -> dict[str, Any] | None:
    """Return the release or ruleset of that resource name, None when there is none."""
    kind = RELEASE if name.split("/")[2:3] == ["releases"] else RULESET
    for resource in world.resources(kind):
        fields = {**resource.inputs, **resource.outputs}
        if name in (resource.id, _name(kind, fields)):
            return _release(name, fields) if kind == RELEASE else {"name": name, "source": fields.get("source") or {}}
    return None


def _name(kind: str, fields: Mapping[str, Any]) -> str:
    word = "releases" if kind == RELEASE else "rulesets"
    return f"projects/{fields.get('project', '')}/{word}/{fields.get('name', '')}"


def _release(name: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    ruleset = str(fields.get("rulesetName", ""))
    if not ruleset.startswith("projects/"):
        ruleset = f"projects/{fields.get('project', '')}/rulesets/{ruleset}"
    return {"name": name, "rulesetName": ruleset}
