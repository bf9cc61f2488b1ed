from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from localcloud.providers.diff import Change, Kind, diff
from localcloud.providers.values import UNKNOWN, Archive, Secret

VALUES = st.recursive(
    st.booleans() | st.integers(-3, 3) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=10,
)
PROPERTIES = st.dictionaries(st.text(min_size=1, max_size=3), VALUES, max_size=4)


@given(PROPERTIES)
def test_nothing_differs_from_itself(properties: dict[str, Any]) -> None:
    assert diff(properties, properties, ()) == []


@given(PROPERTIES, PROPERTIES)
def test_the_way_back_touches_the_same_paths(one: dict[str, Any], other: dict[str, Any]) -> None:
    there, back = diff(one, other, ()), diff(other, one, ())
    assert [change.path for change in there if change.kind is Kind.UPDATE] == [
        change.path for change in back if change.kind is Kind.UPDATE
    ]
    assert {change.path for change in there} == {change.path for change in back}


def test_each_kind_of_change_is_told_by_its_path() -> None:
    old = {"a": 1, "list": [1, 2], "gone": True, "map": {"x.y": 1}}
    new = {"a": 2, "list": [1, 2, 3], "map": {"x.y": 2}, "new": {}}
    assert diff(old, new, ()) == [
        Change("a", Kind.UPDATE),
        Change("list[2]", Kind.ADD),
        Change("gone", Kind.DELETE),
        Change('map["x.y"]', Kind.UPDATE),
        Change("new", Kind.ADD),
    ]


def test_a_property_that_cannot_change_replaces_with_all_below_it() -> None:
    old = {"managed": {"domains": ["a"]}, "http": {"method": "GET", "path": "/"}}
    new = {"managed": {"domains": ["b"]}, "http": {"method": "POST", "path": "/x"}}
    found = {change.path: change.replaces for change in diff(old, new, ("managed", "http.method"))}
    assert found == {"managed.domains[0]": True, "http.method": True, "http.path": False}


def test_a_name_that_begins_alike_is_another_property() -> None:
    assert not diff({"names": 1}, {"names": 2}, ("name",))[0].replaces


def test_ignored_changes_are_left_out() -> None:
    assert diff({"a": {"b": 1, "c": 1}}, {"a": {"b": 2, "c": 2}}, (), ["a.b"]) == [Change("a.c", Kind.UPDATE)]
    assert diff({"a": 1}, {"a": 2}, (), ["*"]) == []


def test_secrecy_engine_notes_and_the_place_of_an_archive_make_no_difference() -> None:
    old = {"key": Secret("k"), "source": Archive({"hash": "1", "path": "a"}), "__defaults": ["name"], "unset": None}
    new = {"key": "k", "source": Archive({"hash": "1", "path": "b"})}
    assert diff(old, new, ()) == []
    assert diff(old, {**new, "source": Archive({"hash": "2", "path": "a"})}, ()) == [Change("source", Kind.UPDATE)]


def test_what_is_not_known_yet_may_change_and_true_is_not_one() -> None:
    assert diff({"a": 1}, {"a": UNKNOWN}, ("a",)) == [Change("a", Kind.UPDATE, replaces=True)]
    assert diff({"a": 1}, {"a": True}, ()) == [Change("a", Kind.UPDATE)]
