"""What each trigger asks for: which events, and where they go.

https://cloud.google.com/eventarc/docs/reference/rest/v1/projects.locations.triggers
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from localcloud import iam
from localcloud.base.world import Resource, World
from localcloud.eventarc.document_changes import TYPES

TRIGGER = "gcp:eventarc/trigger:Trigger"
PATTERN = "match-path-pattern"
VARIABLE = re.compile(r"\{\w+(?:=(\*{1,2}))?\}|\*{1,2}")


@dataclass(frozen=True)
class Trigger:
    """One trigger on changes of documents, of events of the type `kind`.

    `born` tells it from an earlier one of its name, `document` is a path or a pattern of paths; `account` is the
    service account that calls the address, `base` and `path`.
    """

    name: str
    kind: str
    born: float
    project: str
    database: str
    document: re.Pattern[str]
    account: str
    base: str
    path: str

    def wants(self, database: str, document: str) -> bool:
        """Tell whether the trigger asks for the document at a path in a database (both without what precedes them)."""
        return database == self.database and bool(self.document.fullmatch(document))


def triggers(world: World) -> Iterator[Trigger]:
    """Yield the triggers that ask for changes of documents and have a Cloud Run service called."""
    for resource in world.resources(TRIGGER):
        known = {**resource.inputs, **resource.outputs}
        filters = {each["attribute"]: each for each in known.get("matchingCriterias") or ()}
        service = (known.get("destination") or {}).get("cloudRunService")
        if service and filters.get("type", {}).get("value") in TYPES:
            yield _trigger(world, resource, known, filters)


def pattern(text: str) -> re.Pattern[str]:
    """Return a path pattern as a regular expression: `{x}` and `*` are one segment, `{x=**}` and `**` any number.

    https://cloud.google.com/eventarc/docs/path-patterns
    """
    made, end = "", 0
    for found in VARIABLE.finditer(text):
        made += re.escape(text[end : found.start()])
        made += ".+" if "**" in found[0] else "[^/]+"
        end = found.end()
    return re.compile(made + re.escape(text[end:]))


def _trigger(
    world: World, resource: Resource, known: Mapping[str, Any], filters: Mapping[str, Mapping[str, Any]]
) -> Trigger:
    wanted = filters.get("document", {"value": "**", "operator": PATTERN})
    service = known["destination"]["cloudRunService"]
    project, region = str(known["project"]), service.get("region") or known["location"]
    name = str(service["service"]).rpartition("/")[2]
    return Trigger(
        name=resource.id,
        kind=str(filters["type"]["value"]),
        born=resource.created,
        project=project,
        database=str(filters.get("database", {}).get("value", "")),
        document=pattern(wanted["value"]) if wanted.get("operator") else re.compile(re.escape(wanted["value"])),
        account=str(known.get("serviceAccount", "")),
        base=f"https://{name}-{iam.project_number(world, project)}.{region}.run.app",
        path="/" + str(service.get("path") or "").lstrip("/"),
    )
