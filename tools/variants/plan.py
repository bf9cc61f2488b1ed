"""What a variant would make, as plan JSON: each resource with the inputs that a provider is given.

So that it can be held against the real providers: types by the engine's token, inputs as the engine sends them, null
where a value is known only after an earlier resource is made, and a word in brackets for a secret and for files.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from engine.value_changes import KINDS, SIGNED, UNKNOWN
from tools.variants.play import Workbench

PREVIEW = 'eval "$(.venv/bin/python -m cli env)" && pulumi preview --json --stack local --non-interactive'


class PlanError(Exception):
    """The variant could not be previewed; the message is what was said."""


def planned(bench: Workbench) -> list[dict[str, Any]]:
    """Return the resources that the engine plans for a variant, in its order; raises PlanError."""
    first = bench.run("preview")  # starts the local cloud
    if first.code:
        raise PlanError(first.said)
    done = bench.shell("sh", "-c", PREVIEW)
    if done.returncode:
        raise PlanError(done.stdout + done.stderr)
    return resources(json.loads(done.stdout))


def resources(preview: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the resources of the engine's own JSON of a preview: operation, type, name, id to import, and inputs.

    What is imported and then changed has two steps there; it is told once, as imported, with the inputs after both.
    """
    found: dict[str, dict[str, Any]] = {}
    for step in (step for step in preview.get("steps", ()) if step.get("newState", {}).get("custom")):
        first = {name: value for name, value in found.get(step["urn"], {}).items() if name in ("op", "import")}
        found[step["urn"]] = {**_resource(step["op"], step["urn"], step["newState"]), **first}
    return list(found.values())


def _resource(operation: str, urn: str, state: Mapping[str, Any]) -> dict[str, Any]:
    found = {
        "op": operation,
        "type": state["type"],
        "name": urn.rpartition("::")[2],
        "inputs": _plain(state.get("inputs", {})),
    }
    return {**found, **({"import": state["importID"]} if state.get("importID") else {})}


def _plain(value: Any) -> Any:
    if value == UNKNOWN:
        return None
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if isinstance(value, Mapping):
        if SIGNED in value:
            return KINDS.get(str(value[SIGNED]), "[files]")
        return {name: _plain(each) for name, each in value.items()}
    return value
