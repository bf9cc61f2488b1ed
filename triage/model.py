"""The values that triage speaks: a check, what one file gives away, a finding with its check, and the whole report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import Any

from blueprint.finding import Finding, Status


class Step(IntEnum):
    """The first hour's eight steps, in their order."""

    CONSOLE = 1
    PAYMENTS = 2
    CRM = 3
    SUPPORT = 4
    RELEASE = 5
    SECRETS = 6
    EVENTS = 7
    MONITORING = 8


STEP_TITLES: Mapping[Step, str] = {
    Step.CONSOLE: "Console errors",
    Step.PAYMENTS: "Payment webhooks missing or doubled",
    Step.CRM: "CRM sync",
    Step.SUPPORT: "Support intake with an audit trail",
    Step.RELEASE: "Release build and stale configuration",
    Step.SECRETS: "Environment and secrets",
    Step.EVENTS: "Duplicate or missing events in the logs",
    Step.MONITORING: "Monitoring and alert fatigue",
}


class Cause(StrEnum):
    """The six root causes of busywork, lost events and leaks."""

    CLIENT_WRITES = "Client-side third-party writes"
    NO_WEBHOOK = "Missing webhook handling"
    WEAK_RULES = "Weak rules"
    DUPLICATES = "Duplicate processing"
    RACES = "Offline races"
    NO_USER_ID = "A schema without a shared user id"


class Sure(StrEnum):
    """How sure a finding is: the code shows it, or it is a likely reading of the code."""

    CERTAIN = "certain"
    LIKELY = "likely"


@dataclass(frozen=True)
class Check:
    """One question that triage asks, with all that can be said about it beforehand.

    `weight` (1 to 100) orders findings by harm; `first_pass` is true for what stops duplicates and restores syncing,
    false for the data model and the tooling; `config` is what to paste into the launch spec, when there is something.
    """

    id: str
    title: str
    step: Step
    weight: int
    why: str
    expected: str
    fix: str
    part: str
    cause: Cause | None = None
    status: Status = Status.FAIL
    first_pass: bool = True
    config: str = ""


@dataclass(frozen=True)
class Hit:
    """A check's answer about one place of a file (`line` from 1, 0 for the whole file)."""

    check: str
    line: int
    subject: str
    observed: str
    evidence: str = ""
    sure: Sure = Sure.CERTAIN


@dataclass(frozen=True)
class Name:
    """A named string of the code: what it is called, where, the vendor host in it, the names it is made from."""

    name: str
    line: int
    host: str = ""
    refers: tuple[str, ...] = ()


@dataclass(frozen=True)
class Write:
    """A write to a Firestore collection: its method and its top-level fields (none when they are not literal)."""

    collection: str
    line: int
    method: str
    keys: tuple[str, ...] = ()
    by: str = ""


@dataclass(frozen=True)
class FileFacts:
    """What one file gives away by itself; a pure function of its bytes and of its kind, so it can be cached."""

    hits: tuple[Hit, ...] = ()
    names: tuple[Name, ...] = ()
    used: tuple[Name, ...] = ()
    writes: tuple[Write, ...] = ()
    events: tuple[tuple[str, int], ...] = ()
    exempt: tuple[tuple[int, str, str, str], ...] = ()
    vendors: tuple[str, ...] = ()
    broken: bool = False

    def to_dict(self) -> dict[str, Any]:
        """Return the facts as plain JSON values, without what is empty."""
        plain = {
            "hits": [[h.check, h.line, h.subject, h.observed, h.evidence, h.sure] for h in self.hits],
            "names": [[n.name, n.line, n.host, list(n.refers)] for n in self.names],
            "used": [[n.name, n.line, n.host, list(n.refers)] for n in self.used],
            "writes": [[w.collection, w.line, w.method, list(w.keys), w.by] for w in self.writes],
            "events": [list(event) for event in self.events],
            "exempt": [list(one) for one in self.exempt],
            "vendors": list(self.vendors),
            "broken": self.broken,
        }
        return {key: value for key, value in plain.items() if value}

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> FileFacts:
        """Read facts back from their JSON values; raises KeyError, TypeError or ValueError when they are not such."""
        return cls(
            tuple(Hit(row[0], row[1], row[2], row[3], row[4], Sure(row[5])) for row in plain.get("hits", ())),
            tuple(Name(row[0], row[1], row[2], tuple(row[3])) for row in plain.get("names", ())),
            tuple(Name(row[0], row[1], row[2], tuple(row[3])) for row in plain.get("used", ())),
            tuple(Write(row[0], row[1], row[2], tuple(row[3]), row[4]) for row in plain.get("writes", ())),
            tuple((str(name), int(line)) for name, line in plain.get("events", ())),
            tuple((int(a), str(b), str(c), str(d)) for a, b, c, d in plain.get("exempt", ())),
            tuple(plain.get("vendors", ())),
            bool(plain.get("broken", False)),
        )


@dataclass(frozen=True)
class Found:
    """A finding together with the check that made it and how sure it is."""

    finding: Finding
    check: Check
    sure: Sure = Sure.CERTAIN

    @property
    def key(self) -> str:
        """What stays the same when lines move: check, file, subject."""
        return f"{self.check.id}|{self.finding.path or ''}|{self.finding.subject}"


@dataclass(frozen=True)
class Exemption:
    """A finding that somebody has accepted in a comment, with the reason and the last day it holds (ISO date)."""

    path: str
    line: int
    check: str
    until: str
    reason: str


@dataclass(frozen=True)
class Unchecked:
    """Something that could not be looked at: what, and why."""

    step: Step
    what: str
    why: str


@dataclass(frozen=True)
class Flow:
    """Data that goes from one place to another: `ok`, `risk` (arrives unsafely) or `leak`, and what was seen of it."""

    start: str
    end: str
    state: str
    words: str


@dataclass(frozen=True)
class Report:
    """All that a triage found out about one app."""

    root: str
    found: tuple[Found, ...]
    unchecked: tuple[Unchecked, ...] = ()
    checked: Mapping[Step, tuple[str, ...]] = field(default_factory=dict)
    exempted: tuple[tuple[Found, Exemption], ...] = ()
    flows: tuple[Flow, ...] = ()
    files: int = 0
    bytes: int = 0
    seconds: float = 0.0
