"""Keeps under which id something was adopted, which the engine forgets where it changes what it imports.

It imports and changes a resource in one run, and writes down no import id then (step_generator.go of 3.200). Where that
differs from the resource's own id, as a DNS record's ZONE/RECORD does, the next run would import it once more, and tell
of a replacement.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from engine import state_file
from engine.pulumi import Pulumi


def remember(pulumi: Pulumi, adopted: Mapping[str, str]) -> None:
    """Write down the import ids that the state lacks; `adopted` is the spec's `adopt`. Raises EngineError.

    The engine takes a third of a second: it is asked only where the state's file does not show that none is lacking.
    """
    if not adopted:
        return
    kept = state_file.deployment(pulumi.home)
    if kept and not remembered({"deployment": kept}, adopted):
        return
    known = remembered(pulumi.export(), adopted)
    if known:
        pulumi.replace_state(known)


def remembered(exported: Mapping[str, Any], adopted: Mapping[str, str]) -> dict[str, Any] | None:
    """Return the state (`pulumi stack export`) with the import ids that it lacks, None when it lacks none."""
    whole = deepcopy(dict(exported))
    forgotten = [
        (each, adopted[key])
        for each in whole["deployment"].get("resources") or ()
        if (key := _key(each)) in adopted and each.get("id") and not each.get("importID")
    ]
    for each, id_ in forgotten:
        each["importID"] = id_
    return whole if forgotten else None


def _key(resource: Mapping[str, Any]) -> str:
    return f"{resource['type'].rpartition(':')[2]}/{resource['urn'].rpartition('::')[2]}"
