"""Asks Firebase which security rules are in force for a project's Firestore."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import requests

from verify.observe.iam import UnansweredError

URL = "https://firebaserules.googleapis.com"
RELEASE = "cloud.firestore"
TIMEOUT = 30.0  # seconds


def ask(project: str, headers: Callable[[], Mapping[str, str]], url: str = URL) -> str | None:
    """Return the text of the released rules, None when none are; raises UnansweredError.

    https://firebase.google.com/docs/reference/rules/rest/v1/projects.releases/get and …/projects.rulesets/get
    """
    release = _answer(f"{url}/v1/projects/{project}/releases/{RELEASE}", headers)
    ruleset = release and _answer(f"{url}/v1/{release.get('rulesetName', '')}", headers)
    if not ruleset:
        return None
    files = (ruleset.get("source") or {}).get("files") or ()
    return "\n".join(str(file.get("content", "")) for file in files)


def _answer(where: str, headers: Callable[[], Mapping[str, str]]) -> dict[str, Any] | None:
    try:
        answer = requests.get(where, headers=dict(headers()), timeout=TIMEOUT)
        body: dict[str, Any] = answer.json()
    except (requests.RequestException, ValueError) as error:
        raise UnansweredError(f"{type(error).__name__}: {error}") from error
    if answer.status_code == requests.codes.not_found:
        return None
    if answer.status_code != requests.codes.ok:
        raise UnansweredError(f"{answer.status_code}: {body.get('error', {}).get('message', 'no reason')}")
    return body
