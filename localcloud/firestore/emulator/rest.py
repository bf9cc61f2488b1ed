"""Firestore's REST form: an HTTP request read as the request of a gRPC method, and its response as JSON.

Paths: https://firebase.google.com/docs/firestore/reference/rest, JSON: https://protobuf.dev/programming-guides/json.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from google.protobuf import json_format
from grpc import StatusCode

from localcloud.firestore.errors import invalid
from localcloud.rpc import Refused

OF_DATABASE = {
    "batchGet": "BatchGetDocuments",
    "batchWrite": "BatchWrite",
    "beginTransaction": "BeginTransaction",
    "commit": "Commit",
    "rollback": "Rollback",
}
OF_PARENT = {
    "listCollectionIds": "ListCollectionIds",
    "partitionQuery": "PartitionQuery",
    "runAggregationQuery": "RunAggregationQuery",
    "runQuery": "RunQuery",
}
STATUS = {
    StatusCode.INVALID_ARGUMENT: 400,
    StatusCode.FAILED_PRECONDITION: 400,
    StatusCode.OUT_OF_RANGE: 400,
    StatusCode.UNAUTHENTICATED: 401,
    StatusCode.PERMISSION_DENIED: 403,
    StatusCode.NOT_FOUND: 404,
    StatusCode.ABORTED: 409,
    StatusCode.ALREADY_EXISTS: 409,
    StatusCode.RESOURCE_EXHAUSTED: 429,
    StatusCode.UNIMPLEMENTED: 501,
    StatusCode.UNAVAILABLE: 503,
    StatusCode.DEADLINE_EXCEEDED: 504,
}
"""https://github.com/googleapis/googleapis/blob/master/google/rpc/code.proto says which HTTP status each code is."""

_VERBS = "|".join((*OF_DATABASE, *OF_PARENT))
_PATH = re.compile(
    rf"(?P<database>projects/[^/]+/databases/[^/]+)/documents(?:/(?P<path>.+?))?(?::(?P<verb>{_VERBS}))?", re.DOTALL
)
_FLAGS = {"true": True, "false": False}
_REPEATED = {"mask.fieldPaths", "updateMask.fieldPaths"}


@dataclass(frozen=True)
class Asked:
    """A request in REST's form. `path` comes without `/v1/` and is decoded; `query` holds the pairs of the URL."""

    verb: str
    path: str
    query: Iterable[tuple[str, str]] = ()
    body: bytes = b""


@dataclass(frozen=True)
class Call:
    """The method to call, and the fields of its request as JSON has them."""

    method: str
    fields: dict[str, Any]


def read(asked: Asked) -> Call:
    """Return what a request calls; raises Refused (NOT_FOUND where no method has that path)."""
    found = _PATH.fullmatch(asked.path)
    if found is None:
        raise Refused(StatusCode.NOT_FOUND, f"Firestore has no path /v1/{asked.path}.")
    root, path, verb = f"{found['database']}/documents", found["path"] or "", found["verb"]
    name = f"{root}/{path}" if path else root
    if asked.verb == "POST" and verb:
        where = {"database": found["database"]} if verb in OF_DATABASE else {"parent": name}
        return Call({**OF_DATABASE, **OF_PARENT}[verb], {**_json(asked.body), **where})
    name = f"{name}:{verb}" if verb else name  # an id may look like a verb
    parent, _, last = name.rpartition("/")
    is_collection = len(name.removeprefix(root).split("/")) % 2 == 0
    options = _options(asked.query)
    if asked.verb == "GET" and is_collection:
        return Call("ListDocuments", {**options, "parent": parent, "collectionId": last})
    if asked.verb in {"GET", "DELETE"}:
        return Call({"GET": "GetDocument", "DELETE": "DeleteDocument"}[asked.verb], {**options, "name": name})
    if asked.verb == "PATCH":
        return Call("UpdateDocument", {**options, "document": {**_json(asked.body), "name": name}})
    if asked.verb == "POST" and is_collection:
        document = _json(asked.body)
        return Call("CreateDocument", {**options, "parent": parent, "collectionId": last, "document": document})
    raise Refused(StatusCode.NOT_FOUND, f"Firestore has no {asked.verb} of /v1/{asked.path}.")


def message(fields: dict[str, Any], kind: Any) -> Any:
    """Return the request message of those fields; raises Refused."""
    try:
        return json_format.ParseDict(fields, kind())
    except json_format.ParseError as error:
        raise invalid(f"Invalid JSON payload received. {error}") from error


def response(answer: Any) -> Any:
    """Return a response message, or a list of them, as JSON has it."""
    if isinstance(answer, list | tuple):
        return [response(each) for each in answer]
    return json_format.MessageToDict(answer)


def refusal(code: StatusCode, text: str) -> tuple[int, Mapping[str, Any]]:
    """Return the HTTP status of a refusal, and its body."""
    status = STATUS.get(code, 500)
    return status, {"error": {"code": status, "message": text, "status": code.name}}


def _json(body: bytes) -> dict[str, Any]:
    try:
        fields = json.loads(body or b"{}")
    except ValueError as error:
        raise invalid(f"Invalid JSON payload received. {error}") from error
    if not isinstance(fields, dict):
        raise invalid("Invalid JSON payload received. Expected an object.")
    return fields


def _options(query: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Nest the options of a URL, such as `mask.fieldPaths=a`; those that all of Google's APIs have are left out."""
    options: dict[str, Any] = {}
    for name, text in query:
        if name.startswith("$") or name in {"key", "alt", "prettyPrint"}:
            continue
        *outer, last = name.split(".")
        place = options
        for part in outer:
            place = place.setdefault(part, {})
        if name in _REPEATED:
            place.setdefault(last, []).append(text)
        else:
            place[last] = _FLAGS.get(text, text)
    return options
