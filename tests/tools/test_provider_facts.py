"""The tool that holds a list of facts against our table: names, types, and each difference."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from localcloud.providers.schema import Schema, Shape, Type
from tools.provider_facts.__main__ import main
from tools.provider_facts.comparing import differences
from tools.provider_facts.reading import named, ours

SCHEMA = Schema(
    "test:index:Thing",
    Shape(
        {
            "retryCount": Type("integer"),
            "policies": Type("array", Type("object", name="Policy")),
            "labels": Type("map", Type("string")),
            "headers": Type("map", Type("object", name="Policy")),
            "enabled": Type("boolean"),
            "statuses": Type("array", Type("string")),
            "account": Type("string"),
            "zone": Type("string"),
        }
    ),
    types={"Policy": Shape({"action": Type("string")})},
)


def test_names_are_pulumis_in_the_plural_where_the_sdk_has_it_so() -> None:
    names = ("retry_count", "policy", "labels", "status", "unknown_thing")
    assert [named(name, SCHEMA.inputs) for name in names] == [
        "retryCount",
        "policies",
        "labels",
        "statuses",
        "unknownThing",
    ]


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        (
            {"retry_count": {"optional": True, "default": "3", "range": ["IntBetween", "0", "5"]}},
            {"retryCount": {"default": 3, "range": [0, 5]}},
        ),
        ({"retry_count": {"optional": True, "range": ["AtLeast", "1"]}}, {"retryCount": {"range": [1, None]}}),
        (
            {"enabled": {"computed": True, "optional": True, "default": "false"}},
            {"enabled": {"is": "kept", "default": False}},
        ),
        (
            {
                "policy": {
                    "required": True,
                    "set": True,
                    "min_items": 1,
                    "fields": {"action": {"enum": ["b", "a"], "force_new": True, "required": True}},
                }
            },
            {
                "policies": {
                    "is": "required",
                    "items": [1, None],
                    "set": True,
                    "fields": {"action": {"is": "required", "replaces": True, "enum": ["a", "b"]}},
                }
            },
        ),
        (
            {"headers": {"optional": True, "fields": {"action": {"optional": True}}}},
            {"headers": {"map": True, "fields": {"action": {}}}},
        ),
        ({"status": {"optional": True, "range": ["SizeAtMost", "4"]}}, {"statuses": {"items": [None, 4]}}),
        ({"account": {"optional": True, "enum": ["zone"]}, "zone": {"optional": True}}, {"account": {}, "zone": {}}),
        ({"etag": {"computed": True}}, {}),
        (
            {"retry_count": {"optional": True, "required_with": ["policy.0.account"]}},
            {"retryCount": {"needs": ["account"]}},
        ),
    ],
)
def test_facts_are_put_into_our_form(told: dict[str, Any], kept: dict[str, Any]) -> None:
    assert ours(told, SCHEMA) == kept


def test_each_difference_is_told_by_its_path() -> None:
    mine = {"a": {"enum": [1]}, "gone": {}, "b": {"fields": {"c": {"replaces": True}}}}
    theirs = {"a": {"enum": [1, 2]}, "new": {}, "b": {"fields": {"c": {}}}}
    assert list(differences(mine, theirs)) == [
        "a: enum is [1] in our table, and [1, 2] in the file",
        "b.c: replaces is True in our table, and not said in the file",
        "gone: in our table, and not in the file",
        "new: in the file, and not in our table",
    ]


def test_a_newer_list_is_held_against_our_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    newer = {"source": "9.0", "types": {"gcp:pubsub/topic:Topic": {"name": {"required": True, "force_new": True}}}}
    file = tmp_path / "newer.json"
    file.write_text(json.dumps(newer))
    assert main([str(file)]) == 1
    told = capsys.readouterr().out
    assert "gcp:pubsub/topic:Topic labels: in our table, and not in the file" in told
    assert "gcp:kms/keyRing:KeyRing is in our table, and not in the file" in told


def test_a_file_of_another_form_is_told_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "other.json"
    file.write_text('{"types": []}')
    assert main([str(file)]) == 2
    assert "does not hold facts of provider schemas" in capsys.readouterr().out
    assert main([str(tmp_path / "missing.json")]) == 2
