from __future__ import annotations

import json
import shlex
import subprocess
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from engine.home import Home
from localcloud.base.world import World

Run = Callable[..., subprocess.CompletedProcess[str]]
Lines = Callable[[str], list[dict[str, Any]]]


@pytest.fixture
def project_that_runs(tmp_path: Path) -> Iterator[Callable[..., dict[str, str]]]:
    """A project that says which services and functions it runs, one a page, as environment variables lead to it."""
    listed: dict[str, list[str]] = {"locations": ["europe-west1"]}

    class Answering(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self._say({"access_token": "ya29.token", "expires_in": 3600, "token_type": "Bearer"})

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            *_, place, kind = parts.path.split("/")
            if kind == "services" and place == "-":  # Cloud Run lists one region at a time
                self.send_error(400)
                return
            at = int(parts.query.removeprefix("pageToken=") or 0)
            more = {"nextPageToken": str(at + 1)} if at + 1 < len(listed[kind]) else {}
            self._say({kind: [{"name": f"projects/p/{kind}/{listed[kind][at]}"}], **more})

        def _say(self, values: dict[str, Any]) -> None:
            body = json.dumps(values).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    where = f"127.0.0.1:{server.server_port}"
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    account = {"type": "service_account", "client_email": "ada@p.test", "token_uri": f"http://{where}/token"}
    credentials = tmp_path / "account.json"
    credentials.write_text(json.dumps({**account, "private_key": key.decode(), "private_key_id": "1"}))

    def running(services: list[str], functions: list[str]) -> dict[str, str]:
        listed.update(services=services, functions=functions)
        named = {"RUN_EMULATOR_HOST": where, "CLOUDFUNCTIONS_EMULATOR_HOST": where}
        return {"GOOGLE_APPLICATION_CREDENTIALS": str(credentials), **named}

    yield running
    server.shutdown()
    server.server_close()


def test_logs_before_anything_ran_say_to_run_it(run: Run) -> None:
    done = run("logs")
    assert done.returncode == 3
    assert "Run ./launch up" in done.stderr


def test_logs_of_a_service_that_is_not_there_name_those_that_are(run: Run, home: Home) -> None:
    world = World(home.path / "world.db")
    world.record("log", "intake", severity="INFO", message="stored")
    world.close()
    done = run("logs", "intak")
    assert done.returncode == 2
    assert "There is no log of intak. Did you mean intake?" in done.stderr
    assert "logs of intake; one at a time, of providers, " in done.stderr


def test_logs_of_a_server_as_json_are_json(run: Run, home: Home, lines: Lines) -> None:
    home.logs.mkdir(parents=True)
    (home.logs / "edge.log").write_text("ready\n")
    assert lines(run("logs", "edge", "--json").stdout) == [{"service": "edge", "message": "ready"}]


def test_logs_of_production_are_a_command_ready_to_paste(run: Run, brought_up: Home) -> None:
    brought_up.path.rename(brought_up.path.with_name("prod"))
    project = json.loads((brought_up.path.with_name("prod") / "outputs.json").read_text())["project"]
    done = run("logs", "--stack", "prod")
    assert done.returncode == 0
    words = shlex.split(done.stdout)
    assert words[:3] == ["gcloud", "logging", "read"]
    assert words[5] == '(resource.type="cloud_run_revision") OR (resource.type="cloud_function")'
    assert f"--project={project}" in words


def test_logs_of_a_service_that_production_does_not_have_are_refused(run: Run, brought_up: Home) -> None:
    brought_up.path.rename(brought_up.path.with_name("prod"))
    done = run("logs", "intak", "--stack", "prod")
    assert done.returncode == 2
    assert "There is no log of intak." in done.stderr


def test_only_shows_what_the_named_services_and_functions_said(run: Run, home: Home, lines: Lines) -> None:
    world = World(home.path / "world.db")
    for name in ("synccrm", "support-ticket", "worker", "syncPayments", "sync-crm"):
        world.record("log", name, severity="INFO", message="stored")
    world.close()
    said = lines(run("logs", "--only", "syncCrm, supportTicket,functions:syncPayments,synccrm", "--json").stdout)
    assert [one["service"] for one in said] == ["synccrm", "support-ticket", "syncPayments", "sync-crm"]
    lost = run("logs", "--only", "syncCrm,wroker,nothing")
    assert lost.returncode == 2
    assert "There is no log of wroker, nothing. Did you mean worker?" in lost.stderr
    assert "exclude each other" in run("logs", "worker", "--only", "synccrm").stderr


def test_only_asks_cloud_logging_for_both_generations_of_functions_and_for_services(
    run: Run, brought_up: Home, project_that_runs: Callable[..., dict[str, str]]
) -> None:
    brought_up.path.rename(brought_up.path.with_name("prod"))
    environ = project_that_runs(services=["synccrm", "intake"], functions=["syncCrm", "syncPayments"])
    done = run("logs", "--only", "syncCrm,syncPayments,intake", "--stack", "prod", **environ)
    assert done.returncode == 0, done.stderr
    assert shlex.split(done.stdout)[5] == (
        '(resource.type="cloud_run_revision" AND '
        'resource.labels.service_name=("synccrm" OR "sync-crm" OR "syncpayments" OR "sync-payments" OR "intake"))'
        ' OR (resource.type="cloud_function" AND '
        'resource.labels.function_name=("syncCrm" OR "syncPayments" OR "intake"))'
    )
    lost = run("logs", "--only", "syncCrm,syncPayment", "--stack", "prod", **environ)
    assert lost.returncode == 2
    assert "There is no log of syncPayment. Did you mean syncPayments?" in lost.stderr


def test_only_says_so_where_the_project_cannot_be_asked(run: Run, brought_up: Home, tmp_path: Path) -> None:
    brought_up.path.rename(brought_up.path.with_name("prod"))
    nobody = {"GOOGLE_APPLICATION_CREDENTIALS": str(tmp_path / "none.json")}
    done = run("logs", "--only", "syncCrm", "--stack", "prod", **nobody)
    assert done.returncode == 0, done.stderr
    assert "This stack has no service syncCrm. Functions of the project were not asked for." in done.stderr
    assert "gcloud auth application-default login" in done.stderr
