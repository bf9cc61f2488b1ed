"""The front end's own answers, worded and shaped so that a reader recognizes Google's."""

from __future__ import annotations

import html
from collections.abc import Mapping
from http import HTTPStatus

SERVER = "Google Frontend"


def error(status: HTTPStatus, sentence: str) -> tuple[Mapping[str, str], bytes]:
    """Return headers and body of an error page."""
    title = html.escape(f"{status.value} {status.phrase}")
    body = (
        f"<html><head>\n<title>{title}</title>\n</head>\n<body>\n"
        f"<h1>Error: {html.escape(status.phrase)}</h1>\n<h2>{html.escape(sentence)}</h2>\n</body></html>\n"
    ).encode()
    return {"content-type": "text/html; charset=UTF-8", "content-length": str(len(body)), "server": SERVER}, body
