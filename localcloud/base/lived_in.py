"""What a founder had before the launch: in a rehearsal, what the spec calls existing is there, as a real one would be.

A project with billing, the apps with what consoles add to them, the database where it is said to be, and a zone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from blueprint.records import DnsRecord
from localcloud.base import lived_in_zone
from localcloud.base.world import OUTSIDE, Resource, World

PROJECT = "gcp:organizations/project:Project"
FIRST_NUMBER = 100_000_000_001
FINGERPRINT = "a1:b2:c3:d4:e5:f6:07:18:29:3a:4b:5c:6d:7e:8f:90:a1:b2:c3:d4"
PLAIN_DATABASE = {
    "appEngineIntegrationMode": "DISABLED",
    "concurrencyMode": "PESSIMISTIC",
    "databaseEdition": "STANDARD",
    "deleteProtectionState": "DELETE_PROTECTION_DISABLED",
    "deletionPolicy": "ABANDON",
    "earliestVersionTime": "2026-01-01T00:00:00Z",
    "pointInTimeRecoveryEnablement": "POINT_IN_TIME_RECOVERY_DISABLED",
    "uid": "11111111-2222-4333-8444-555555555555",
    "versionRetentionPeriod": "3600s",
}
SITE = "gcp:firebase/hostingSite:HostingSite"
RULESET, RELEASE = "gcp:firebaserules/ruleset:Ruleset", "gcp:firebaserules/release:Release"
RELEASED = "Release/release"  # how the program names the release of the security rules
BEFORE = "11111111-2222-4333-8444-666666666666"  # the name of the ruleset that was in force


@dataclass(frozen=True)
class Existing:
    """The project, who pays for it, the ids of its registered apps, where its database is, and the zones.

    `adopted` is the spec's `adopt`: resource of the program → id. Zones in it are those of `domains`, the launch's own
    first, in `cloudflare_account`; `published` are all records of the launch. `is_there` says whether the project is: a
    zone may be older than it. `rules` is the text that the adopted release of security rules releases.
    """

    project: str
    billing_account: str
    location: str
    android: str | None
    apple: str | None
    adopted: Mapping[str, str]
    domains: tuple[str, ...] = ()
    cloudflare_account: str = ""
    published: tuple[DnsRecord, ...] = ()
    is_there: bool = True
    rules: str = ""


def furnish(world: World, existing: Existing) -> list[str]:
    """Put into the world what is not there yet, and return the ids of what was put."""
    missing = [row for row in _rows(existing, _number(world)) if world.resource(row.type, row.id) is None]
    for row in missing:
        world.put(row)
    return [row.id for row in missing]


def _number(world: World) -> str:
    taken = [int(found.outputs["number"]) for found in world.resources(PROJECT)]
    return str(max(taken, default=FIRST_NUMBER - 1) + 1)


def _rows(existing: Existing, number: str) -> Iterator[Resource]:
    if existing.is_there:
        yield from _of_the_project(existing, number)
    yield from lived_in_zone.furnished(
        existing.domains, existing.cloudflare_account, existing.adopted, existing.published
    )


def _of_the_project(existing: Existing, number: str) -> Iterator[Resource]:
    named = {"projectId": existing.project, "name": existing.project, "billingAccount": existing.billing_account}
    yield _row(PROJECT, f"projects/{existing.project}", named, {"number": number, "deletionPolicy": "PREVENT"})
    for key, type_, properties in _adoptable(existing):
        id_ = existing.adopted.get(key)
        if id_:
            yield _row(type_, id_, {"project": existing.project, **properties}, _told(type_, id_))
    for key, id_ in existing.adopted.items():
        if key.startswith("HostingSite/"):
            yield _site(existing.project, id_)
    if released := existing.adopted.get(RELEASED):
        yield from _rules(existing, released)


def _site(project: str, id_: str) -> Resource:
    site = id_.rpartition("/")[2]
    told = {"name": f"projects/{project}/sites/{site}", "defaultUrl": f"https://{site}.web.app", "type": "DEFAULT_SITE"}
    return _row(SITE, id_, {"project": project, "siteId": site}, told)


def _rules(existing: Existing, release: str) -> Iterator[Resource]:
    source = {"files": [{"name": "firestore.rules", "content": existing.rules}]}
    ruleset = f"projects/{existing.project}/rulesets/{BEFORE}"
    yield _row(RULESET, ruleset, {"project": existing.project, "source": source}, {"name": BEFORE})
    named = {"project": existing.project, "name": release.rpartition("/releases/")[2], "rulesetName": ruleset}
    yield _row(RELEASE, release, named, {})


def _adoptable(existing: Existing) -> Iterable[tuple[str, str, Mapping[str, Any]]]:
    return (
        (
            "AndroidApp/android",
            "gcp:firebase/androidApp:AndroidApp",
            {"packageName": existing.android, "displayName": "The app as it is", "sha1Hashes": [FINGERPRINT]},
        ),
        (
            "AppleApp/apple",
            "gcp:firebase/appleApp:AppleApp",
            {
                "bundleId": existing.apple,
                "displayName": "The app as it is",
                "teamId": "A1B2C3D4E5",
                "appStoreId": "1234567890",
            },
        ),
        ("WebApp/web", "gcp:firebase/webApp:WebApp", {"displayName": "The app as it is"}),
        (
            "Database/firestore",
            "gcp:firestore/database:Database",
            {"name": "(default)", "locationId": existing.location, "type": "FIRESTORE_NATIVE"},
        ),
    )


def _told(type_: str, id_: str) -> Mapping[str, Any]:
    """Return what a cloud tells of a resource besides its inputs, as its API does for one that is made by hand."""
    return PLAIN_DATABASE if type_.endswith("Database") else {"appId": id_.rpartition("/")[2], "name": id_}


def _row(type_: str, id_: str, inputs: Mapping[str, Any], told: Mapping[str, Any]) -> Resource:
    given = {name: value for name, value in inputs.items() if value is not None}
    return Resource(type_, id_, OUTSIDE, given, {"deletionPolicy": "DELETE", **given, **told})
