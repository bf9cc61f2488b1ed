"""A service as what stands before it leaves requests: the edge sends its key along, Cloud Run takes signatures off."""

from __future__ import annotations

import os

from handlers.app import app as service
from handlers.service_manifest import EDGE_HEADER, INTAKE
from localcloud.run.admission import without_signature

IS_PUBLIC = os.environ["ROLE"] == INTAKE


async def app(scope, receive, send):
    if scope["type"] == "http":
        scope = {**scope, "headers": list(map(checked, scope["headers"])) if not IS_PUBLIC else keyed(scope["headers"])}
    await service(scope, receive, send)


def keyed(headers):
    return [*headers, (EDGE_HEADER.lower().encode(), os.environ["EDGE_KEY"].encode())]


def checked(header):
    name, value = header
    return (name, without_signature(value.decode()).encode()) if name == b"authorization" else header
