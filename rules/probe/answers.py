"""An answer of the probe, and the request that proves it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from rules.request import Combined, Request, Where
from rules.values.kinds import Path, Timestamp

_LONG = 200
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Status(StrEnum):
    """`yes`: whatever is stored; `depends`: only with certain stored data; `no`: no way was found."""

    YES = "yes"
    DEPENDS = "depends"
    NO = "no"


@dataclass(frozen=True, slots=True)
class Proof:
    """A request that is allowed: the line of the `allow`, the request, and the documents it needs, by path."""

    line: int
    request: Request
    stored: Mapping[tuple[str, ...], Mapping[str, Any]]

    def __str__(self) -> str:
        request = self.request
        who = "nobody signed in" if request.auth is None else f"uid {request.auth.uid}"
        text = f"{request.method} {short(request.path)} as {who}"
        if request.data is not None:
            text += f" with {shown(request.data)}"
        if request.query.where is not None:
            text += f" where {asked(request.query.where)}"
        for path, data in self.stored.items():
            text += f"; stored at {short(path)}: {shown(data)}"
        return f"{text} (allowed by line {self.line})"


@dataclass(frozen=True, slots=True)
class Answer:
    """One question, what came out, and the shortest proof found where it is not `no`.

    `id` is stable and dotted, such as `stranger.get`; `target` is the path of the rules with its variables.
    """

    id: str
    target: str
    question: str
    status: Status
    proof: Proof | None = None

    def __str__(self) -> str:
        return f"{self.question} {self.status}" + ("" if self.proof is None else f": {self.proof}")


def asked(where: Where | Combined) -> str:
    """The filter of a query as a person writes it."""
    if isinstance(where, Where):
        return f"{'.'.join(where.field)} {where.operator} {shown(where.value)}"
    return f" {where.operator} ".join(asked(one) for one in where.filters)


def short(path: tuple[str, ...]) -> str:
    """A path from the root of its database."""
    return "/".join(path[3:])


def shown(value: Any) -> str:
    """A value of rules as a person writes it."""
    match value:
        case dict():
            return "{" + ", ".join(f"{key}: {shown(item)}" for key, item in value.items()) + "}"
        case list():
            return "[" + ", ".join(shown(item) for item in value) + "]"
        case Path():
            return str(value)
        case Timestamp():
            return f"{_EPOCH + timedelta(microseconds=value.nanos // 1000):%Y-%m-%dT%H:%M:%SZ}"
        case None | bool():
            return {None: "null", True: "true", False: "false"}[value]
        case str() if len(value) > _LONG:
            return f"a text of {len(value)} characters"
        case _:
            return repr(value)
