"""The engine's events, which it writes line by line with `--json` (Pulumi's apitype.EngineEvent), as values."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from engine.value_changes import ValueChange, unseen_changes, value_changes

SAME = "same"  # the engine's word for a resource that needs nothing
PARTS_OF_REPLACE = frozenset({"create-replacement", "delete-replaced"})  # told beside the "replace" that they make up
VALUED = frozenset({"update", "replace"})  # operations that have a value before and one after
REFRESH = "refresh"  # and for a look at what the cloud holds


@dataclass(frozen=True)
class Step:
    """One resource's operation (`create`, `update`, `same`, …) began (`state` is started), ended or failed.

    `immutable` are the properties for which a resource is replaced, because they cannot be changed in place; `values`
    what changes when a preview ends the step, `unseen` what changes although the engine says that nothing does.
    """

    op: str
    urn: str
    state: str  # started | done | failed
    planning: bool = False
    immutable: tuple[str, ...] = ()
    values: tuple[ValueChange, ...] = ()
    unseen: tuple[ValueChange, ...] = ()

    @property
    def resource(self) -> str:
        """The resource in few words: `queue events`."""
        return title(self.urn)

    @property
    def changes(self) -> bool:
        """Whether the operation changes the resource."""
        return self.op not in (SAME, REFRESH)


@dataclass(frozen=True)
class Diagnostic:
    """Something the engine, the program or a provider said. `urn` is empty when it is about no resource."""

    severity: str  # debug | info | info#err | warning | error
    message: str
    urn: str = ""


@dataclass(frozen=True)
class Summary:
    """The end of an operation: how many resources met each fate."""

    changes: Mapping[str, int]

    @property
    def changed(self) -> int:
        """How many resources did not stay the same."""
        return sum(count for op, count in self.changes.items() if op != SAME)


Event = Step | Diagnostic | Summary


def parse(line: str) -> Event | None:
    """Read one line of the engine's output; None when it tells nothing that we use."""
    try:
        event = json.loads(line)
    except (ValueError, RecursionError):
        return _outside_the_stream(line.strip())
    if not isinstance(event, dict):
        return None
    return next((read(event[kind]) for kind, read in _READERS.items() if kind in event), None)


def title(urn: str) -> str:
    """Return a URN in few words: kind and name, `queue events`; the whole text when it is not a URN.

    A URN is `urn:pulumi:stack::project::parent$type::name`; a type is `package:module/file:Class`.
    """
    parts = urn.split("::", 3)
    if len(parts) < 4:
        return urn
    kind = parts[2].rsplit("$", 1)[-1].rsplit(":", 1)[-1]
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", kind).lower()
    return f"{words} {parts[3]}"


def _outside_the_stream(text: str) -> Diagnostic | None:
    """Read what the engine says before it begins to stream, or when it cannot."""
    if text.startswith("error: "):
        return Diagnostic("error", text.removeprefix("error: "))
    return Diagnostic("info", text) if text else None


def _step(state: str, event: Mapping[str, Any]) -> Step:
    metadata, planning = event["metadata"], bool(event.get("planning"))
    is_told = planning and state == "done" and metadata["op"] in VALUED
    values = value_changes(metadata) if is_told else ()
    unseen = unseen_changes(metadata) if planning and state == "done" and metadata["op"] == SAME else ()
    return Step(metadata["op"], metadata["urn"], state, planning, tuple(metadata.get("keys") or ()), values, unseen)


_READERS: dict[str, Callable[[Mapping[str, Any]], Event]] = {
    "resourcePreEvent": lambda event: _step("started", event),
    "resOutputsEvent": lambda event: _step("done", event),
    "resOpFailedEvent": lambda event: _step("failed", event),
    "diagnosticEvent": lambda event: Diagnostic(event["severity"], event["message"].rstrip(), event.get("urn", "")),
    "errorEvent": lambda event: Diagnostic("error", event["error"].rstrip()),
    "policyEvent": lambda event: Diagnostic(
        "error" if event["enforcementLevel"] == "mandatory" else "warning",
        f"{event['policyName']}: {event['message'].strip()}",
        event.get("resourceUrn", ""),
    ),
    "summaryEvent": lambda event: Summary(event["resourceChanges"]),
}
