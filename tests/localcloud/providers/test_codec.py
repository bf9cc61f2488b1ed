from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcloud.providers.codec import SIGNATURE, UNKNOWN_STRING, UNKNOWNS, decode, encode, from_json, to_json
from localcloud.providers.values import (
    UNKNOWN,
    Archive,
    Asset,
    Reference,
    Secret,
    at,
    every,
    has_secret,
    hide_like,
    is_unknown,
    leaves,
    plain,
)

TEXTS = st.text(max_size=12).filter(lambda text: text not in UNKNOWNS)
KEYS = TEXTS.filter(lambda key: key != SIGNATURE)
NUMBERS = st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False).filter(
    lambda number: not number.is_integer()
)
HASHES = st.from_regex(r"[0-9a-f]{64}", fullmatch=True)
ASSETS = st.builds(lambda digest, text: Asset({"hash": digest, "text": text}), HASHES, TEXTS)
FOLDERS = st.builds(lambda digest, path: Archive({"hash": digest, "path": path}), HASHES, TEXTS)
ARCHIVES = st.recursive(
    FOLDERS,
    lambda inner: st.builds(
        lambda digest, assets: Archive({"hash": digest}, assets),
        HASHES,
        st.dictionaries(KEYS, inner | ASSETS, max_size=3),
    ),
    max_leaves=4,
)
REFERENCES = st.builds(lambda urn, id_: Reference({"urn": urn, "id": id_, "packageVersion": ""}), TEXTS, TEXTS)
KNOWN = st.none() | st.booleans() | NUMBERS | TEXTS | ASSETS | ARCHIVES | REFERENCES


def nested(leaf: st.SearchStrategy[Any], *, secrets: bool) -> st.SearchStrategy[Any]:
    wrapped = leaf | st.builds(Secret, leaf) if secrets else leaf
    return st.recursive(
        wrapped,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
        max_leaves=12,
    )


@given(st.dictionaries(KEYS, nested(KNOWN | st.just(UNKNOWN), secrets=True), max_size=4))
def test_what_is_encoded_decodes_to_the_same(properties: dict[str, Any]) -> None:
    assert decode(encode(properties)) == properties


@given(st.dictionaries(KEYS, nested(KNOWN, secrets=False), max_size=4))
def test_what_the_world_keeps_comes_back_the_same(properties: dict[str, Any]) -> None:
    assert from_json(to_json(properties)) == properties


@given(nested(KNOWN, secrets=True))
def test_a_plain_value_hides_again_what_was_secret(value: Any) -> None:
    hidden = hide_like(plain(value), value)
    assert hidden == value
    assert not has_secret(plain(value))


def test_the_world_keeps_secrets_in_plain_and_refuses_what_is_not_known() -> None:
    assert to_json({"value": Secret({"inner": Secret("s")})}) == {"value": {"inner": "s"}}
    with pytest.raises(ValueError, match="zoneId is not known yet"):
        to_json({"zoneId": [UNKNOWN]})


def test_whole_numbers_become_integers_and_others_stay() -> None:
    decoded = decode(encode({"ttl": 300.0, "rate": 0.5}))
    assert decoded == {"ttl": 300, "rate": 0.5}
    assert isinstance(decoded["ttl"], int)
    assert not math.isclose(decoded["rate"], 0)


def test_output_values_are_understood() -> None:
    signed = {SIGNATURE: "d0e6a833031e9bbcd3f4e8bde6ca49a4"}
    wire = {"known": {**signed, "value": 1, "secret": True}, "open": signed}
    assert from_json(wire) == {"known": Secret(1), "open": UNKNOWN}


def test_an_unknown_signature_is_refused() -> None:
    with pytest.raises(ValueError, match="does not know"):
        from_json({"value": {SIGNATURE: "ffff"}})


def test_paths_go_through_lists_and_end_at_what_is_unknown() -> None:
    value = {"a": [{"b": 1}, {"b": Secret(2)}, {}], "c": UNKNOWN, "d": {"e": ["x", "y"]}}
    assert every(value, "a.b") == [1, 2]
    assert every(value, "c.anything") == [UNKNOWN]
    assert every(value, "d.e") == [["x", "y"]]
    assert leaves(value, "d.e") == ["x", "y"]
    assert at(value, "a.b") == 1
    assert at(value, "nothing.here") is None


def test_unknowns_are_found_at_any_depth() -> None:
    assert is_unknown({"a": [Secret(UNKNOWN)]})
    assert not is_unknown({"a": [1, UNKNOWN_STRING]})
