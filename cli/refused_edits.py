"""Edits of a spec that no cloud can make on a stack that is up: refused before anything happens, with the way there."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from blueprint import protection
from blueprint.spec import Spec
from engine.errors import USAGE, LaunchError
from engine.home import Home
from engine.pulumi import Pulumi

LOCATIONS = "https://firebase.google.com/docs/firestore/locations"


def require_possible(home: Home, wanted: Spec, pulumi: Pulumi) -> None:
    """Return when the stack that is up, if one is, can become what is `wanted`; raises LaunchError with the steps."""
    refused = refusal(_outputs(home, pulumi), wanted, home)
    if refused:
        raise refused


def refusal(before: Mapping[str, Any], wanted: Spec, home: Home) -> LaunchError | None:
    """Return why a stack with these outputs (none for one that was never up) cannot become what is `wanted`."""
    return (
        _lost(before, wanted, home)
        or _moved(before, wanted, home)
        or _swapped(before, wanted, home)
        or _unguarded(before, wanted, home)
    )


def _lost(before: Mapping[str, Any], wanted: Spec, home: Home) -> LaunchError | None:
    """Refuse to make everything a second time, where the state is another one than that of the last `up`."""
    if before or home.is_local or not home.outputs.exists():
        return None
    place = f"gs://{wanted.state.bucket}" if wanted.state else "the place that `pulumi login` leads to"
    return LaunchError(
        f"Stack {home.stack} was up, as {home.outputs} shows, but its state in {place} knows nothing of it.",
        "Another bucket is another state: this would make everything a second time, beside what is there.",
        f"Set state in {_file(home)} back. To really move it, copy it first: gcloud storage cp -r gs://OLD/.pulumi "
        f"gs://NEW. If the stack was destroyed from another machine, delete {home.outputs} and run this again.",
        USAGE,
    )


def _moved(before: Mapping[str, Any], wanted: Spec, home: Home) -> LaunchError | None:
    """Refuse what Google can never change."""
    file = _file(home)
    for name, key, why, cure in _FIXED:
        old, new = before.get(name), getattr(wanted.google, name)
        if old and old != new:
            return LaunchError(
                f"{file}: google.{key} is {new}, but this stack is up with {old}, which cannot be changed.",
                why,
                f"Set google.{key} back to {old}. {_START_AGAIN if home.plays_people else cure}",
                USAGE,
            )
    return None


def _swapped(before: Mapping[str, Any], wanted: Spec, home: Home) -> LaunchError | None:
    """Refuse a zone that would change its part in one step: Cloudflare has one zone of a name in an account (1061)."""
    old, others = str(before.get("domain", wanted.domain)), _others(before)
    swapped = [zone for zone in (old, *others) if zone in ({*wanted.other_domains} if zone == old else {wanted.domain})]
    if not swapped:
        return None
    zone = swapped[0]
    return LaunchError(
        f"{_file(home)}: {zone} would become {'a further domain' if zone == old else 'the domain'} in one step.",
        "Its zone would be made a second time before the first one goes, and Cloudflare takes each name once.",
        f"Take two steps: leave {zone} out of the spec and run ./launch up{home.flag}; then name it in its new place "
        f"and run that again. Between them {zone} is not served.",
        USAGE,
    )


def _unguarded(before: Mapping[str, Any], wanted: Spec, home: Home) -> LaunchError | None:
    """Refuse to leave a zone that is protected: deleting it takes all its records, those made by hand too."""
    zones = {str(before["domain"]), *_others(before)} if before.get("domain") else set()
    left = sorted(zones - {wanted.domain, *wanted.other_domains})
    if not left or not any(f"DNS zone {zone}" in before.get("protected", ()) for zone in left):
        return None
    return LaunchError(
        f"{_file(home)}: {left[0]} is no longer in the spec, and its zone is protected.",
        f"The zone would be deleted with all its records: web, API and mail of {left[0]} would stop.",
        f"If that is meant, take three steps. 1: name {left[0]} as before, set protect to false, run "
        f"{protection.up(home.flag)}. 2: leave {left[0]} out, run that again. 3: set protect to true, run "
        f"./launch up{home.flag}.",
        USAGE,
    )


def _others(before: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(str(other["domain"]) for other in before.get("other_domains", ()))


def _file(home: Home) -> str:
    return f"Pulumi.{home.stack}.yaml"


_START_AGAIN = "In the rehearsal you can also start again: ./launch destroy, then ./launch up."
_FIXED = (
    (
        "region",
        "region",
        f"A Firestore database never moves ({LOCATIONS}): it would be deleted, with all its documents and backups.",
        "To really move: export the data (gcloud firestore export), bring up a new project in the other region as a "
        "stack of its own, import the data there, and then point the domain to it.",
    ),
    (
        "database_location",
        "firestore_location",
        f"A Firestore database never moves ({LOCATIONS}): it would be deleted, with all its documents and backups.",
        "To really move: export the data (gcloud firestore export), bring up a new project with the database in the "
        "other place as a stack of its own, import the data there, and then point the domain to it.",
    ),
    (
        "project",
        "project",
        "A project id is for ever: another one is another project, and this one would be deleted, with all its data.",
        "To really change: bring up the other project as a stack of its own, move the data there, and then point the "
        "domain to it.",
    ),
)


def _outputs(home: Home, pulumi: Pulumi) -> Mapping[str, Any]:
    """Return the outputs of the last `up`: by the file beside the local cloud, or for real clouds by their state."""
    if not home.is_local:
        return pulumi.outputs()
    found: dict[str, Any] = json.loads(home.outputs.read_text()) if home.outputs.exists() else {}
    return found
