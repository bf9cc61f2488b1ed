"""Asks Google who holds which role in a project: one question about everything in it, to Cloud Asset Inventory."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import requests

URL = "https://cloudasset.googleapis.com"
PAGE = 500  # policies, the most there are in an answer
TIMEOUT = 30.0  # seconds


class UnansweredError(Exception):
    """Nobody said who holds which role; the message is why."""


def ask(project: str, headers: Callable[[], Mapping[str, str]], url: str = URL) -> list[dict[str, Any]]:
    """Return every policy in the project; raises UnansweredError.

    https://cloud.google.com/asset-inventory/docs/reference/rest/v1/TopLevel/searchAllIamPolicies
    """
    found: list[dict[str, Any]] = []
    page: dict[str, Any] = {"pageSize": PAGE}
    where = f"{url}/v1/projects/{project}:searchAllIamPolicies"
    try:
        while True:
            answer = requests.get(where, params=page, headers=dict(headers()), timeout=TIMEOUT)
            body = answer.json()
            if answer.status_code != requests.codes.ok:
                raise UnansweredError(f"{answer.status_code}: {body.get('error', {}).get('message', 'no reason')}")
            found += body.get("results") or []
            if not body.get("nextPageToken"):
                return found
            page["pageToken"] = body["nextPageToken"]
    except (requests.RequestException, ValueError) as error:
        raise UnansweredError(f"{type(error).__name__}: {error}") from error
