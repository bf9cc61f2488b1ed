"""The revisions that each service has had: numbered, with what they ran, and whether they ever became ready."""

from __future__ import annotations

from dataclasses import dataclass

from localcloud.base.world import World
from localcloud.run.services import Service, Template

SCHEMA = """
CREATE TABLE IF NOT EXISTS run_revisions (
    service TEXT NOT NULL, number INTEGER NOT NULL, name TEXT NOT NULL, template TEXT NOT NULL,
    ready INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (service, number)
);
CREATE TABLE IF NOT EXISTS run_revision_times (
    service TEXT NOT NULL, name TEXT NOT NULL, created REAL NOT NULL, PRIMARY KEY (service, name)
);
"""
# Worlds that were made by earlier versions have revisions without a time.
PAST = """
SELECT revisions.name, revisions.template, revisions.ready, coalesce(times.created, 0) AS created
FROM run_revisions AS revisions LEFT JOIN run_revision_times AS times USING (service, name)
WHERE service = ? ORDER BY number DESC
"""


@dataclass(frozen=True)
class Entry:
    """One revision: its name and what it runs."""

    name: str
    template: Template


@dataclass(frozen=True)
class Past:
    """A revision as its service looks back at it. `created` is in seconds since the epoch, 0 where it is not known."""

    name: str
    template: Template
    created: float
    was_ready: bool


class RevisionHistory:
    """The table of revisions; services are known by their relative resource names."""

    def __init__(self, world: World) -> None:
        self._world = world
        world.define(SCHEMA)

    def newest_ready(self, service: Service) -> Entry | None:
        """Return the newest revision that ever became ready, or None."""
        row = self._world.connection.execute(
            "SELECT name, template FROM run_revisions WHERE service = ? AND ready ORDER BY number DESC LIMIT 1",
            (service.resource,),
        ).fetchone()
        return Entry(row["name"], Template.from_json(row["template"])) if row else None

    def past(self, resource: str) -> list[Past]:
        """Return all revisions of a service, given by its relative resource name, the newest first."""
        rows = self._world.connection.execute(PAST, (resource,))
        return [
            Past(row["name"], Template.from_json(row["template"]), row["created"], bool(row["ready"])) for row in rows
        ]

    def named(self, service: Service, name: str) -> Entry | None:
        """Return the revision of that name if it ever became ready, or None."""
        found = (past for past in self.past(service.resource) if past.name == name and past.was_ready)
        return next((Entry(past.name, past.template) for past in found), None)

    def begin(self, service: Service, now: float) -> Entry:
        """Return the revision that runs the service's template: the newest one, or a new one with the next number.

        `now` is in seconds since the epoch.

        Names are `SERVICE-00002-abc`, as Cloud Run makes them; here the letters follow from what it runs.
        """
        template = service.template.to_json()
        with self._world.transaction() as connection:
            newest = connection.execute(
                "SELECT number, name, template FROM run_revisions WHERE service = ? ORDER BY number DESC LIMIT 1",
                (service.resource,),
            ).fetchone()
            if newest and newest["template"] == template:
                return Entry(newest["name"], service.template)
            number = newest["number"] + 1 if newest else 1
            name = f"{service.name}-{number:05d}-{service.template.fingerprint[:3]}"
            connection.execute(
                "INSERT INTO run_revisions (service, number, name, template) VALUES (?, ?, ?, ?)",
                (service.resource, number, name, template),
            )
            connection.execute(
                "INSERT OR REPLACE INTO run_revision_times VALUES (?, ?, ?)", (service.resource, name, now)
            )
        return Entry(name, service.template)

    def became_ready(self, service: Service, name: str) -> None:
        """Write down that a revision has been ready once: it may serve after a restart without a new trial."""
        self._world.connection.execute(
            "UPDATE run_revisions SET ready = 1 WHERE service = ? AND name = ?", (service.resource, name)
        )

    def forget(self, resource: str) -> None:
        """Drop all revisions of a service that was deleted."""
        with self._world.transaction() as connection:
            for table in ("run_revisions", "run_revision_times"):
                connection.execute(f"DELETE FROM {table} WHERE service = ?", (resource,))  # noqa: S608

    def services(self) -> set[str]:
        """Return the relative resource names of all services that have revisions."""
        return {row["service"] for row in self._world.connection.execute("SELECT service FROM run_revisions")}
