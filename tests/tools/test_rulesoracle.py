"""The comparison with a foreign engine: what it generates, and what it counts as a difference."""

from random import Random

import pytest

import rules
from rules import Where
from rules.values.kinds import LatLng, Path, Timestamp
from tools.rulesoracle.compare import Difference
from tools.rulesoracle.encoding import encoded, token
from tools.rulesoracle.expressions import _FORMS, Generator
from tools.rulesoracle.refute import satisfies
from tools.rulesoracle.triples import Asked, asked


def test_generated_conditions_compile_and_use_every_form() -> None:
    generator = Generator(Random(3))
    conditions = [generator.condition(3) for _ in range(900)]
    blocks = "\n".join(f"match /c{n}/{{id}} {{ allow read: if {text}; }}" for n, text in enumerate(conditions))
    text = f"rules_version = '2'; service cloud.firestore {{ match /databases/{{database}}/documents {{ {blocks} }} }}"
    assert len(rules.compile(text).rules) == 900
    assert set(generator.used) == {form for forms in _FORMS.values() for form in forms}


def test_each_condition_is_asked_with_one_request_of_each_method() -> None:
    methods = [one.method for one in asked(Random(1), "c", "(resource.data.i) == (1)")]
    assert sorted(methods) == ["create", "delete", "get", "list", "update"]


@pytest.mark.parametrize(
    ("value", "json"),
    [
        (None, {"nullValue": None}),
        (True, {"booleanValue": True}),
        (2**53 + 1, {"integerValue": "9007199254740993"}),
        (1.5, {"doubleValue": 1.5}),
        (b"\xff", {"bytesValue": "/w=="}),
        (Timestamp(1_500_000_000), {"timestampValue": "1970-01-01T00:00:01.500000000Z"}),
        (LatLng(1.0, 2.0), {"geoPointValue": {"latitude": 1.0, "longitude": 2.0}}),
        (Path(("databases", "d", "documents", "a", "b")), {"referenceValue": "projects/p/databases/d/documents/a/b"}),
        ([{"a": "x"}], {"arrayValue": {"values": [{"mapValue": {"fields": {"a": {"stringValue": "x"}}}}]}}),
    ],
)
def test_a_value_is_written_as_the_rest_api_has_it(value: object, json: object) -> None:
    assert encoded(value, "p") == json


def test_a_token_is_unsigned() -> None:
    assert token({"sub": "a"}) == "eyJhbGciOiAibm9uZSIsICJ0eXAiOiAiSldUIn0.eyJzdWIiOiAiYSJ9."


@pytest.mark.parametrize(
    ("where", "stored", "returned"),
    [
        (None, {}, True),
        (Where(("a",), "==", 1), {"a": 1.0}, True),
        (Where(("a",), "==", 1), {}, False),
        (Where(("a",), "!=", 1), {"a": None}, False),
        (Where(("a",), "!=", 1), {"a": "x"}, True),
        (Where(("a",), ">", 1), {"a": "x"}, False),
        (Where(("a",), ">", 1), {"a": 1.5}, True),
        (Where(("a",), "in", [1, 2]), {"a": 2}, True),
        (Where(("a",), "array-contains", 1), {"a": [0, 1]}, True),
        (Where(("a",), "array-contains", 1), {"a": 1}, False),
    ],
)
def test_a_query_returns_what_firestore_would(where: Where | None, stored: dict[str, object], returned: bool) -> None:
    assert satisfies(stored, where) is returned


def test_a_query_that_the_other_engine_allows_wrongly_is_no_difference_of_ours() -> None:
    one = Asked("list", "c", {}, None, None)
    assert Difference("", one, "error", "allow", "").verdict
    assert not Difference("", one, "error", "allow", "", refuted_by={"a": 1}).verdict
    assert not Difference("", one, "error", "false", "").verdict
