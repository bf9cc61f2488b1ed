"""Rules about what a resource stands on: the resources it names must exist, and cannot go while they are named."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from localcloud.base.world import Resource, World
from localcloud.providers.launch_rules import Case
from localcloud.providers.traits import Parent, Traits, render
from localcloud.providers.values import Properties, Unknown, Value, leaves

# APIs that refuse to delete what is in use; of rulesets:
# https://firebase.google.com/docs/reference/rules/rest/v1/projects.rulesets/delete
HOLDING = frozenset({"compute.googleapis.com", "certificatemanager.googleapis.com", "firebaserules.googleapis.com"})


def unknown_parent(case: Case) -> str | None:
    """Refuse a resource that names another one which is not there."""
    for parent in case.traits.parents:
        for value in leaves(case.inputs, parent.path):
            if not isinstance(value, Unknown) and value != "" and not is_there(case.world, parent, value):
                return (
                    f'{case.title} names "{value}" as its {parent.path}, but there is no such {_labels(parent)}. '
                    f"The real API answers 404. Cure: correct the name, or {parent.cure or 'create it first'}."
                )
    return None


def is_there(world: World, parent: Parent, value: Value) -> bool:
    """Tell whether the value names a parent that exists, or one outside of the rehearsal."""
    if parent.foreign and re.fullmatch(parent.foreign, str(value)):
        return True
    return any(value in names(parent, found) for kind in parent.kinds for found in world.resources(kind))


def names(parent: Parent, found: Resource) -> set[Value]:
    """Return the ways in which a resource may be named by its children."""
    known: Properties = {**found.outputs, "id": found.id}
    return {render(form, known) for form in parent.forms if _can(form, known)}


def in_use(world: World, traits: Mapping[str, Traits], gone: Resource) -> str | None:
    """Return the sentence about a resource that names the one about to go, for APIs that refuse this."""
    if traits[gone.type].service not in HOLDING:
        return None
    for row, parent in _pointing_at(gone.type, traits.values()):
        for found in world.resources(row.token):
            if any(value in names(parent, gone) for value in leaves(dict(found.outputs), parent.path)):
                name = found.urn.rpartition("::")[2]
                return f'it is still used by {row.label} "{name}" ({parent.path}); change or delete that first'
    return None


def _pointing_at(kind: str, rows: Iterable[Traits]) -> list[tuple[Traits, Parent]]:
    return [(row, parent) for row in rows for parent in row.parents if kind in parent.kinds]


def _labels(parent: Parent) -> str:
    return " or ".join(kind.rpartition(":")[2] for kind in parent.kinds)


def _can(form: str, known: Properties) -> bool:
    return all(name in known for name in re.findall(r"{(\w+)}", form))
