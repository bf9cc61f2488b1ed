"""Firestore as the app meets it: the address that the internet sees, a user's ID token, and the deployed rules."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import grpc

from flows.stage import Stage

TIMEOUT = 10.0  # seconds
SERVER_TIME = "createdAt"


@contextmanager
def opened(stage: Stage) -> Iterator[Any]:
    """Give a client without Google credentials for the length of the block."""
    from google.cloud.firestore_v1.services.firestore import FirestoreClient  # takes long, and few commands need it
    from google.cloud.firestore_v1.services.firestore.transports import FirestoreGrpcTransport

    address = stage.rehearsal.firestore if stage.rehearsal else ""
    if address.endswith(":443"):
        channel = grpc.secure_channel(address, grpc.ssl_channel_credentials())
    else:
        channel = grpc.insecure_channel(address, options=[("grpc.enable_http_proxy", 0)])
    with FirestoreClient(transport=FirestoreGrpcTransport(channel=channel)) as client:
        yield client


def bearer(token: str) -> dict[str, Any]:
    """Return how a call says whose it is; without a token nobody's."""
    metadata = [("authorization", f"Bearer {token}")] if token else []
    return {"metadata": metadata, "retry": None, "timeout": TIMEOUT}


def name(stage: Stage, path: str) -> str:
    """Return the resource name of the document at a path such as `users/u1`."""
    return f"{database(stage)}/documents/{path}"


def database(stage: Stage) -> str:
    """Return the resource name of the stage's database."""
    return f"projects/{stage.project}/databases/(default)"


def create(stage: Stage, token: str, path: str, fields: Mapping[str, Any]) -> None:
    """Create a document as the app's SDK does, with the server's time as `createdAt`.

    Raises google.api_core's PermissionDenied where the rules do not allow it.
    """
    from google.cloud.firestore_v1 import _helpers

    write = {
        "update": {"name": name(stage, path), "fields": _helpers.encode_dict(dict(fields))},
        "update_transforms": [{"field_path": SERVER_TIME, "set_to_server_value": "REQUEST_TIME"}],
        "current_document": {"exists": False},
    }
    with opened(stage) as client:
        client.commit({"database": database(stage), "writes": [write]}, **bearer(token))


def get(stage: Stage, token: str, path: str) -> dict[str, Any]:
    """Return a document's fields, none when it is not there; raises PermissionDenied by the rules."""
    from google.api_core.exceptions import NotFound
    from google.cloud.firestore_v1 import _helpers

    with opened(stage) as client:
        try:
            found = client.get_document({"name": name(stage, path)}, **bearer(token))
        except NotFound:
            return {}
    fields: dict[str, Any] = _helpers.decode_dict(found.fields, None)
    return fields
