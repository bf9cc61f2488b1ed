"""What pages of the web app may do (CORS, fetch.spec.whatwg.org), asked only of requests that a page sends."""

from __future__ import annotations

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send


class ForBrowsers:
    """Lets pages of these origins call the doors. A request that names no origin, such as a webhook, goes by."""

    def __init__(self, app: ASGIApp, origins: tuple[str, ...]) -> None:
        self._app = app
        self._of_pages = CORSMiddleware(
            app,
            allow_origins=origins,
            allow_methods=["POST"],
            allow_headers=["Authorization", "Content-Type", "X-Correlation-Id"],
            expose_headers=["Retry-After"],
            max_age=3600,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        is_of_a_page = any(name == b"origin" for name, _ in scope.get("headers", ()))
        await (self._of_pages if is_of_a_page else self._app)(scope, receive, send)
