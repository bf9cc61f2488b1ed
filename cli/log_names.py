"""Names of services and functions as people write them after --only, and Cloud Logging's filter for them."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from blueprint.suggestion import closest, did_you_mean
from engine.errors import USAGE, LaunchError

NAME = re.compile(r"[A-Za-z][\w-]{0,62}")


def parsed(only: str) -> list[str]:
    """Return the names of a comma list, each once; raises LaunchError for none, or for one that cannot be a name.

    `functions:NAME`, as `firebase deploy --only` has it, means NAME.
    """
    names = [word.strip().removeprefix("functions:") for word in only.split(",") if word.strip()]
    wrong = next((name for name in names if not NAME.fullmatch(name)), None)
    if not names or wrong is not None:
        what = f"--only {only}: {wrong!r} is not a service's name." if wrong else "--only names no service."
        raise LaunchError(what, cure="Write names with commas between, as in --only intake,syncCrm.", code=USAGE)
    return list(dict.fromkeys(names))


def services_of(name: str) -> list[str]:
    """Return the Cloud Run services that a name may stand for: syncCrm for synccrm and for sync-crm.

    A function of the second generation is a service in small letters with `_` as `-` (so gcloud's functions logs read
    asks for it); a service of ours is named in words, as sync-crm is.
    """
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", name).lower().replace("_", "-")
    return list(dict.fromkeys([name.lower().replace("_", "-"), words]))


def found_in(name: str, known: Collection[str]) -> list[str]:
    """Return under which of the known names a service or function goes."""
    return [each for each in dict.fromkeys([name, *services_of(name)]) if each in known]


def require(names: Sequence[str], known: Collection[str], where: str) -> list[str]:
    """Return the known names of each one; raises LaunchError for those that are not known, with near ones."""
    lost = [name for name in names if not found_in(name, known)]
    if not lost:
        return [each for name in names for each in found_in(name, known)]
    forms = [form for name in lost for form in (name, *services_of(name))]
    meant = list(dict.fromkeys(near for form in forms for near in closest(form, known)))
    there = f"There are logs of {', '.join(sorted(known)) or 'nothing yet'}{where}."
    what = f"There is no log of {', '.join(lost)}{did_you_mean(*meant[:3]) or '.'}"
    raise LaunchError(what, cure=there, code=USAGE)


def logging_filter(names: Sequence[str]) -> str:
    """Return Cloud Logging's filter for what services and functions of both generations said; all of them for no names.

    A function of the first generation logs under its own resource type, one of the second as the Cloud Run service
    that it is (docs.cloud.google.com/logging/docs/api/v2/resource-list).
    """
    services, functions = 'resource.type="cloud_run_revision"', 'resource.type="cloud_function"'
    if names:
        ran = dict.fromkeys(service for name in names for service in services_of(name))
        services += f" AND resource.labels.service_name={_any(list(ran))}"
        functions += f" AND resource.labels.function_name={_any(names)}"
    return f"({services}) OR ({functions})"


def _any(names: Sequence[str]) -> str:
    quoted = " OR ".join(f'"{name}"' for name in names)
    return f"({quoted})" if len(names) > 1 else quoted
