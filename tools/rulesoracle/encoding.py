"""Values of rules as Firestore's REST API writes them, and tokens as its emulators read them."""

import base64
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from rules.values.kinds import LatLng, Path, Timestamp

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def encoded(value: Any, project: str) -> dict[str, Any]:
    """A value as `google.firestore.v1.Value` in JSON."""
    match value:
        case None:
            return {"nullValue": None}
        case bool():
            return {"booleanValue": value}
        case int():
            return {"integerValue": str(value)}
        case float():
            return {"doubleValue": value}
        case str():
            return {"stringValue": value}
        case bytes():
            return {"bytesValue": base64.b64encode(value).decode()}
        case _:
            return _other(value, project)


def _other(value: Any, project: str) -> dict[str, Any]:
    match value:
        case Timestamp():
            moment = _EPOCH + timedelta(seconds=value.nanos // 10**9)
            return {"timestampValue": f"{moment:%Y-%m-%dT%H:%M:%S}.{value.nanos % 10**9:09d}Z"}
        case LatLng():
            return {"geoPointValue": {"latitude": value.latitude, "longitude": value.longitude}}
        case Path():
            return {"referenceValue": f"projects/{project}{value}"}
        case list():
            return {"arrayValue": {"values": [encoded(item, project) for item in value]}}
        case _:
            return {"mapValue": {"fields": fields(value, project)}}


def fields(data: Mapping[str, Any], project: str) -> dict[str, Any]:
    """The fields of a document."""
    return {key: encoded(value, project) for key, value in data.items()}


def token(claims: Mapping[str, Any]) -> str:
    """An unsigned JWT, as the emulators take them."""
    parts = (json.dumps(part).encode() for part in ({"alg": "none", "typ": "JWT"}, dict(claims)))
    return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts) + "."
