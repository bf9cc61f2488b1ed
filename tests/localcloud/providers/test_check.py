from __future__ import annotations

from typing import Any

import pytest

from localcloud.providers.check import check, step
from localcloud.providers.schema import Schema, Shape, Type
from localcloud.providers.values import UNKNOWN, Asset, Secret

SCHEMA = Schema(
    "test:index:Thing",
    Shape(
        {
            "name": Type("string"),
            "ttl": Type("number"),
            "count": Type("integer"),
            "proxied": Type("boolean"),
            "labels": Type("map", Type("string")),
            "source": Type("file"),
            "anything": Type("any"),
            "parts": Type("array", Type("object", name="Part")),
        },
        frozenset({"name"}),
    ),
    types={"Part": Shape({"image": Type("string"), "self": Type("object", name="Part")}, frozenset({"image"}))},
)


def failures(**properties: Any) -> dict[str, str]:
    return {failure.path: failure.reason for failure in check({"name": "n", **properties}, SCHEMA)}


def test_what_fits_passes() -> None:
    assert not failures(
        ttl=1.5,
        count=2,
        proxied=False,
        labels={"a.b": "c"},
        source=Asset({"text": "x"}),
        anything=[1, "a"],
        parts=[{"image": "i", "self": {"image": "j"}}],
        __defaults=["name"],
    )


def test_unknown_and_secret_values_pass_where_they_may_fit() -> None:
    assert not failures(ttl=UNKNOWN, labels=Secret({"a": UNKNOWN}), parts=UNKNOWN)


@pytest.mark.parametrize(
    ("properties", "path", "words"),
    [
        ({"nmae": "x"}, "nmae", "did you mean name?"),
        ({"zzz": 1}, "zzz", "it takes anything, count"),
        ({"ttl": "300"}, "ttl", 'the text "300" is given where a number belongs'),
        ({"count": 1.5}, "count", "the number 1.5 is given where a whole number belongs"),
        ({"count": True}, "count", "true is given where a whole number belongs"),
        ({"proxied": "on"}, "proxied", "true or false belongs"),
        ({"labels": {"a.b": 3}}, 'labels["a.b"]', "text belongs"),
        ({"labels": ["a"]}, "labels", "a list is given where a map belongs"),
        ({"source": "file.zip"}, "source", "an asset or archive belongs"),
        ({"parts": {"image": "i"}}, "parts", "a map is given where a list belongs"),
        (
            {"parts": [{"image": "i", "self": {"imgae": "j", "image": "k"}}]},
            "parts[0].self.imgae",
            "did you mean image?",
        ),
        ({"parts": [{}]}, "parts[0].image", "is required and is missing"),
    ],
)
def test_what_does_not_fit_is_named_by_its_path(properties: dict[str, Any], path: str, words: str) -> None:
    assert words in failures(**properties)[path]


def test_a_missing_property_is_named() -> None:
    assert [failure.path for failure in check({}, SCHEMA)] == ["name"]


def test_a_secret_is_never_shown() -> None:
    assert "hunter2" not in failures(ttl=Secret("hunter2"))["ttl"]


def test_steps_are_written_as_the_engine_writes_them() -> None:
    assert step("", "a") == "a"
    assert step("a", "b-c_d") == "a.b-c_d"
    assert step("a", 0) == "a[0]"
    assert step("a", 'x"y') == 'a["x\\"y"]'
