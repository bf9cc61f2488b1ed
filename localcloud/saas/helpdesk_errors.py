"""How the helpdesk refuses, in Zendesk's shapes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class HelpdeskError(Exception):
    """A refusal in Zendesk's shape."""

    def __init__(self, status: int, body: Mapping[str, Any]) -> None:
        super().__init__(str(body))
        self.status = status
        self.body = dict(body)


def invalid(field: str, description: str, error: str) -> HelpdeskError:
    """Return the refusal of a record whose `field` is wrong."""
    details = {field: [{"description": description, "error": error}]}
    return HelpdeskError(422, {"error": "RecordInvalid", "description": "Record validation errors", "details": details})


def not_done(said: str) -> HelpdeskError:
    """Return the refusal of what only the real Zendesk does; `said` goes on after "The rehearsal's helpdesk"."""
    description = f"The rehearsal's helpdesk {said}."
    return HelpdeskError(501, {"error": "NotInTheRehearsal", "description": description})


def not_found() -> HelpdeskError:
    """Return the refusal of a record that is not there, or not any more."""
    return HelpdeskError(404, {"error": "RecordNotFound", "description": "Not found"})
