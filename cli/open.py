"""`./launch open`: one page that shows how the launch does, served to this machine alone."""

from __future__ import annotations

import secrets
import sys
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Annotated

import httpx
import typer

from cli import overview, workflow
from cli.options import Stack, home_of
from cli.terminal import Terminal
from engine.errors import UNREACHABLE, LaunchError
from engine.home import LOCAL
from localcloud.base.ports import LOOPBACK, free_port
from monitors.page.overview import Overview
from monitors.page.render import to_html

HANDOVER = "/handover"
PLAIN = "text/plain; charset=utf-8"
HTML = "text/html; charset=utf-8"
SAFE: Mapping[str, str] = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Resource-Policy": "same-origin",
}
Look = Callable[[], Overview]


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("open", epilog="Example: ./launch open --stack prod")(open_)


def open_(
    stack: Stack = LOCAL,
    port: Annotated[int, typer.Option(min=0, max=65_535, help="Where to listen; 0 chooses a free port.")] = 0,
) -> None:
    """Show on one page how the launch does: the way of a request with live counts, alerts, tickets, what ends when."""
    show, home = Terminal(json=False), home_of(stack)
    flow = workflow.of(home)
    with httpx.Client(trust_env=not home.is_local) as client:
        look = overview.opened(home, client, flow)
        look()
        served = server(port or free_port(), look, home.path / "HANDOVER.html")
        show.result(f"http://{LOOPBACK}:{served.server_address[1]}/")
        show.note("Only this machine sees it. Ctrl-C ends it.")
        sys.stdout.flush()
        try:
            served.serve_forever()
        finally:
            served.server_close()


def server(port: int, look: Look, handover: Path) -> ThreadingHTTPServer:
    """Return a server on loopback that answers with the page; raises LaunchError when the port is taken."""

    class Handler(_Handler):
        pass

    Handler.look, Handler.handover = staticmethod(look), handover
    try:
        return ThreadingHTTPServer((LOOPBACK, port), Handler)
    except OSError as error:
        raise LaunchError(
            f"Nothing can listen on port {port}: {error.strerror}.", cure="Choose another --port.", code=UNREACHABLE
        ) from error


class _Handler(BaseHTTPRequestHandler):
    """Answers GET and HEAD of two pages, and nothing else: there is nothing that could be changed.

    A page of the internet may have the browser ask for a name of its own that leads here (DNS rebinding); so the Host
    has to be this machine's.
    """

    look: Look
    handover: Path
    server_version, sys_version = "launch", ""

    def do_GET(self) -> None:
        """Answer with the page, or with the handover."""
        if not self._is_asked_by_this_machine():
            self._answer(421, PLAIN, b"This page is for this machine only. Open it by http://127.0.0.1 and its port.\n")
        elif self.path == "/":
            self._page()
        elif self.path == HANDOVER and self.handover.exists():
            self._answer(200, HTML, self.handover.read_bytes(), "default-src 'none'; style-src 'unsafe-inline'")
        else:
            self._answer(404, PLAIN, b"There is nothing here. The page is at /.\n")

    do_HEAD = do_GET  # noqa: N815 - the name that http.server looks for

    def _page(self) -> None:
        nonce = secrets.token_urlsafe(16)
        policy = (
            f"default-src 'none'; style-src 'nonce-{nonce}'; script-src 'nonce-{nonce}'; connect-src 'self'; "
            "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        )
        try:
            text = to_html(self.look(), nonce)
        except LaunchError as error:
            self._answer(503, PLAIN, f"{error}\n".encode())
            return
        self._answer(200, HTML, text.encode(), policy)

    def _is_asked_by_this_machine(self) -> bool:
        port = self.connection.getsockname()[1]
        return self.headers.get("Host", "") in {f"{name}:{port}" for name in (LOOPBACK, "localhost")}

    def _answer(self, status: int, kind: str, body: bytes, policy: str = "default-src 'none'") -> None:
        self.send_response(status)
        for name, value in {**SAFE, "Content-Security-Policy": policy, "Content-Type": kind}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name of the base class
        """Say nothing: the terminal is the user's."""
