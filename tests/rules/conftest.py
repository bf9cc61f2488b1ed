"""A condition, asked on its own: what it comes to, and why."""

from collections.abc import Callable
from typing import Any

import pytest

import rules
from rules import Auth, Query, Request, Verdict, document
from rules.values.kinds import Timestamp

NOW = Timestamp(1_800_000_000 * 10**9)
TEXT = """rules_version = '2';
service cloud.firestore {{
  match /databases/{{database}}/documents {{
    {functions}
    match /things/{{id}} {{ allow read, write: if {condition}; }}
  }}
}}"""


class Stored:
    """Documents by path from the root, such as `users/alice`."""

    def __init__(self, before: dict[str, Any], after: dict[str, Any] | None = None) -> None:
        self._before = before
        self._after = before if after is None else after

    def get(self, path: tuple[str, ...]) -> Any:
        return self._before.get("/".join(path[3:]))

    def get_after(self, path: tuple[str, ...]) -> Any:
        return self._after.get("/".join(path[3:]))


Ask = Callable[..., Verdict]


@pytest.fixture
def stored() -> type[Stored]:
    return Stored


@pytest.fixture
def now() -> Timestamp:
    return NOW


@pytest.fixture
def ask() -> Ask:
    """Ask a condition of a request for `things/one`: a create where data is given, else a get or a list."""

    def _ask(
        condition: str,
        functions: str = "",
        data: dict[str, Any] | None = None,
        before: dict[str, Any] | None = None,
        auth: Auth | None = None,
        query: Query | None = None,
        documents: dict[str, Any] | None = None,
    ) -> Verdict:
        ruleset = rules.compile(TEXT.format(condition=condition, functions=functions))
        method = "list" if query is not None else "get" if data is None else "create" if before is None else "update"
        path = document("things" if query is not None else "things/one")
        known = {**(documents or {}), **({} if before is None else {"things/one": before})}
        return ruleset.evaluate(Request(method, path, auth, NOW, data, query or Query()), Stored(known))

    return _ask


@pytest.fixture
def comes_to(ask: Ask) -> Callable[..., str]:
    """What a condition comes to: `allow`, `false` or `error`."""

    def _comes_to(condition: str, **given: Any) -> str:
        return str(ask(condition, **given).statements[0].outcome)

    return _comes_to
