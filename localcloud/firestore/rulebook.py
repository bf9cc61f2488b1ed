"""The security rules that are deployed: the ruleset of each database's release, compiled.

Releases: https://firebase.google.com/docs/reference/rules/rest/v1/projects.releases; `cloud.firestore` is that of the
default database, `cloud.firestore/DATABASE` that of another.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from localcloud.base.watch import Watched
from localcloud.base.world import Resource, World
from localcloud.firestore import paths

if TYPE_CHECKING:
    from rules import Ruleset
    from rules.coverage import Coverage

RULESET, RELEASE = "gcp:firebaserules/ruleset:Ruleset", "gcp:firebaserules/release:Release"
SERVICE = "cloud.firestore"
DEFAULT = "(default)"
log = logging.getLogger(__name__)


class Rulebook:
    """Knows each database's rules as they are deployed at the moment. Use it from one thread."""

    def __init__(self, world: World) -> None:
        self._texts = Watched(world, texts)
        self._compiled: dict[str, Ruleset | None] = {}
        self._loaded: dict[str, Coverage] = {}

    def load(self, project: str, text: str) -> None:
        """Use rules for every database of a project until the server ends, and count what they reach from now on.

        They go before what is deployed. Raises rules.RulesError, and then nothing changes.
        """
        import rules
        from rules.coverage import Coverage

        self._loaded[project] = Coverage(rules.compile(text))

    def loaded(self, project: str) -> Coverage | None:
        """Return the rules that were loaded for a project, with what they have reached."""
        return self._loaded.get(project)

    def has_rules(self, database: str) -> bool:
        """Whether rules are deployed or loaded for the database of that resource name."""
        return paths.project(database) in self._loaded or database in self._texts.current()

    def of(self, database: str) -> Ruleset | Coverage | None:
        """Return the rules of a database; None where there are none, or they do not compile: both deny every user."""
        loaded = self._loaded.get(paths.project(database)) if self._loaded else None
        if loaded:
            return loaded
        text = self._texts.current().get(database)
        if text is None:
            return None
        if text not in self._compiled:
            self._compiled = {text: _compiled(text)}
        return self._compiled[text]


def texts(world: World) -> Mapping[str, str]:
    """Return the text of the deployed rules by the resource name of their database."""
    sources: dict[str, str] = {}
    for resource in world.resources(RULESET):
        fields = {**resource.inputs, **resource.outputs}
        files = (fields.get("source") or {}).get("files") or ()
        text = "\n".join(str(file.get("content", "")) for file in files)
        sources[resource.id] = sources[str(fields.get("name", ""))] = text
    found = {}
    for resource in world.resources(RELEASE):
        fields = {**resource.inputs, **resource.outputs}
        service, _, database = str(fields.get("name", "")).rpartition("/releases/")[2].partition("/")
        source = _source(sources, str(fields.get("rulesetName", "")))
        if service == SERVICE and source is not None:
            found[f"projects/{fields.get('project', '')}/databases/{database or DEFAULT}"] = source
    return found


def deploy(world: World, project: str, text: str) -> None:
    """Deploy rules for the default database of a project, as the engine does it, in a world that has no engine."""
    files: list[dict[str, Any]] = [{"name": "firestore.rules", "content": text}]
    fields = {"project": project, "source": {"files": files}}
    world.put(Resource(RULESET, f"projects/{project}/rulesets/local", "", fields, {"name": "local"}))
    released = {"project": project, "name": SERVICE, "rulesetName": f"projects/{project}/rulesets/local"}
    world.put(Resource(RELEASE, f"projects/{project}/releases/{SERVICE}", "", released))


def _source(sources: Mapping[str, str], name: str) -> str | None:
    return sources.get(name, sources.get(name.rpartition("/")[2]))


def segments(place: paths.Location) -> tuple[str, ...]:
    """Return a document's or collection's path as rules have it: from `databases` on."""
    return (*place.database.split("/")[2:], "documents", *place.segments)


def _compiled(text: str) -> Ruleset | None:
    import rules  # takes long, and few servers meet a user

    try:
        return rules.compile(text)
    except rules.RulesError as error:
        log.warning("The deployed rules do not compile, so every user is denied: %s", error)
        return None
