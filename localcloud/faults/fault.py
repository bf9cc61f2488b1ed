"""What a fault is: its kinds, which stand-in it affects, and for how long."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

TARGETS = ("stripe", "crm", "helpdesk", "mailer", "firestore", "tasks", "secretmanager")
LONGEST = 3_600.0  # seconds that a fault may stay on, so that a forgotten one heals by itself
USUAL = 600.0
SLOW = 5.0  # seconds
MAX_MATCHES = 8


class Kind(StrEnum):
    """What happens to a call. LATE and HOLD_AFTER act and then keep the answer back; CUT acts and breaks it off."""

    SLOW = "slow"  # 5 s late, and then as usual
    RESET = "reset"  # the connection is reset, nothing was done
    TOO_MANY = "429"
    INTERNAL = "500"
    UNAVAILABLE = "503"
    CUT = "cut"  # done, and the answer ends in its middle
    LATE = "late"  # done, and nobody hears of it: the caller runs into its time-out
    HOLD = "hold"  # waits until it is switched off, and goes on as usual
    HOLD_AFTER = "hold-after"  # done, and the answer waits until it is switched off

    @property
    def status(self) -> int | None:
        """The HTTP status that is answered at once, nothing done; None for the kinds that answer none."""
        return int(self.value) if self.value.isdecimal() else None


class FaultError(ValueError):
    """It is not a fault that can be switched on; the message says why and what is possible."""


@dataclass(frozen=True)
class Fault:
    """A fault of one stand-in. A call meets it when each of `match` occurs in its text.

    The text of an HTTP call is `METHOD PATH` and its body, that of a gRPC call its caller, its method and its message
    as protobuf text. `times` limits how many calls meet it (0: every one), `seconds` how long it stays on.
    """

    target: str
    kind: Kind
    match: tuple[str, ...] = ()
    times: int = 0
    seconds: float = USUAL
    id: int = 0

    def __post_init__(self) -> None:
        if self.target not in TARGETS:
            raise FaultError(f"there is no stand-in {self.target!r}; the stand-ins are {', '.join(TARGETS)}")
        if not 0 < self.seconds <= LONGEST:
            raise FaultError(f"seconds is {self.seconds:g}; a fault stays on for more than 0 and at most {LONGEST:g}")
        if self.times < 0:
            raise FaultError(f"times is {self.times}; 0 means every call, a larger number that many")
        if len(self.match) > MAX_MATCHES or not all(self.match):
            raise FaultError(f"match holds at most {MAX_MATCHES} texts, none of them empty")

    def befalls(self, text: str) -> bool:
        """Tell whether a call with this text meets the fault."""
        return all(part in text for part in self.match)


def parse(wanted: Mapping[str, Any]) -> Fault:
    """Return the fault that JSON describes; raises FaultError naming what is wrong."""
    unknown = sorted(set(wanted) - {"target", "kind", "match", "times", "seconds"})
    if unknown:
        raise FaultError(f"unknown: {', '.join(unknown)}; a fault has target, kind, match, times and seconds")
    match, times, seconds = wanted.get("match", []), wanted.get("times", 0), wanted.get("seconds", USUAL)
    if not (isinstance(match, list) and all(isinstance(each, str) for each in match)):
        raise FaultError("match must be a list of texts")
    if isinstance(times, bool) or not isinstance(times, int):
        raise FaultError("times must be a whole number")
    if isinstance(seconds, bool) or not isinstance(seconds, (int, float)):
        raise FaultError("seconds must be a number")
    return Fault(str(wanted.get("target")), _kind(wanted.get("kind")), tuple(match), times, float(seconds))


def _kind(value: Any) -> Kind:
    try:
        return Kind(value)
    except ValueError:
        raise FaultError(f"there is no fault {value!r}; the kinds are {', '.join(Kind)}") from None
