"""A handover as plain values, and what differs between two of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from checklists.handover import Handover
from checklists.lines import Line, Result

GOOD = (Result.PASS, Result.NA)
FORM = 1  # of the values; one that differs in form cannot be compared


class SnapshotError(ValueError):
    """A file is no handover as values; the message says why."""


@dataclass(frozen=True)
class Difference:
    """One thing that is not as it was: an item's state, or a value that the handover shows. `worse` items alarm."""

    what: str
    before: str
    after: str
    worse: bool = False


def snapshot(handover: Handover) -> dict[str, Any]:
    """Return the handover as JSON values: its launch, every item with its result and evidence, the values it shows."""
    return {
        "form": FORM,
        "subject": handover.subject.to_values(),
        "made_at": handover.made_at.isoformat(timespec="seconds"),
        "commit": handover.commit,
        "items": {line.item.id: _item(line) for line in handover.lines},
        "values": dict(_flat("", handover.outputs.model_dump(mode="json", exclude={"alerts"}))),
    }


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[Difference, ...]:
    """Return what differs, items first; raises SnapshotError when one of the two is no handover as values."""
    for one in (before, after):
        if not isinstance(one, Mapping) or one.get("form") != FORM:
            raise SnapshotError("this is not a handover as `./launch checklist` writes it (HANDOVER.json)")
    return (*_of_items(before["items"], after["items"]), *_of_values(before, after))


def _item(line: Line) -> dict[str, Any]:
    evidence, signed = line.evidence, line.signoff
    return {
        "title": line.item.title,
        "level": line.item.level.value,
        "owner": line.item.owner.value,
        "by": "human" if line.by_hand else "machine",
        "command": line.command,
        "expected": line.expected,
        "state": line.state.value,
        "result": line.result.value,
        "reason": line.reason or line.void,
        "ready": line.ready,
        "evidence": evidence.file if evidence else "",
        "sha256": evidence.digest if evidence else "",
        "taken_at": evidence.taken_at.isoformat(timespec="seconds") if evidence else "",
        "commit": evidence.commit if evidence else "",
        "valid_until": line.valid_until.isoformat(timespec="seconds") if line.valid_until else "",
        "signed": f"{signed.by}, {signed.at}" if signed and not line.signature_is_void else "",
        "waived_until": line.waiver.until.isoformat() if line.waiver else "",
        "shown": line.shown,
    }


def _of_items(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Difference]:
    for item in dict.fromkeys((*before, *after)):
        was, is_ = before.get(item), after.get(item)
        if was is None or is_ is None:
            yield Difference(item, was["state"] if was else "was not there", is_["state"] if is_ else "is gone")
        elif (was["state"], was["waived_until"]) != (is_["state"], is_["waived_until"]):
            worse = was["ready"] and not is_["ready"]
            yield Difference(item, _stood(was), _stood(is_), worse)
        elif was["shown"] != is_["shown"]:
            yield Difference(item, _stood(was), f"{_stood(is_)}, with other values")


def _stood(item: Mapping[str, Any]) -> str:
    waived = f", waived until {item['waived_until']}" if item["waived_until"] else ""
    reason = f" ({item['reason']})" if item["reason"] and not item["ready"] else ""
    return f"{item['state']}{waived}{reason}"


def _of_values(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Difference]:
    was, is_ = before["values"] | before["subject"], after["values"] | after["subject"]
    for name in dict.fromkeys((*was, *is_)):
        if was.get(name) != is_.get(name):
            yield Difference(name, str(was.get(name, "was not there")), str(is_.get(name, "is gone")))


def _flat(path: str, value: Any) -> Iterator[tuple[str, str]]:
    """Yield the values in a tree by where they stand, lists by their place."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _flat(f"{path}.{key}" if path else str(key), inner)
    elif isinstance(value, list):
        for place, inner in enumerate(value, 1):
            yield from _flat(f"{path}.{place}", inner)
    else:
        yield path, str(value)
