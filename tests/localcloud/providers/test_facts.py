"""The table of facts covers what the installed SDK has, and names only what is there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from handlers.service_manifest import SERVICE_MANIFESTS
from infra.delivery_permissions import BILLING, POOLS
from localcloud.iam import ROLES as KNOWN
from localcloud.providers.bounds import broken_exclusions, broken_facts, choices, worded
from localcloud.providers.facts import Exclusion, Fact, Facts, exclusions_of, facts_of, unchecked
from localcloud.providers.packages import PACKAGES
from localcloud.providers.rules.grants import permissions, predefined_roles
from localcloud.providers.schema import Schema, Shape, Type
from localcloud.providers.values import UNKNOWN

TOKENS = [token for package in PACKAGES for token in package.traits]


@pytest.mark.parametrize("token", TOKENS)
def test_every_property_is_in_the_table_or_listed_as_not_checked(own_clouds: Any, token: str) -> None:
    schema = schema_of(own_clouds, token)
    missing = set(untold(schema.inputs, facts_of(token), schema, ""))
    listed = set(unchecked().get(token, {}))
    assert {path for path in missing if not is_below(path, listed)} == set()
    assert {path for path in listed if not any(is_below(one, {path}) for one in missing)} == set()


@pytest.mark.parametrize("token", TOKENS)
def test_the_table_names_only_what_the_sdk_has(own_clouds: Any, token: str) -> None:
    schema = schema_of(own_clouds, token)
    assert set(beyond(schema.inputs, facts_of(token), schema, "")) == set()
    steps = [path for one in exclusions_of(token) for path in one.paths]
    assert {path for path in steps if fact_at(facts_of(token), path) is None} == set()


def test_each_omission_has_a_reason() -> None:
    assert all(reason for paths in unchecked().values() for reason in paths.values())
    assert set(unchecked()) <= set(TOKENS)


def test_what_the_sdk_requires_is_required_by_the_table(own_clouds: Any) -> None:
    for token in TOKENS:
        told = {name for name in schema_of(own_clouds, token).inputs.required if not facts_of(token)[name].required}
        assert told == set(), token


def test_a_type_that_nobody_knows_has_no_facts() -> None:
    assert facts_of("gcp:nothing/at:All") == {}
    assert exclusions_of("gcp:nothing/at:All") == ()


def test_the_lists_of_roles_and_permissions_hold_those_that_the_project_uses() -> None:
    used = {*POOLS.values(), *BILLING.values(), *KNOWN}
    assert {role for role in used if role not in predefined_roles()} == set()
    wanted = {each for service in SERVICE_MANIFESTS.values() for each in service.permissions} | {
        each for held in KNOWN.values() for each in held
    }
    assert {each for each in wanted if each not in permissions()} == set()
    assert len(predefined_roles()) > 2_000


FACTS: Facts = {
    "kind": Fact(optional=True, enum=("a", "b")),
    "count": Fact(optional=True, range=(1, 9)),
    "title": Fact(optional=True, length=(1, 3)),
    "items": Fact(optional=True, items=(1, 2), enum=("a", "b")),
    "told": Fact(computed=True),
    "one": Fact(optional=True, needs=("other",)),
    "map": Fact(optional=True, is_map=True, fields={"kind": Fact(optional=True, enum=("a",))}),
    "block": Fact(optional=True, fields={"kind": Fact(optional=True, enum=("a",))}),
}


@pytest.mark.parametrize(
    ("properties", "path", "words"),
    [
        ({"kind": "c"}, "kind", "use one of a, b"),
        ({"count": 10}, "count", "use 1 to 9"),
        ({"title": "long"}, "title", "4 characters"),
        ({"items": []}, "items", "0 are given"),
        ({"items": ["a", "x"]}, "items[1]", "use one of"),
        ({"told": "x"}, "told", "leave it out"),
        ({"one": 1}, "one", "without other"),
        ({"map": {"x.y": {"kind": "b"}}}, 'map["x.y"].kind', "use one of a"),
        ({"block": [{"kind": "a"}, {"kind": "b"}]}, "block[1].kind", "use one of a"),
    ],
)
def test_what_breaks_a_fact_is_told_with_its_place(properties: dict[str, Any], path: str, words: str) -> None:
    (failure,) = broken_facts(properties, FACTS)
    assert failure.path == path
    assert words in failure.reason


def test_what_is_unknown_or_fits_passes() -> None:
    fitting = {"kind": UNKNOWN, "count": 9, "title": "abc", "items": ["a", UNKNOWN], "one": 1, "other": 2, "more": 3}
    assert list(broken_facts(fitting, FACTS)) == []


@pytest.mark.parametrize(
    ("kind", "given", "is_met"),
    [
        ("one", {}, False),
        ("one", {"a": 1}, True),
        ("one", {"a": 1, "b": UNKNOWN}, False),
        ("some", {}, False),
        ("some", {"a": 1, "b": 1}, True),
        ("apart", {}, True),
        ("apart", {"a": 1, "b": 1}, False),
    ],
)
def test_an_exclusion_holds_where_what_it_lies_in_is_there(kind: str, given: dict[str, Any], is_met: bool) -> None:
    exclusion = Exclusion(kind, ("list.a", "list.b"))
    assert (list(broken_exclusions({"list": [given]}, (exclusion,))) == []) is is_met
    assert list(broken_exclusions({}, (exclusion,))) == []
    assert (list(broken_exclusions(given, (Exclusion(kind, ("a", "b")),))) == []) is is_met


def test_bounds_and_choices_are_put_into_words() -> None:
    assert worded((None, 5)) == "at most 5"
    assert worded((1, None)) == "at least 1"
    assert worded((0, 2_147_483_647)) == "0 to 2147483647"
    many = tuple(f"ALIGN_{number}" for number in range(20))
    assert choices("ALIGN_7x", many).startswith("did you mean ALIGN_7")
    assert choices("zzz", many) == "use one of 20 values, such as ALIGN_0"


def schema_of(clouds: Any, token: str) -> Schema:
    found: Schema = clouds[token.partition(":")[0]].schemas[token]
    return found


def untold(shape: Shape, facts: Facts, schema: Schema, path: str) -> Iterator[str]:
    """Yield the properties of a shape that no fact tells of."""
    for name, kind in shape.properties.items():
        here = f"{path}.{name}".lstrip(".")
        inner = innermost(kind)
        if name not in facts:
            yield here
        elif inner.kind == "object":
            yield from untold(schema.types[inner.name], facts[name].fields, schema, here)


def beyond(shape: Shape | None, facts: Facts, schema: Schema, path: str) -> Iterator[str]:
    """Yield the facts of what the shape does not have."""
    for name, fact in facts.items():
        here = f"{path}.{name}".lstrip(".")
        if shape is None or name not in shape.properties:
            yield here
        else:
            yield from beyond(schema.types.get(innermost(shape.properties[name]).name), fact.fields, schema, here)


def innermost(kind: Type) -> Type:
    return innermost(kind.of) if kind.of else kind


def is_below(path: str, roots: set[str]) -> bool:
    return any(path == root or path.startswith(f"{root}.") for root in roots)


def fact_at(facts: Facts, path: str) -> Fact | None:
    first, _, rest = path.partition(".")
    fact = facts.get(re.sub(r"\[\d+\]", "", first))
    return fact_at(fact.fields, rest) if fact and rest else fact
