from __future__ import annotations

import json
from typing import Any

import pytest

from engine.engine_events import Step, parse
from engine.value_changes import LONGEST, SIGNED, UNKNOWN, ValueChange, at, shown, value_changes

URN = "urn:pulumi:local::launch-ready::launch:infra:Zone$cloudflare:index/dnsRecord:DnsRecord::a-api.acme.test"


def metadata(old: Any, new: Any, *paths: str) -> dict[str, Any]:
    return {
        "op": "update",
        "urn": URN,
        "old": {"inputs": old},
        "new": {"inputs": new},
        "detailedDiff": {path: {"diffKind": "update"} for path in paths},
    }


def test_a_value_is_told_before_and_after() -> None:
    assert value_changes(metadata({"ttl": 1}, {"ttl": 300}, "ttl")) == (ValueChange("ttl", "1", "300"),)
    assert str(ValueChange("ttl", "1", "300")) == "ttl: 1 → 300"


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("rules[1].action", "block"),
        ('labels["a.b"].c', 7),
        ('labels["q\\"q"]', "quoted"),
        ("rules[9].action", None),
        ("rules[0].nothing.there", None),
    ],
)
def test_a_path_leads_to_its_value(path: str, found: Any) -> None:
    inputs = {"rules": [{"action": "skip"}, {"action": "block"}], "labels": {"a.b": {"c": 7}, 'q"q': "quoted"}}
    assert at(inputs, path) == found


def test_what_appears_and_what_goes_has_no_value_on_one_side() -> None:
    changes = value_changes(metadata({"gone": "x"}, {"new": "y"}, "gone", "new"))
    assert [str(change) for change in changes] == ["gone: x → (none)", "new: (none) → y"]


def test_a_secret_and_what_is_known_later_are_not_written_out() -> None:
    secret = {SIGNED: "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "v1:abc"}
    assert shown(secret) == "[secret]"
    assert shown(at({"key": secret}, "key.value")) == "[secret]"
    assert shown(UNKNOWN) == "(known later)"
    assert shown({SIGNED: "0def7320c3a5731c473e5ecbe6d01bc7", "hash": "ab"}) == "(files)"
    assert shown({"id": UNKNOWN}) == '{"id": "(known later)"}'


def test_a_long_text_is_cut_and_lies_on_one_line() -> None:
    assert shown("one\n  two") == "one two"
    assert len(shown("x" * 500)) == LONGEST


def test_only_a_preview_tells_values() -> None:
    event = {"metadata": metadata({"ttl": 1}, {"ttl": 300}, "ttl")}
    told = parse(json.dumps({"resOutputsEvent": {**event, "planning": True}}))
    silent = parse(json.dumps({"resOutputsEvent": event}))
    assert isinstance(told, Step)
    assert told.values == (ValueChange("ttl", "1", "300"),)
    assert isinstance(silent, Step)
    assert silent.values == ()
