"""What Google Cloud refuses about where a resource is and as whom it acts: regions, and service accounts' addresses.

Sources: https://cloud.google.com/run/docs/locations and the references of each API (a region that is not there is
answered 404 or 403 "Location … is not found or access is unauthorized").
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping

from blueprint.places import REGIONS
from localcloud.providers.launch_rules import REFUSED, Case, LaunchRule, Stage
from localcloud.providers.rules import timing
from localcloud.providers.tables.gcp_data import SUBSCRIPTION
from localcloud.providers.tables.gcp_network import ENDPOINTS
from localcloud.providers.tables.gcp_run import JOB, QUEUE, SERVICE, TRIGGER
from localcloud.providers.values import every

PLACED: Mapping[str, str] = {
    SERVICE: "location",
    JOB: "location",
    QUEUE: "location",
    timing.JOB: "region",
    ENDPOINTS: "region",
}
"""Types that lie in one region, with the property that says which."""

ACTING: Mapping[str, tuple[str, ...]] = {
    SERVICE: ("template.serviceAccount",),
    JOB: ("template.template.serviceAccount",),
    TRIGGER: ("serviceAccount",),
    timing.JOB: ("httpTarget.oidcToken.serviceAccountEmail", "httpTarget.oauthToken.serviceAccountEmail"),
    SUBSCRIPTION: ("pushConfig.oidcToken.serviceAccountEmail",),
    QUEUE: ("httpTarget.oidcToken.serviceAccountEmail", "httpTarget.oauthToken.serviceAccountEmail"),
}
"""Types that act as a service account, with the properties that name it."""


def unknown_region(case: Case) -> str | None:
    """Refuse a resource in a region that Google Cloud does not have."""
    place = case.inputs.get(PLACED.get(case.traits.token, ""))
    if not isinstance(place, str) or not place or place in REGIONS:
        return None
    return (
        f'{case.title}: Google Cloud has no region "{place}" (the API answers 404, location not found). Use '
        f"{', '.join(near(place))} or another of https://cloud.google.com/run/docs/locations."
    )


def near(place: str) -> list[str]:
    """Return regions that a place was likely meant to be, or two that are often used."""
    return difflib.get_close_matches(place, REGIONS, n=3) or ["europe-west1", "us-central1"]


def unnamed_account(case: Case) -> str | None:
    """Refuse to act as something that is not a service account's address."""
    for path in ACTING.get(case.traits.token, ()):
        for told in every(case.inputs, path):
            if isinstance(told, str) and told and "@" not in told:
                return (
                    f"{case.title}: {path} is {told}, which is not a service account's address ({REFUSED}). Pass the "
                    f"account's .email, such as {told.rpartition('/')[2]}@acme-app.iam.gserviceaccount.com."
                )
    return None


RULES: tuple[LaunchRule, ...] = (
    LaunchRule("region", Stage.CHECK, "Cloud Run: locations; each API's 404", unknown_region),
    LaunchRule("acting-account", Stage.CHECK, "references of Run, Scheduler, Eventarc, Pub/Sub", unnamed_account),
)
