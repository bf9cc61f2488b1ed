"""The founder's web host: a small web app as `flutter build web` lays it out, with the cache headers it needs."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from localcloud.base.world import World
from localcloud.saas import request_history

SERVICE = "site"
WEB = Path(__file__).parent / "web"
# The names of these never change, so a browser has to ask whether their content did.
REVALIDATE = "no-cache"
# These carry a hash of their content in the name (RFC 8246).
FOREVER = "public, max-age=31536000, immutable"
SECURITY_TXT_LIFE = timedelta(days=180)  # a launch renews it by a deploy, the rehearsal with every answer (RFC 9116)


@dataclass(frozen=True)
class File:
    """One file of the site."""

    content: bytes
    media_type: str
    cache_control: str

    @property
    def etag(self) -> str:
        """A strong entity tag (RFC 9110 section 8.8.3)."""
        return f'"{hashlib.sha256(self.content).hexdigest()[:20]}"'


def files() -> dict[str, File]:
    """Return the site: path → file."""
    script = (WEB / "app.js").read_bytes()
    script_path = f"/assets/app.{hashlib.sha256(script).hexdigest()[:8]}.js"
    index, bootstrap = (
        (WEB / name).read_text(encoding="utf-8").replace("{{APP}}", script_path)
        for name in ("index.html", "flutter_bootstrap.js")
    )
    return {
        "/": File(index.encode(), "text/html; charset=utf-8", REVALIDATE),
        "/flutter_bootstrap.js": File(bootstrap.encode(), "text/javascript; charset=utf-8", REVALIDATE),
        script_path: File(script, "text/javascript; charset=utf-8", FOREVER),
        "/logo.svg": File((WEB / "logo.svg").read_bytes(), "image/svg+xml", "public, max-age=86400"),
        "/icons/Icon-192.png": File((WEB / "Icon-192.png").read_bytes(), "image/png", "public, max-age=86400"),
        "/robots.txt": File(b"User-agent: *\nAllow: /\n", "text/plain; charset=utf-8", "public, max-age=3600"),
    }


def app(world: World) -> Any:
    """Return the web host; paths without a file are the app's own and get its page, as a single-page app needs."""
    site = files()

    def security_txt(request: Request) -> Response:
        until = datetime.now(UTC) + SECURITY_TXT_LIFE
        lines = (f"Contact: mailto:security@{request.url.hostname}", f"Expires: {until:%Y-%m-%dT%H:%M:%SZ}")
        return Response("\n".join(lines) + "\n", 200, {"Cache-Control": REVALIDATE}, "text/plain")

    def serve(request: Request) -> Response:
        path = "/" if request.url.path == "/index.html" else request.url.path
        found = site.get(path) or (None if "." in path.rpartition("/")[2] else site["/"])
        if found is None:
            return Response("Not Found", 404, {"Cache-Control": REVALIDATE}, "text/plain")
        headers = {"Cache-Control": found.cache_control, "ETag": found.etag}
        if found.etag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        return Response(found.content, 200, headers, found.media_type)

    routes = [
        request_history.route(world, SERVICE),
        Route("/.well-known/security.txt", security_txt, methods=["GET"]),
        Route("/{path:path}", serve, methods=["GET"]),
    ]
    return request_history.RequestHistory(Starlette(routes=routes), world, SERVICE)
