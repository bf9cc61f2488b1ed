"""The last lines of a build's log, which Cloud Build writes to Cloud Logging.

https://cloud.google.com/build/docs/securing-builds/store-manage-build-logs: resource type `build`, label `build_id`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from infra import emulator_session

if TYPE_CHECKING:
    import requests

EMULATOR = "CLOUD_LOGGING_EMULATOR_HOST"
SCOPE = "https://www.googleapis.com/auth/logging.read"
LINES = 12
TIMEOUT = 20.0  # seconds


def tail(project: str, build: str, environ: Mapping[str, str]) -> tuple[str, ...]:
    """Return the newest lines of a build's log, the oldest of them first; none where they cannot be read.

    Whoever may build need not be allowed to read logs, so a refusal must not hide why the build failed.
    """
    import requests
    from google.auth.exceptions import GoogleAuthError

    wanted = {
        "resourceNames": [f"projects/{project}"],
        "filter": f'resource.type="build" AND resource.labels.build_id="{build}"',
        "orderBy": "timestamp desc",
        "pageSize": LINES,
    }
    try:
        session, root = _way(project, environ)
        with session:
            answer = session.post(f"{root}/v2/entries:list", json=wanted, timeout=TIMEOUT)
            entries = answer.json().get("entries") or [] if answer.ok else []
        return tuple(str(entry.get("textPayload", "")).rstrip() for entry in reversed(entries))
    except (GoogleAuthError, requests.RequestException, ValueError, AttributeError):
        return ()


def _way(project: str, environ: Mapping[str, str]) -> tuple[requests.Session, str]:
    import google.auth
    from google.auth.transport.requests import AuthorizedSession

    host = environ.get(EMULATOR)
    if host:
        return emulator_session.begun(), f"http://{host}/logging.googleapis.com"
    credentials, _ = google.auth.default(scopes=[SCOPE], quota_project_id=project)
    return AuthorizedSession(credentials), "https://logging.googleapis.com"
