"""What the probe's answers mean for an app: which of them are risks, told once a place and line, with what to do."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from rules.probe.answers import Answer, Proof, Status

PRIVATE = re.compile(
    r"(?i)user|profile|account|member|customer|order|payment|invoice|billing|subscri|ticket|message|chat|conversation"
    r"|address|notification|booking|contact|private|medical|health|token|secret|wallet|cart|device|admin"
)
"""Names of collections whose documents are not meant for everyone to read."""
ACCOUNTS = re.compile(
    r"(?i)^(\w*users?|\w*profiles?|\w*accounts?|members?|customers?|people|staff|drivers?|vendors?|sellers?)$"
)
"""Names of collections whose documents decide what their owners may do."""
WRITES = frozenset({"create", "update", "delete"})
_SIGNED_IN = frozenset({"user", "anonymous", "unverified"})


class Level(StrEnum):
    """`anybody` and `open` have to be closed; `loose` is for a person to weigh."""

    ANYBODY = "anybody"
    OPEN = "open"
    LOOSE = "loose"


@dataclass(frozen=True, slots=True)
class Risk:
    """One thing that the rules allow and should not: in words, its proof, and what to do. `id` is the question's."""

    id: str
    target: str
    level: Level
    words: str
    proof: Proof
    fix: str
    is_certain: bool

    @property
    def line(self) -> int:
        """The line of the `allow` that lets it happen."""
        return self.proof.line


OWNER = (
    "Compare the caller with the owner, as in `request.auth.uid == userId`; close what no app needs with `if false`."
)
FIELDS = (
    "Name what a user may change: `request.resource.data.diff(resource.data).affectedKeys().hasOnly(['name'])`, and "
    "ask the same of the keys at creation. Let a service write the rest."
)
DATE = "Ask who calls instead of when: a date opens or closes everything in one night."
UNNAMED = "Name every key: `request.resource.data.keys().hasOnly(['title', 'text'])`."
LARGE = "Bound every text: `request.resource.data.text.size() <= 20000`, and allow no maps or lists without a bound."
UNCHECKED = "If this has to come from a known person, ask for `request.auth.token.email_verified == true`."
_LOOSE = {
    "loose.unknown": ("A user can put any field into a document of their own at", UNNAMED),
    "loose.large": ("A user can put 900 kB into a document of their own at", LARGE),
    "own.anonymous": ("An anonymous user can write their own document at", UNCHECKED),
    "own.unverified": ("A user with an unverified address can write their own document at", UNCHECKED),
}


def risks(answers: Iterable[Answer]) -> Iterator[Risk]:
    """Yield every risk, in the order of the answers; what strangers may do is not told again of users."""
    asked = list(answers)
    strangers = {(one.target, _what(one)) for one in asked if _who(one) == "stranger" and one.status == Status.YES}
    told: set[tuple[str, str, int]] = set()
    for answer in asked:
        if _who(answer) in _SIGNED_IN and (answer.target, _what(answer)) in strangers:
            continue
        meaning = _meaning(answer)
        if meaning is None or answer.proof is None:
            continue
        level, words, fix = meaning
        key = (words, answer.target, answer.proof.line)
        if key not in told:
            told.add(key)
            sure = answer.status == Status.YES
            yield Risk(answer.id, answer.target, level, f"{words} {answer.target}.", answer.proof, fix, sure)


def _who(answer: Answer) -> str:
    return answer.id.partition(".")[0]


def _what(answer: Answer) -> str:
    return answer.id.partition(".")[2]


def collections(target: str) -> list[str]:
    """Return the names of the collections in a path of the rules, without its variables."""
    return [part for part in target.strip("/").split("/") if part and not part.startswith("{")]


def _meaning(answer: Answer) -> tuple[Level, str, str] | None:
    who = _who(answer)
    if answer.status == Status.NO:
        return None
    if who in {"raise", "server"}:
        last = (collections(answer.target) or ["users"])[-1]
        words = "A user can write what only the back end may decide at"
        return (Level.OPEN, words, FIELDS) if ACCOUNTS.search(last) else None
    if who == "closed":
        return Level.OPEN, "A user can write what only the services write at", FIELDS
    if who == "billing":
        return Level.OPEN, "Any signed-in user can read another's billing at", OWNER
    if who == "date":
        return Level.OPEN, "A date decides at", DATE
    if answer.status != Status.YES:
        return None
    if who in {"loose", "own"}:
        return _loose(answer)
    return _access(who, _what(answer), answer.target)


def _loose(answer: Answer) -> tuple[Level, str, str] | None:
    words, fix = _LOOSE[".".join(answer.id.split(".")[:2])]
    return Level.LOOSE, words, fix


def _access(who: str, what: str, target: str) -> tuple[Level, str, str] | None:
    """Return the risk of someone who may do something to what is not theirs; what is public may be read by all."""
    private = "=**}" in target or any(PRIVATE.search(name) for name in collections(target))
    if what not in WRITES and not private:
        return None
    deed = "write" if what in WRITES else "read"
    if who == "stranger":
        return Level.ANYBODY, f"Anyone, signed in or not, can {deed} what is at", OWNER
    return Level.OPEN, f"Any signed-in user can {deed} what is not theirs at", OWNER
