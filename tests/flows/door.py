"""The public service behind a stand-in of the edge, which sends the key along."""

from __future__ import annotations

import os

from handlers.app import app as intake
from handlers.roles import EDGE_HEADER


async def app(scope, receive, send):
    if scope["type"] == "http":
        key = (EDGE_HEADER.lower().encode(), os.environ["EDGE_KEY"].encode())
        scope = {**scope, "headers": [*scope["headers"], key]}
    await intake(scope, receive, send)
