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


def service_of(name: str) -> str:
    """Return the Cloud Run service of a function of the second generation: in small letters, `_` as `-`.

    So gcloud asks for its logs (googlecloudsdk, functions logs read); a Cloud Run service's own name stays what it is.
    """
    return name.lower().replace("_", "-")


def found_in(name: str, known: Collection[str]) -> str:
    """Return under which of the known names a service or function goes, nothing when under none."""
    return next((each for each in (name, service_of(name)) if each in known), "")


def require(names: Sequence[str], known: Collection[str], where: str) -> list[str]:
    """Return the known name of each one; raises LaunchError for those that are not known, with near ones."""
    lost = [name for name in names if not found_in(name, known)]
    if not lost:
        return [found_in(name, known) for name in names]
    meant = dict.fromkeys(near for name in lost for near in [*closest(name, known), *closest(service_of(name), known)])
    what = f"There is no log of {', '.join(lost)}"
    there = f"There are logs of {', '.join(sorted(known)) or 'nothing yet'}{where}."
    raise LaunchError(f"{what}{did_you_mean(*list(meant)[:3]) or '.'}", cure=there, code=USAGE)


def logging_filter(names: Sequence[str]) -> str:
    """Return Cloud Logging's filter for what services and functions of both generations said; all of them for no names.

    A function of the first generation logs under its own resource type, one of the second as the Cloud Run service
    that it is (docs.cloud.google.com/logging/docs/api/v2/resource-list).
    """
    services, functions = 'resource.type="cloud_run_revision"', 'resource.type="cloud_function"'
    if names:
        ran = dict.fromkeys(each for name in names for each in (name, service_of(name)) if each == service_of(each))
        services += f" AND resource.labels.service_name={_any(list(ran))}"
        functions += f" AND resource.labels.function_name={_any(names)}"
    return f"({services}) OR ({functions})"


def _any(names: Sequence[str]) -> str:
    quoted = " OR ".join(f'"{name}"' for name in names)
    return f"({quoted})" if len(names) > 1 else quoted
