"""What the rules probe's answers mean for an app: which of them are findings, told once a place."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Protocol

from triage.model import Hit, Sure

PRIVATE = re.compile(
    r"(?i)user|profile|account|member|customer|order|payment|invoice|billing|subscri|ticket|message|chat|conversation"
    r"|address|notification|booking|contact|private|medical|health|token|secret|wallet|cart|device|admin"
)
ACCOUNTS = re.compile(
    r"(?i)^(\w*users?|\w*profiles?|\w*accounts?|members?|customers?|people|staff|drivers?|vendors?|sellers?)$"
)
ANYBODY = ("stranger",)
SIGNED_IN = ("user", "anonymous", "unverified")
WRITES = ("create", "update", "delete")


class Proof(Protocol):
    """A request that the rules allow, and the line of the `allow` that does."""

    @property
    def line(self) -> int:
        """The line, from 1."""
        ...


class Answer(Protocol):
    """One question of the probe with its answer: `status` is yes, depends or no."""

    @property
    def id(self) -> str:
        """Which question, dotted: who and what."""
        ...

    @property
    def target(self) -> str:
        """The path of the rules."""
        ...

    @property
    def status(self) -> object:
        """Yes, depends or no."""
        ...

    @property
    def proof(self) -> Proof | None:
        """The request that shows it."""
        ...


def hits(answers: Iterable[Answer]) -> Iterator[Hit]:
    """Yield what is wrong with the rules, one finding for each kind of trouble at each path and line."""
    told: set[tuple[str, str, int]] = set()
    asked = list(answers)
    open_to_all = (one for one in asked if one.id.startswith("stranger.") and _is_yes(one))
    strangers = {(one.target, one.id.partition(".")[2]) for one in open_to_all}
    for answer in asked:
        if answer.id.partition(".")[0] in SIGNED_IN and (answer.target, answer.id.partition(".")[2]) in strangers:
            continue  # what strangers may do has been told as such
        found = _meaning(answer)
        if found is None or answer.proof is None:
            continue
        check, words = found
        key = (words, answer.target, answer.proof.line)
        if key not in told:
            told.add(key)
            sure = Sure.CERTAIN if str(answer.status) == "yes" else Sure.LIKELY
            yield Hit(
                check, answer.proof.line, answer.target, f"{words} {answer.target}.", str(answer.proof)[:300], sure
            )


def _is_yes(answer: Answer) -> bool:
    return str(answer.status) == "yes"


def _collections(target: str) -> list[str]:
    """Return the names of the collections in a path of the rules, without its variables."""
    return [part for part in target.strip("/").split("/") if part and not part.startswith("{")]


def _meaning(answer: Answer) -> tuple[str, str] | None:
    """Return the check and the words for an answer that is trouble."""
    who, _, what = answer.id.partition(".")
    status = str(answer.status)
    if status == "no":
        return None
    if who in {"raise", "server"}:
        last = (_collections(answer.target) or ["users"])[-1]
        if not ACCOUNTS.search(last):
            return None
        return "rules.weak", "A user can write what only the back end may decide at"
    if who == "billing":
        return "rules.weak", "Any signed-in user can read another's billing at"
    if who in {"date", "dates", "clock"}:
        return "rules.weak", "A date decides at"
    return _access(who, what, answer.target) if status == "yes" else None


def _access(who: str, what: str, target: str) -> tuple[str, str] | None:
    """Return the trouble with whoever may do something to what is not theirs; what is public may be read by all."""
    private = "=**}" in target or any(PRIVATE.search(name) for name in _collections(target))
    if what not in WRITES and not private:
        return None
    deed = "write" if what in WRITES else "read"
    if who in ANYBODY:
        return "rules.open", f"Anyone, signed in or not, can {deed} what is at"
    if who in SIGNED_IN:
        return "rules.weak", f"Any signed-in user can {deed} what is not theirs at"
    return None
