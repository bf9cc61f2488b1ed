"""Every row of the tables against the schema that the installed SDK really has."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from localcloud.providers import introspect
from localcloud.providers.packages import PACKAGES
from localcloud.providers.schema import Schema, Schemas, Shape, Type, from_json, to_json
from localcloud.providers.traits import Limit, Traits, between, broken_limits, like, one_of, render
from localcloud.providers.values import UNKNOWN

ROWS = [(package.name, row) for package in PACKAGES for row in package.traits.values()]
MOMENT = {"number", "now", "uuid", "hex32", "serial", "previous"}


@pytest.fixture(scope="module")
def known(schemas: Path) -> dict[str, Schema]:
    folders = {package.name: Schemas(schemas / "tables" / package.name, introspect.schema) for package in PACKAGES}
    return {row.token: folders[package][row.token] for package, row in ROWS}


def test_all_types_of_the_launch_are_there() -> None:
    assert len(ROWS) >= 64
    assert len({row.token for _, row in ROWS}) == len(ROWS)


def test_rows_name_only_properties_that_exist(known: dict[str, Schema]) -> None:
    for _, row in ROWS:
        schema = known[row.token]
        named = {*row.minted, *row.computed, *row.defaults, *row.unique, *row.autonames, *(g.path for g in row.guards)}
        strange = named - {*schema.inputs.properties, *schema.outputs}
        paths = {*(limit.path for limit in row.limits), *(parent.path for parent in row.parents)}
        assert not strange | {path for path in paths if not reaches(schema, path)}, row.token


def test_ids_are_made_of_what_is_always_there(known: dict[str, Schema]) -> None:
    for row in (row for _, row in ROWS if isinstance(row.id, str)):
        always = {*known[row.token].inputs.required, *row.autonames, *row.minted, *row.computed, *row.defaults, *MOMENT}
        assert not set(re.findall(r"{(\w+)}", row.id)) - always, row.token


def test_every_row_says_where_it_comes_from() -> None:
    assert all(row.source for _, row in ROWS)


def test_parents_are_types_with_rows() -> None:
    tokens = {row.token for _, row in ROWS}
    assert {kind for _, row in ROWS for parent in row.parents for kind in parent.kinds} <= tokens


def test_every_launch_rule_says_where_it_comes_from() -> None:
    rules = [rule for package in PACKAGES for rule in package.rules]
    assert all(rule.source for rule in rules)
    assert len({(package.name, rule.name) for package in PACKAGES for rule in package.rules}) == len(rules)


def test_schemas_are_the_sdks_and_come_back_from_json(known: dict[str, Schema]) -> None:
    service = known["gcp:cloudrunv2/service:Service"]
    assert service.inputs.required == {"location", "template"}
    assert service.outputs["urls"] == Type("array", Type("string"))
    containers = service.types[service.inputs.properties["template"].name].properties["containers"]
    assert containers.of is not None
    assert "image" in service.types[containers.of.name].required
    assert known["gcp:storage/bucketObject:BucketObject"].inputs.properties["source"] == Type("file")
    assert known["cloudflare:index/zoneSetting:ZoneSetting"].inputs.properties["value"] == Type("any")
    for schema in known.values():
        assert from_json(json.loads(json.dumps(to_json(schema)))) == schema


def test_a_type_that_the_sdk_lacks_is_no_schema() -> None:
    with pytest.raises(LookupError, match="no resource type gcp:run/nothing:Nothing"):
        introspect.schema("gcp:run/nothing:Nothing")


def test_a_damaged_cache_is_made_anew(tmp_path: Path) -> None:
    made: list[str] = []

    def look(token: str) -> Schema:
        made.append(token)
        return Schema(token, Shape({"a": Type("string")}, frozenset({"a"})))

    first = Schemas(tmp_path, look)["x:y/z:Z"]
    assert Schemas(tmp_path, look)["x:y/z:Z"] == first
    assert made == ["x:y/z:Z"]
    next(tmp_path.iterdir()).write_text("{")
    assert Schemas(tmp_path, look)["x:y/z:Z"] == first
    assert made == ["x:y/z:Z"] * 2


def test_templates_keep_types_and_wait_for_what_is_unknown() -> None:
    known = {"a": 1, "b": "x", "later": UNKNOWN}
    assert render("{a}", known) == 1
    assert render("{a}-{b}", known) == "1-x"
    assert render(["{b}", {"c": "{a}"}, 5, "{}"], known) == ["x", {"c": 1}, 5, "{}"]
    assert render("{b}{later}", known) == UNKNOWN
    assert render(lambda values: values["a"] + 1, known) == 2
    with pytest.raises(KeyError):
        render("{missing}", known)


@pytest.mark.parametrize(
    ("limit", "good", "bad"),
    [
        (one_of("x", "a", "b"), ["a", UNKNOWN], ["c", 1]),
        (between("x", 60, 86400, besides=(1,)), [1, 60, 86400], [0, 2, 59, 86401, "60"]),
        (like("x", r"\d+s", "seconds"), ["10s"], ["10", 10, "10s\n"]),
    ],
)
def test_limits_let_pass_what_the_api_takes(limit: Limit, good: list[object], bad: list[object]) -> None:
    assert all(limit.admits(value) for value in good)
    assert not any(limit.admits(value) for value in bad)


def test_limits_reach_into_lists() -> None:
    row = Traits("t", "{id}", "here", limits=(one_of("rules.action", "block"), one_of("regions", "EUROPE")))
    found = broken_limits(row, {"rules": [{"action": "block"}, {"action": "x"}], "regions": ["EUROPE", "MARS"]})
    assert [value for _, value in found] == ["x", "MARS"]


def reaches(schema: Schema, path: str) -> bool:
    """Tell whether a path leads through the schema; below what it knows no more of, anything goes."""
    shape = schema.inputs
    for name in path.split("."):
        if name not in shape.properties and not (shape is schema.inputs and name in schema.outputs):
            return False
        inner = next((kind for kind in _inside(shape.properties.get(name)) if kind.kind == "object"), None)
        if inner is None:
            return True
        shape = schema.types[inner.name]
    return True


def _inside(kind: Type | None) -> Iterator[Type]:
    while kind is not None:
        yield kind
        kind = kind.of
