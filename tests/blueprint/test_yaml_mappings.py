"""A stack's file is read as the engine reads it, which tells the program what is in it.

The right sides are what engine 3.200.0 gave the program: `LoadProjectStackBytes` of its Go SDK, with yaml.v3 3.0.1, and
`Decrypt` of what came out (findings/pulumi_config_plain_values.sh).
"""

from __future__ import annotations

import json
import re

import pytest
import yaml
from hypothesis import example, given
from hypothesis.strategies import sampled_from, text

from blueprint import yaml_mappings

TEXTS = (
    *("no", "NO", "on", "off", "yes", "Yes", "y", "=", ".", "1:30", "1:30.5", "190:20:30", "1e", "0x", "0b12", "0x1p4"),
    *("1e400", ".1e400", "_1", "1,000", "2026-12", "tRUE", "2026-13-45", "2001-02-30", "2026-01-01T24:00:00Z"),
    *("2026-12-01T10:00:00-5", "2026-12-01 10:00:00Z", "99999-01-01", "2026-12-01T10:00", "0xFFFFFFFFFFFFFFFFF"),
)
VALUES: dict[str, str] = {
    "true": "true True TRUE",
    "null": "~ null Null NULL",
    "0": "0 -0 0. -0.0 00000000000000000000000000000e12",
    "1": "1_ +1 +_1",
    "-1": "-_1",
    "3": "0b11 0B11 0b1_1",
    "10": "1__0",
    "15": "15.0 0o17 0O17",
    "31": "0x1F 0X1F 0x_1F",
    "-31": "-0x1F",
    "100": "1_0e1",
    "500": ".5e3",
    "1000": "1_000 1e3 1E3 1.e3 +1e3",
    "150000": "1.5e5 1.5e+5",
    "1000000": "1000000.0",
    "9007199254740993": "9007199254740993",
    "12345678901234567890": "12345678901234567890",
    "0.1": "0.1",
    "0.5": ".5 .5_0 +.5",
    "-0.5": "-.5",
    "1.5": "1.5_0 1_.5",
    "9.5": "09.5",
    "-0.0005": "-.5e-3",
    "1e-07": "1e-7",
    "1e+21": "1e21",
    "1.2345e+71": "12345e67",
    "1.2345678901234568e+29": "123456789012345678901234567890",
    f'"{"9" * 5_000}"': "9" * 5_000,
}
"""What the program got, as JSON → the ways to write it."""


@pytest.mark.parametrize(
    ("written", "given"),
    [
        *((text, json.dumps(text)) for text in TEXTS),
        *((each, given) for given, words in VALUES.items() for each in words.split()),
        *(("!!str 010", '"010"'), ('!!int "12"', "12"), ("!!float 1", "1"), ("! 12", "12"), ('"1e3"', '"1e3"')),
    ],
)
def test_a_plain_value_is_what_the_engine_makes_of_it(written: str, given: str) -> None:
    read, wanted = yaml_mappings.load(f"a: {written}")["a"], json.loads(given)
    assert (type(read), read) == (type(wanted), wanted)


@pytest.mark.parametrize("name", ["no", "on", "20230601", "-1", "1.5", "true", "=", "2026-13-45"])
def test_a_name_is_a_text_as_the_engine_gives_it(name: str) -> None:
    assert yaml_mappings.load(f"{{{name}: 1}}") == {name: 1}


@pytest.mark.parametrize("name", ["1e3", "1_000", "1.50", "+1", "0x1F", "True", "~", "null", "1.0", ".inf"])
def test_a_name_that_the_engine_would_change_is_refused_with_its_place(name: str) -> None:
    with pytest.raises(yaml_mappings.AmbiguousError, match="would change the name; put it in quotes") as caught:
        yaml_mappings.load(f"a:\n  {name}: 1")
    assert caught.value.problem_mark
    assert caught.value.problem_mark.line == 1
    assert yaml_mappings.load(f'"{name}": 1') == {name: 1}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        *((day, rf"{day} is a date for the engine.* in quotes: \"{day}\"") for day in ("2026-12-01", "2026-1-2")),
        ("2026-12-01 10:00:00", "is a date for the engine"),
        ("2026-12-01T1:2:3.5+02:00", "is a date for the engine"),
        ("0000-02-29", "is a date for the engine"),
        ("08", "08 is the number 8 for YAML; write 8 without zeros"),
        ("0_8", "0_8 is the number 8 for YAML; write 8 without zeros"),
        ("017", "017 is the number 15 for YAML; write 17 without zeros"),
        (".inf", "no number that the engine can give"),
        ("-.Inf", "no number that the engine can give"),
        (".nan", "no number that the engine can give"),
        ("!!bool yes", "yes is neither true nor false"),
        ("!!null x", "x is not null"),
        ("!!float x", "x is not a number"),
        ("{<<: {x: 1}, <<: {y: 1}}", "<< is there twice"),
        ('"\\n x"', "begins with a line break or a tab"),
        ('"\\tx\\ny"', "begins with a line break or a tab"),
        ("|\n\n  x\n  y", "begins with a line break or a tab"),
        ('"https:\\/\\/x"', "unknown escape character '/'"),
        ('"\\ud83d\\ude00"', r"\\ud83d is half of a character"),
        ('"x\\udfff"', r"\\udfff is half of a character"),
        ('"\\U00110000"', r"\\U00110000 is no character"),
        ('"\\Uffffffff"', r"\\Uffffffff is no character"),
    ],
)
def test_what_the_engine_refuses_or_changes_is_refused_with_its_place(text: str, words: str) -> None:
    with pytest.raises(yaml.MarkedYAMLError, match=words) as caught:
        yaml_mappings.load(f"a: {text}")
    assert caught.value.problem_mark


@pytest.mark.parametrize(
    "text", ["1e3", "08", "2026-1-2", "0o17", "no", "1:30", ".5e3", "", "~", "a: b", " x", "x\ny", "0b11", "=", "<<"]
)
def test_a_text_that_is_written_is_the_same_text_when_it_is_read(text: str) -> None:
    written = yaml_mappings.dump({"a": text, text: 1})
    assert yaml_mappings.load(written) == {"a": text, text: 1}
    assert yaml.safe_load(written) == {"a": text, text: 1}


ODD = "\x85\u2028\u2029\n\t \r\xa0\ufeff\x00\x1b\x7f\x9f\ufffe😀\"'\\/:#-?[]{},&*!|>%@`~=.ab0e"


@given(text(sampled_from(ODD), max_size=8))
@example("\u2028x")
def test_any_text_that_is_written_is_the_same_text_when_it_is_read(value: str) -> None:
    written = yaml_mappings.dump({"a": value, "b": [{"c": value}]})
    assert yaml.safe_load(written) == {"a": value, "b": [{"c": value}]}
    if not re.match("[\n\t\u2028\u2029]", value):
        assert yaml_mappings.load(written) == {"a": value, "b": [{"c": value}]}


@pytest.mark.parametrize(("break_", "escape"), [("\x85", "\\N"), ("\u2028", "\\L"), ("\u2029", "\\P")])
def test_a_line_break_that_others_read_as_a_blank_is_written_as_an_escape(break_: str, escape: str) -> None:
    assert yaml_mappings.dump({"a": f"x{break_}y"}) == f'a: "x{escape}y"\n'


def test_numbers_and_flags_are_written_without_quotes() -> None:
    assert yaml_mappings.dump({"a": [1, 2.5, True, None]}) == "a:\n- 1\n- 2.5\n- true\n- null\n"
