"""Stripe's form encoding."""

from __future__ import annotations

from contextlib import suppress
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcloud.saas.stripe import form


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", {}),
        ("a=1&b=two%20words", {"a": "1", "b": "two words"}),
        ("metadata[user_id]=u1&metadata[plan]=", {"metadata": {"user_id": "u1", "plan": ""}}),
        ("items[0][price]=p&items[1][price]=q", {"items": [{"price": "p"}, {"price": "q"}]}),
        ("types[]=a&types[]=b", {"types": ["a", "b"]}),
        ("created[gte]=5", {"created": {"gte": "5"}}),
    ],
)
def test_nested_parameters_come_out_as_they_were_meant(text, found):
    assert form.parse(text) == found


@pytest.mark.parametrize("text", ["[a]=1", "a[b=1", "a]=1", "a=1&a[b]=2"])
def test_a_key_that_is_not_well_formed_is_an_error(text):
    with pytest.raises(ValueError, match="arameter"):
        form.parse(text)


@given(st.text())
def test_no_text_raises_anything_but_a_value_error(text):
    with suppress(ValueError):
        form.parse(text)


@given(st.dictionaries(st.text("abc_", min_size=1), st.text(), max_size=5))
def test_flat_parameters_survive(found):
    assert form.parse(urlencode(found)) == found
