"""What Google refuses beside what is there already: a second of what there can be one of, and what is taken.

Sources: https://firebase.google.com/docs/firestore/backups (one daily and one weekly schedule a database),
https://firebase.google.com/docs/firestore/ttl#limits (one field of a collection group), Compute Engine's refusal of an
address in use (kubernetes/ingress-gce, addressAlreadyInUseMessageExternal), and Eventarc's API, CloudRun.region.
"""

from __future__ import annotations

from collections.abc import Iterator

from localcloud.base.world import Resource
from localcloud.providers.launch_rules import REFUSED, Case, LaunchRule, Stage
from localcloud.providers.tables.gcp_common import short
from localcloud.providers.tables.gcp_network import FORWARDING
from localcloud.providers.tables.gcp_run import SERVICE, TRIGGER
from localcloud.providers.values import at

BACKUP = "gcp:firestore/backupSchedule:BackupSchedule"
FIELD = "gcp:firestore/field:Field"
RECURRENCES = {"dailyRecurrence": "daily", "weeklyRecurrence": "weekly"}


def _others(case: Case, *same: str) -> Iterator[Resource]:
    """Yield the other resources of the type whose properties are the same."""
    for other in case.world.resources(case.traits.token):
        if other.id != case.id and all(other.outputs.get(name) == case.inputs.get(name) for name in same):
            yield other


def _name(resource: Resource) -> str:
    return resource.urn.rpartition("::")[2]


def second_schedule(case: Case) -> str | None:
    """Refuse a second schedule of one recurrence for a database (409, already exists)."""
    if case.traits.token != BACKUP:
        return None
    for path, word in RECURRENCES.items():
        found = next(
            (each for each in _others(case, "project", "database") if each.outputs.get(path) is not None), None
        )
        if case.inputs.get(path) is not None and found:
            return (
                f'{case.title} is a second {word} schedule of {case.inputs.get("database")}, beside "{_name(found)}" '
                "(Firestore answers 409 ALREADY_EXISTS). Change that one instead."
            )
    return None


def second_lifetime(case: Case) -> str | None:
    """Refuse a second field by which the documents of a collection group end."""
    if case.traits.token != FIELD or case.inputs.get("ttlConfig") is None:
        return None
    for other in _others(case, "project", "database", "collection"):
        field = other.outputs.get("field")
        if other.outputs.get("ttlConfig") is not None and field != case.inputs.get("field"):
            return (
                f"{case.title}: documents of {case.inputs.get('collection')} end by the field {field} already, and "
                f"Firestore takes one ({REFUSED}). Take ttlConfig off that field in a change of its own first."
            )
    return None


def address_in_use(case: Case) -> str | None:
    """Refuse a rule for an address and port that lead elsewhere already."""
    address = case.inputs.get("ipAddress")
    if case.traits.token != FORWARDING or not isinstance(address, str):
        return None
    found = next(_others(case, "ipAddress", "portRange", "ipProtocol"), None)
    if found is None or not address:
        return None
    return (
        f'{case.title}: port {case.inputs.get("portRange")} of {address} is in use by "{_name(found)}" (Compute '
        "Engine answers 400, would result in a conflict). Remove that rule first, or use another address."
    )


def service_elsewhere(case: Case) -> str | None:
    """Refuse a trigger that leads to a service in a region where there is none of that name."""
    target = at(case.inputs, "destination.cloudRunService") if case.traits.token == TRIGGER else None
    name, region = (short(at(target, part)) for part in ("service", "region"))
    places = {
        str(each.outputs.get("location"))
        for each in case.world.resources(SERVICE)
        if each.outputs.get("name") == name and each.outputs.get("project") == case.inputs.get("project")
    }
    if not name or not region or not places or region in places:
        return None
    return (
        f"{case.title} leads to {name} in {region}, and that service runs in {' and '.join(sorted(places))} (Eventarc "
        "answers 404). Set destination.cloudRunService.region to its place."
    )


RULES: tuple[LaunchRule, ...] = (
    LaunchRule("backup-second", Stage.APPLY, "Firestore: backups", second_schedule),
    LaunchRule("field-lifetime", Stage.APPLY, "Firestore: time to live, limits", second_lifetime),
    LaunchRule("address-in-use", Stage.APPLY, "compute API, forwardingRules; ingress-gce", address_in_use),
    LaunchRule("trigger-service", Stage.APPLY, "Eventarc API, CloudRun", service_elsewhere),
)
