"""Bodies from strangers."""

from __future__ import annotations

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers import strictjson
from handlers.failures import Rejected

values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)


@given(st.dictionaries(st.text(max_size=8), values, max_size=4))
def test_every_json_object_comes_through_unchanged(thing):
    assert strictjson.parse_object(json.dumps(thing, ensure_ascii=False).encode()) == thing
    assert strictjson.parse_object(json.dumps(thing).encode()) == thing


@given(st.binary() | st.text().map(str.encode))
def test_whatever_the_bytes_are_the_answer_is_an_object_or_a_rejection(body):
    with suppress(Rejected):
        assert isinstance(strictjson.parse_object(body), dict)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b'"text"',
        b'{"a":NaN}',
        b'{"a":-Infinity}',
        b'{"a":1e999}',
        b'{"a":1,"a":2}',
        b'{"a":{"b":1,"b":1}}',
        b'{"a":"\\ud800"}',
        b'{"\\udfff":1}',
        b'{"a":["ok",["\\ud83d"]]}',
        b'{"a":"\xff"}',
        '{"a":1}'.encode("utf-16"),
        b'{"a":1}{"b":2}',
        b'{"a":' + b"9" * 5_000 + b"}",
        b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"a":' * 100_000,
    ],
)
def test_what_is_no_clean_object_is_rejected(body):
    with pytest.raises(Rejected) as rejection:
        strictjson.parse_object(body)
    assert rejection.value.status == 400


def test_an_emoji_written_as_a_surrogate_pair_is_welcome():
    assert strictjson.parse_object(b'{"a":"\\ud83d\\ude00"}') == {"a": "😀"}
