"""The Firestore database: its protection, rules and indexes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import pulumi

from blueprint.spec import Spec
from handlers.work.statuses import KEPT_FROM
from infra.firestore_indexes import CompositeIndex, FieldIndex, Indexes, IndexField, load
from infra.loading.sdk import gcp
from infra.project import Project

BACKUPS_KEPT = 7 * 86_400  # seconds; a daily backup may be kept for 14 weeks at most
APIS = ("firestore.googleapis.com", "firebaserules.googleapis.com")
DATABASE = "(default)"
LARGEST_RULES = 256 * 1024  # bytes, https://firebase.google.com/docs/firestore/security/rules-structure


@dataclass(frozen=True)
class Retention:
    """Documents of a collection go `days` after the time stamp in their `field`; without one they stay."""

    collection: str
    field: str
    days: int

    def __post_init__(self) -> None:
        if self.days < 1:
            raise ValueError(f"retention of {self.collection} is {self.days} days; the documents would go at once")


RETENTION = (
    Retention("inbox", "finishedAt", 90),
    Retention("outbox", "finishedAt", 90),
    Retention("statuses", KEPT_FROM, 120),
)
"""Settled events and effects hold what people wrote and paid. No sender repeats them so late (Stripe: 30 days).

A status stays longer than its intent, which a sweep deletes after 90 days (work/intent_retention): an intent without
one is taken for forgotten.
"""


@dataclass(frozen=True)
class FirestoreConfig:
    """The database in `location`, the text of its security rules, its indexes, and what is not kept for ever.

    A backup of each of the last seven days is kept, for a database that is gone. `protect` forbids deleting it, and
    keeps every version of a document for seven days (point-in-time recovery), for the mistake of today.
    """

    location: str
    rules: str
    indexes: Indexes
    retention: tuple[Retention, ...] = RETENTION
    protect: bool = True

    def __post_init__(self) -> None:
        if "service cloud.firestore" not in self.rules:
            raise ValueError(
                "firestore/firestore.rules holds no `service cloud.firestore`; the database would stay closed"
            )
        if len(self.rules.encode()) > LARGEST_RULES:
            raise ValueError(f"firestore/firestore.rules is larger than {LARGEST_RULES} bytes; Firestore refuses it")

    @classmethod
    def of(cls, spec: Spec, root: Path) -> Self:
        """Return the database with the rules and indexes below `root`; raises OSError or IndexesError."""
        folder = root / "firestore"
        return cls(
            location=spec.google.database_location,
            rules=(folder / "firestore.rules").read_text(encoding="utf-8"),
            indexes=load(folder / "firestore.indexes.json"),
            protect=spec.protect,
        )


class Firestore(pulumi.ComponentResource):
    """Makes the default database, releases the security rules to it and keeps its indexes.

    The provider would leave a deleted database behind (`ABANDON`) and protect none: both are said here. Rules are
    immutable: new ones are made, released, and only then the old ones go. An app that has its database already imports
    it, because there is only one `(default)`.
    """

    def __init__(
        self, name: str, config: FirestoreConfig, project: Project, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("launch:infra:Data", name, {}, opts)
        self._project = project
        self.database = self._database(config)
        self._release(config.rules)
        self._back_up()
        self._last: list[pulumi.Resource] = []
        self._keep_indexes(config)
        self.register_outputs({})

    def _keep_indexes(self, config: FirestoreConfig) -> None:
        """Make indexes and fields one after another.

        At once, Firestore refuses some of them on a new database: "the underlying data changed" (409,
        terraform-provider-google#16664).
        """
        first = set[str]()
        for key, index in config.indexes.keyed():
            self._index(key, index, renamed=index.first_key != key and index.first_key not in first)
            first.add(index.first_key)
        kept = {(each.collection, each.path): each.kept for each in config.indexes.overrides}
        days = {(rule.collection, rule.field): rule.days for rule in config.retention}
        for collection, field in dict.fromkeys((*kept, *days)):
            self._field(collection, field, kept.get((collection, field), ()), days.get((collection, field)))

    def _database(self, config: FirestoreConfig) -> gcp.firestore.Database:
        return gcp.firestore.Database(
            "firestore",
            name=DATABASE,
            project=self._project.project_id,
            location_id=config.location,
            type="FIRESTORE_NATIVE",
            point_in_time_recovery_enablement=_state("POINT_IN_TIME_RECOVERY", config.protect),
            delete_protection_state=_state("DELETE_PROTECTION", config.protect),
            deletion_policy="DELETE",
            opts=pulumi.ResourceOptions(parent=self, protect=config.protect, depends_on=self._project.enabled(*APIS)),
        )

    def _back_up(self) -> None:
        gcp.firestore.BackupSchedule(
            "daily-backup",
            project=self._project.project_id,
            database=self.database.name,
            daily_recurrence={},
            retention=f"{BACKUPS_KEPT}s",
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _release(self, rules: str) -> None:
        ruleset = gcp.firebaserules.Ruleset(
            "rules",
            project=self._project.project_id,
            source={"files": [{"name": "firestore.rules", "content": rules}]},
            opts=pulumi.ResourceOptions(parent=self, depends_on=[self.database]),
        )
        gcp.firebaserules.Release(
            "release",
            name="cloud.firestore",
            project=self._project.project_id,
            ruleset_name=pulumi.Output.concat("projects/", self._project.project_id, "/rulesets/", ruleset.name),
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _index(self, key: str, index: CompositeIndex, *, renamed: bool) -> None:
        made = gcp.firestore.Index(
            key,
            project=self._project.project_id,
            database=self.database.name,
            collection=index.collection,
            query_scope=index.scope,
            fields=[_indexed(field) for field in index.fields],
            opts=pulumi.ResourceOptions(
                parent=self,
                depends_on=self._last,
                aliases=[pulumi.Alias(name=index.first_key)] if renamed else [],
            ),
        )
        self._last = [made]

    def _field(self, collection: str, field: str, kept: Sequence[FieldIndex], days: int | None) -> None:
        ttl = {} if days is None else {"ttl_config": {"expiration_offset": f"{days * 86_400}s"}}
        made = gcp.firestore.Field(
            f"{collection}-{field}",
            project=self._project.project_id,
            database=self.database.name,
            collection=collection,
            field=field,
            index_config={"indexes": [_kept(each) for each in kept]} if kept else {},
            **ttl,
            opts=pulumi.ResourceOptions(parent=self, depends_on=self._last),
        )
        self._last = [made]


def _indexed(field: IndexField) -> dict[str, Any]:
    if field.dimension is not None:
        return {"field_path": field.path, "vector_config": {"dimension": field.dimension, "flat": {}}}
    return {"field_path": field.path, **_way(field.order)}


def _kept(index: FieldIndex) -> dict[str, Any]:
    return {"query_scope": index.scope, **_way(index.order)}


def _way(order: str | None) -> dict[str, str]:
    return {"order": order} if order else {"array_config": "CONTAINS"}


def _state(prefix: str, on: bool) -> str:
    return f"{prefix}_{'ENABLED' if on else 'DISABLED'}"
