"""The rules by which real providers tell what changes, on made-up facts; `test_mutations` holds them on real ones."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcloud.providers.diff import MANNERS, Change, Kind, Manner, diff
from localcloud.providers.facts import Fact
from localcloud.providers.settling import settled
from localcloud.providers.values import UNKNOWN, Archive, Secret

VALUES = st.recursive(
    st.booleans() | st.integers(-3, 3) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=10,
)
PROPERTIES = st.dictionaries(st.text(min_size=1, max_size=3), VALUES, max_size=4)
LEAF = st.none() | st.integers(1, 3)
FACTS = {
    "required": Fact(required=True),
    "alone": Fact(optional=True),
    "kept": Fact(optional=True, computed=True),
    "defaulted": Fact(optional=True, default=7),
    "fixed": Fact(optional=True, replaces=True),
    "told": Fact(computed=True),
    "set": Fact(optional=True, is_set=True),
    "list": Fact(optional=True),
    "block": Fact(optional=True, fields={"alone": Fact(optional=True), "kept": Fact(optional=True, computed=True)}),
    "parts": Fact(
        optional=True,
        is_set=True,
        fields={
            "name": Fact(required=True),
            "kept": Fact(optional=True, computed=True),
            "fixed": Fact(optional=True, replaces=True),
        },
    ),
}
STATE = {
    "required": 1,
    "alone": 2,
    "kept": 3,
    "defaulted": 4,
    "fixed": 5,
    "told": 6,
    "set": [1, 2, 3],
    "list": [1, 2, 3],
    "block": {"alone": 1, "kept": 2},
    "parts": [{"name": "a", "kept": 1}, {"name": "b", "kept": 2, "fixed": 3}],
}
PROGRAM = {name: value for name, value in STATE.items() if name != "told"}


def changes(program: dict[str, Any], manner: str = "gcp") -> dict[str, tuple[str, bool]]:
    """What changes on STATE, by path: how, and whether it replaces."""
    found = diff(STATE, settled(FACTS, program, STATE), FACTS, manner=MANNERS[manner])
    return {change.path: (change.kind.value, change.replaces) for change in found}


def without(*names: str, **changed: Any) -> dict[str, Any]:
    return {name: value for name, value in {**PROGRAM, **changed}.items() if name not in names}


@given(PROPERTIES)
def test_nothing_differs_from_itself(properties: dict[str, Any]) -> None:
    assert diff(properties, properties, {}) == []


@given(PROPERTIES, PROPERTIES)
def test_the_way_back_touches_the_same_paths(one: dict[str, Any], other: dict[str, Any]) -> None:
    there, back = diff(one, other, {}), diff(other, one, {})
    assert {change.path for change in there} == {change.path for change in back}


@given(st.sets(st.sampled_from(sorted(PROGRAM))))
def test_what_is_left_out_is_kept_removed_or_falls_back_as_its_kind_says(gone: set[str]) -> None:
    expected = {name: ("delete", name in ("fixed", "parts")) for name in gone - {"kept", "defaulted"}}
    if "defaulted" in gone:
        expected["defaulted"] = ("update", False)
    assert changes(without(*gone)) == expected


@given(st.permutations([1, 2, 3]), st.permutations(STATE["parts"]))
def test_the_order_of_a_set_means_nothing(numbers: list[int], parts: list[dict[str, Any]]) -> None:
    assert changes(without(set=list(numbers), parts=list(parts))) == {}


@given(st.permutations([1, 2, 3]))
def test_the_order_of_a_list_does(numbers: list[int]) -> None:
    moved = {f"list[{at}]": ("update", False) for at in range(3) if numbers[at] != STATE["list"][at]}
    assert changes(without(list=numbers)) == moved


@given(st.dictionaries(st.sampled_from(["required", "alone", "kept", "defaulted", "fixed"]), st.integers(1, 9)))
def test_what_changes_is_what_the_program_says_otherwise(news: dict[str, int]) -> None:
    expected = {name: ("update", name == "fixed") for name, value in news.items() if value != STATE[name]}
    assert changes(without(**news)) == expected


@given(st.fixed_dictionaries({}, optional={"alone": LEAF, "kept": LEAF}))
def test_a_second_look_finds_nothing_more(block: dict[str, Any]) -> None:
    once = settled(FACTS, without(block=block), STATE)
    assert diff(once, settled(FACTS, without(block=block), once), FACTS) == []


def test_within_a_block_the_same_rules_hold() -> None:
    assert changes(without(block={"alone": 1})) == {}
    assert changes(without(block={"kept": 2})) == {"block.alone": ("delete", False)}
    assert changes(without(block={})) == {"block.alone": ("delete", False)}


def test_an_item_of_a_set_is_known_by_what_the_program_says_of_it() -> None:
    assert changes(without(parts=[{"name": "b", "fixed": 3}, {"name": "a"}])) == {}
    assert changes(without(parts=[{"name": "a"}])) == {"parts[1]": ("delete", True)}
    assert changes(without(parts=[*STATE["parts"], {"name": "c"}])) == {"parts[2]": ("add", False)}


def test_nothing_and_zero_are_one_to_google_and_two_to_cloudflare() -> None:
    for state in ({"alone": False}, {"alone": 0}, {"alone": ""}, {"alone": []}):
        assert diff(state, {}, FACTS, manner=MANNERS["gcp"]) == []
        assert diff({}, state, FACTS, manner=MANNERS["gcp"]) == []
        assert diff(state, {}, FACTS, manner=MANNERS["cloudflare"]) == [Change("alone", Kind.DELETE)]
    assert diff({"block": {}}, {}, FACTS, manner=MANNERS["gcp"]) == [Change("block", Kind.DELETE)]


@pytest.mark.parametrize(("inherits", "replaces"), [(True, True), (False, False)])
def test_what_lies_in_something_fixed_is_fixed_too_where_the_provider_has_it_so(inherits: bool, replaces: bool) -> None:
    facts = {"a": Fact(optional=True, replaces=True, fields={"b": Fact(optional=True)})}
    found = diff({"a": {"b": 1}}, {"a": {"b": 2}}, facts, manner=Manner(inherits=inherits))
    assert found == [Change("a.b", Kind.UPDATE, replaces)]


def test_each_kind_of_change_is_told_by_its_path() -> None:
    old = {"a": 1, "list": [1, 2], "gone": True, "map": {"x.y": 1}}
    new = {"a": 2, "list": [1, 2, 3], "map": {"x.y": 2}, "new": {}}
    assert diff(old, new, {}) == [
        Change("a", Kind.UPDATE),
        Change("list[2]", Kind.ADD),
        Change("gone", Kind.DELETE),
        Change('map["x.y"]', Kind.UPDATE),
        Change("new", Kind.ADD),
    ]


def test_a_map_that_cannot_change_replaces_with_all_that_is_in_it() -> None:
    facts = {"labels": Fact(optional=True, replaces=True)}
    assert diff({"labels": {"a": ""}}, {"labels": {}}, facts, manner=MANNERS["gcp"]) == [
        Change("labels.a", Kind.DELETE, replaces=True)
    ]


def test_a_default_that_an_older_state_lacks_is_no_change() -> None:
    assert settled({"a": Fact(optional=True, default=1)}, {}, {}) == {}
    assert settled({"a": Fact(optional=True, default=1)}, {}, None) == {"a": 1}


def test_ignored_changes_are_left_out() -> None:
    assert diff({"a": {"b": 1, "c": 1}}, {"a": {"b": 2, "c": 2}}, {}, ["a.b"]) == [Change("a.c", Kind.UPDATE)]
    assert diff({"a": 1}, {"a": 2}, {}, ["*"]) == []


def test_secrecy_engine_notes_and_the_place_of_an_archive_make_no_difference() -> None:
    old = {"key": Secret("k"), "source": Archive({"hash": "1", "path": "a"}), "__defaults": ["name"], "unset": None}
    new = {"key": "k", "source": Archive({"hash": "1", "path": "b"})}
    assert diff(old, new, {}) == []
    assert diff(old, {**new, "source": Archive({"hash": "2", "path": "a"})}, {}) == [Change("source", Kind.UPDATE)]


def test_what_is_not_known_yet_may_change_and_true_is_not_one() -> None:
    fixed = {"a": Fact(optional=True, replaces=True)}
    assert diff({"a": 1}, {"a": UNKNOWN}, fixed) == [Change("a", Kind.UPDATE, replaces=True)]
    assert diff({"a": 1}, {"a": True}, {}) == [Change("a", Kind.UPDATE)]
