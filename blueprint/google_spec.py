"""The Google part of the launch spec: project, place, registered apps."""

from __future__ import annotations

import re
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from blueprint.field_types import AndroidId, AppleId, BillingAccount, Organization, ProjectId, SignInHost
from blueprint.part import Part
from blueprint.places import FIRESTORE_PLACES, Location, Region
from blueprint.suggestion import did_you_mean

RESTRICTED = ("null", "ssl", "undefined")
"""What a new project's id may not hold: https://cloud.google.com/resource-manager/docs/creating-managing-projects."""


class Apps(Part):
    """The Firebase apps to register: Android package, Apple bundle id, and whether there is a web app."""

    android: AndroidId | None = None
    apple: AppleId | None = None
    web: bool = True


class Google(Part):
    """The Google Cloud project. `mode` says whether to create it or to adopt one that exists.

    `firestore_location` is where the database is, the region unless it says otherwise; it can never move.
    `budget` is for a month, in whole units of the billing account's currency; leave it empty for none. `audit_logs`
    are of who read secrets and identities, or of everything. `identity_platform` cannot be undone; `sign_in_domains`
    are then hosts on which people may sign in besides the launch's own, and those that Firebase gives every project.
    `armor` turns everybody but Cloudflare away from the load balancer.
    """

    project: ProjectId
    billing_account: BillingAccount
    region: Region
    firestore_location: Location | None = None
    mode: Literal["create", "existing"] = "create"
    organization: Organization | None = None
    apps: Apps = Apps()
    budget: Annotated[int, Field(ge=1)] | None = 50
    audit_logs: Literal["essential", "full"] = "essential"
    identity_platform: bool = False
    sign_in_domains: tuple[SignInHost, ...] = Field(default=("localhost",), strict=False)
    armor: bool = False

    @property
    def database_location(self) -> str:
        """Where Firestore keeps the data."""
        return self.firestore_location or self.region

    @model_validator(mode="after")
    def _can_be_made(self) -> Self:
        word = next((each for each in RESTRICTED if each in self.project), None)
        if word and self.mode == "create":
            guess = re.sub(r"-+", "-", self.project.replace(word, "")).strip("-")
            raise ValueError(
                f'project "{self.project}" holds "{word}", and Google makes no project with that in its id; choose '
                f"another, or set mode to existing{did_you_mean(*[guess] if re.match('[a-z].{5}', guess) else [])}"
            )
        return self

    @model_validator(mode="after")
    def _has_a_place_for_its_data(self) -> Self:
        if self.database_location not in FIRESTORE_PLACES:
            raise ValueError(
                f"firestore_location is missing: Firestore keeps no data in {self.region}; name a place near it, such "
                "as eur3 or europe-west1. It can never move"
            )
        return self

    @model_validator(mode="after")
    def _keeps_the_hosts_of_those_who_sign_in(self) -> Self:
        if self.identity_platform and self.mode == "existing" and "sign_in_domains" not in self.model_fields_set:
            raise ValueError(
                "sign_in_domains is missing: it replaces the list that the project has, and nobody could sign in on a "
                "host that it leaves out; copy it from Firebase's console (Authentication, Settings, Authorized "
                "domains), localhost too if it is there"
            )
        return self
