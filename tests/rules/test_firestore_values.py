"""Values of Firestore's API as rules see them."""

from google.cloud.firestore_v1.types import Document
from google.protobuf.json_format import ParseDict

import rules
from rules import Request, document
from rules.values.firestore import from_fields
from rules.values.kinds import LatLng, Path, Timestamp

FIELDS = {
    "n": {"nullValue": None},
    "b": {"booleanValue": True},
    "i": {"integerValue": "9007199254740993"},
    "d": {"doubleValue": 1.0},
    "s": {"stringValue": "x"},
    "y": {"bytesValue": "/w=="},
    "t": {"timestampValue": "1970-01-01T00:00:01.500000001Z"},
    "g": {"geoPointValue": {"latitude": 1, "longitude": 2}},
    "r": {"referenceValue": "projects/p/databases/(default)/documents/a/b"},
    "l": {"arrayValue": {"values": [{"integerValue": "1"}, {"stringValue": "x"}]}},
    "m": {"mapValue": {"fields": {"a": {"mapValue": {}}}}},
}


def test_every_type_of_firestore_has_its_type_of_rules() -> None:
    message = ParseDict({"fields": FIELDS}, Document.pb(Document()))
    data = from_fields(message.fields)
    assert {name: data[name] for name in FIELDS} == {
        "n": None,
        "b": True,
        "i": 2**53 + 1,
        "d": 1.0,
        "s": "x",
        "y": b"\xff",
        "t": Timestamp(1_500_000_001),
        "g": LatLng(1.0, 2.0),
        "r": Path(("databases", "(default)", "documents", "a", "b")),
        "l": [1, "x"],
        "m": {"a": {}},
    }
    assert (type(data["i"]), type(data["d"]), type(data["b"])) == (int, float, bool)


def test_rules_read_them() -> None:
    message = ParseDict({"fields": FIELDS}, Document.pb(Document()))
    condition = """request.resource.data.t is timestamp && request.resource.data.t.nanos() == 500000001
      && request.resource.data.r == /databases/$(db)/documents/a/b && request.resource.data.g.latitude() == 1.0
      && request.resource.data.y == b'\\xff' && request.resource.data.d is float && request.resource.data.i is int
      && request.resource.data.m.a.size() == 0 && request.resource.data.l == [1, 'x']"""
    head = "rules_version = '2'; service cloud.firestore { match /databases/{db}/documents { match /a/{id} { "
    ruleset = rules.compile(f"{head} allow create: if {condition}; }} }} }}")
    verdict = ruleset.evaluate(Request("create", document("a/x"), None, Timestamp(0), from_fields(message.fields)))
    assert verdict.allowed, str(verdict)
