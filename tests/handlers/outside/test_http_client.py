"""What is logged of calls to providers: status and time, under the correlation id of what called."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from handlers.doors.routing import Answer, route
from handlers.failures import NotSent, Unavailable
from handlers.logs import during
from handlers.outside import http_client


@pytest.fixture
def provider(serve, log):
    """Return the URL of a provider that is well."""
    return serve([route("/ok", lambda _: Answer(200, {}), log)])


def said(lines):
    return [json.loads(line) for line in lines.getvalue().splitlines()]


def test_a_call_is_logged_with_its_status_under_the_correlation_id_of_its_caller(provider, log, lines):
    with during(log.bind(correlation_id="c1")):
        http_client.call("Stripe", "POST", f"{provider}/ok", headers={"Authorization": "Bearer secret"})
    (line,) = said(lines)
    assert (line["message"], line["provider"], line["status"], line["correlation_id"]) == (
        "called", "Stripe", "200", "c1",
    )  # fmt: skip
    assert line["milliseconds"] >= 0
    assert "secret" not in lines.getvalue()


def test_a_call_without_an_answer_is_logged_too(log, lines):
    with during(log), pytest.raises(Unavailable):
        http_client.call("Stripe", "GET", "http://127.0.0.1:1/", headers={})
    assert [line["status"] for line in said(lines)] == ["NewConnectionError"]


def test_outside_of_any_work_nothing_is_written(provider, lines, capsys):
    http_client.call("Stripe", "POST", f"{provider}/ok", headers={})
    assert (lines.getvalue(), capsys.readouterr().out) == ("", "")


@pytest.mark.parametrize("status", [408, 409, 423, 425, 429, 477, 500, 502, 503, 504, 521, 526])
def test_an_answer_that_asks_to_come_back_is_not_an_end(serve, log, status):
    url = serve([route("/later", lambda _: Answer(status, {}), log)])
    with pytest.raises(Unavailable):
        http_client.call("HubSpot", "POST", f"{url}/later", headers={})


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 422])
def test_an_answer_that_repeating_would_not_change_is_returned(serve, log, status):
    url = serve([route("/no", lambda _: Answer(status, {"why": "x"}), log)])
    assert http_client.call("HubSpot", "POST", f"{url}/no", headers={}) == http_client.Reply(status, {"why": "x"})


STRIPE_SAYS = {
    "error": {
        "message": "The provided key 'rk_live_***abc' does not have the required permissions for this endpoint. "
        "Having the 'rak_invoice_read' permission would allow this request to continue.",
        "type": "invalid_request_error",
    }
}
GOOGLE_SAYS = {"error": {"code": 403, "message": "Permission 'x.predict' denied.", "status": "PERMISSION_DENIED"}}


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (STRIPE_SAYS, "403 invalid_request_error The provided key 'rk_…' does not have the required permissions"),
        (STRIPE_SAYS, "Having the 'rak_invoice_read' permission would allow"),
        (GOOGLE_SAYS, "403 PERMISSION_DENIED Permission 'x.predict' denied."),
        ({"name": "validation_error", "message": "ada@acme.test is unknown"}, "403 validation_error …@acme.test is"),
        ({"error": "Forbidden", "message": "No."}, "403 No."),
        ({"error": ["?"]}, "403"),
        ({}, "403"),
    ],
)
def test_whoever_refuses_a_known_key_is_quoted_whatever_the_shape_of_the_answer(secret_cache, body, words):
    with pytest.raises(NotSent) as caught:
        http_client.with_secret(secret_cache, "stripe-api-key", lambda _: http_client.Reply(403, body))
    assert str(caught.value).startswith("the provider knows secret stripe-api-key and refuses: 403")
    assert words in str(caught.value)
    assert "abc" not in str(caught.value)


def test_threads_share_the_connections_to_a_provider():
    """A handshake for each thread would cost more than the calls."""
    callers = []

    class Provider(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            callers.append(self.client_address)
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Provider)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}/"
    for _ in range(3):
        caller = threading.Thread(target=http_client.call, args=("Stripe", "GET", url), kwargs={"headers": {}})
        caller.start()
        caller.join()
    server.shutdown()
    server.server_close()
    assert (len(callers), len(set(callers))) == (3, 1)


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_proxy_that_the_environment_names_is_the_way_out(monkeypatch, method):
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:1")
    with pytest.raises(Unavailable, match="ProxyError") as caught:
        http_client.call("Stripe", method, "https://proxied.acme.test/v1", headers={})
    assert not isinstance(caught.value, NotSent)
