"""Field paths: their text, and what they reach."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcloud.firestore import fieldpaths
from localcloud.firestore.messages import Document, Value
from localcloud.rpc import Refused

names = st.text(min_size=1, max_size=8)
paths_ = st.lists(names, min_size=1, max_size=4).map(tuple)


@given(paths_)
def test_a_path_survives_being_written_and_read(path):
    assert fieldpaths.parse(fieldpaths.text(path)) == path


@pytest.mark.parametrize("text", ["", ".", "a.", ".a", "a..b", "0a", "a b", "`a", "a`b`", "``", "a.`b`c", "ä"])
def test_what_is_not_a_path_is_refused(text):
    with pytest.raises(Refused, match="Invalid property path"):
        fieldpaths.parse(text)


def test_paths_of_more_than_1500_bytes_are_refused():
    with pytest.raises(Refused, match=r"property path is longer than 1500 bytes\."):
        fieldpaths.parse(".".join(["a" * 750, "b" * 750]))


@given(paths_, st.integers(0, 9))
def test_what_was_put_is_found_until_it_is_dropped(path, number):
    fields = Document().fields
    fieldpaths.put(fields, path, Value(integer_value=number))
    assert fieldpaths.get(fields, path) == Value(integer_value=number)
    fieldpaths.drop(fields, path)
    assert fieldpaths.get(fields, path) is None


def test_putting_below_a_scalar_replaces_it_and_dropping_there_does_nothing():
    fields = Document().fields
    fields["a"].integer_value = 1
    fieldpaths.drop(fields, ("a", "b", "c"))
    assert fields["a"].integer_value == 1
    fieldpaths.put(fields, ("a", "b"), Value(boolean_value=True))
    assert fields["a"].map_value.fields["b"].boolean_value


@pytest.mark.parametrize(
    ("paths", "clash"),
    [
        ([("a",), ("b",)], None),
        ([("a", "b"), ("a", "c")], None),
        ([("a", "b"), ("a!",), ("a",)], (("a",), ("a", "b"))),
        ([("a",), ("a",)], (("a",), ("a",))),
    ],
)
def test_paths_conflict_when_one_lies_within_another(paths, clash):
    assert fieldpaths.conflicting(paths) == clash
