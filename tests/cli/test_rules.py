"""`./launch rules` as a user meets it."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from tests import forked

OPEN = """rules_version = '2';
service cloud.firestore {
  match /databases/{database}/documents {
    match /users/{uid} { allow read, write: if request.auth.uid == uid; }
  }
}
"""
SUITE = """
import os, sys
import grpc, jwt
from google.api_core import exceptions
from google.cloud.firestore_v1.services.firestore import FirestoreClient
from google.cloud.firestore_v1.services.firestore.transports import FirestoreGrpcTransport
channel = grpc.insecure_channel(os.environ["FIRESTORE_EMULATOR_HOST"])
client = FirestoreClient(transport=FirestoreGrpcTransport(channel=channel))
root = f"projects/{os.environ['GCLOUD_PROJECT']}/databases/(default)/documents"
def write(uid):
    token = jwt.encode({"sub": uid}, None, algorithm="none")
    document = {"name": f"{root}/users/alice", "fields": {"plan": {"string_value": "pro"}}}
    client.update_document({"document": document}, metadata=[("authorization", f"Bearer {token}")])
write("alice")
try:
    write("mallory")
except exceptions.PermissionDenied:
    sys.exit(int(sys.argv[1]))
"""


def launch(*words: str, cwd: Path) -> forked.Done:
    environment = {"PATH": os.environ["PATH"], "HOME": str(cwd), "LAUNCH_CWD": str(cwd)}
    return forked.run(("rules", *words), environment, timeout=120)


def test_a_hole_is_shown_with_its_line_proof_and_fix(tmp_path: Path) -> None:
    (tmp_path / "my.rules").write_text(OPEN)
    done = launch("probe", "my.rules", cwd=tmp_path)
    assert done.returncode == 1, done.stderr
    assert "✗ my.rules:4" in done.stdout
    assert "plan: 'pro'" in done.stdout
    assert "do: Name what a user may change" in done.stdout


def test_holes_come_as_json_lines(tmp_path: Path) -> None:
    (tmp_path / "my.rules").write_text(OPEN)
    found = [json.loads(line) for line in launch("probe", "my.rules", "--json", cwd=tmp_path).stdout.splitlines()]
    assert {"raise.plan", "loose.large"} <= {each["id"] for each in found}
    assert all(each["line"] == 4 for each in found)


def test_closed_rules_pass_and_broken_ones_are_wrong_usage(tmp_path: Path) -> None:
    (tmp_path / "my.rules").write_text(OPEN.replace("request.auth.uid == uid", "false"))
    assert launch("probe", "my.rules", cwd=tmp_path).returncode == 0
    (tmp_path / "my.rules").write_text(OPEN.replace("match /users", "math /users"))
    done = launch("probe", "my.rules", cwd=tmp_path)
    assert done.returncode == 2
    assert "my.rules:4:" in done.stderr


def test_a_suite_runs_beside_a_firestore_with_the_rules(tmp_path: Path) -> None:
    (tmp_path / "firestore.rules").write_text(OPEN)
    (tmp_path / "suite.py").write_text(SUITE)
    for code, expected in (("0", 0), ("5", 1)):
        done = launch("test", ".", "--", sys.executable, "suite.py", code, cwd=tmp_path)
        assert done.returncode == expected, done.stderr


EXPORTED = Path(__file__).parents[1] / "localcloud" / "firestore" / "exports" / "kept"
READ = """
import json, os, urllib.request
root = f"http://{os.environ['FIRESTORE_EMULATOR_HOST']}/v1/projects/{os.environ['GCLOUD_PROJECT']}/databases/(default)"
request = urllib.request.Request(f"{root}/documents/a/b", headers={"Authorization": "Bearer owner"})
fields = json.load(urllib.request.urlopen(request))["fields"]
raise SystemExit(0 if fields["i"] == {"integerValue": "-7"} else 7)
"""


def test_a_suite_begins_with_the_documents_of_an_export(tmp_path: Path) -> None:
    (tmp_path / "firestore.rules").write_text(OPEN)
    (tmp_path / "read.py").write_text(READ)
    command = ("--", sys.executable, "read.py")
    done = launch("test", ".", "--import", str(EXPORTED), *command, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    done = launch("test", ".", "--import", ".", *command, cwd=tmp_path)
    assert done.returncode == 2
    assert "holds no export of Firestore" in done.stderr


def test_a_suite_without_a_command_is_wrong_usage(tmp_path: Path) -> None:
    (tmp_path / "firestore.rules").write_text(OPEN)
    assert launch("test", ".", cwd=tmp_path).returncode == 2


def test_what_the_toolkit_needs_is_shown_as_a_diff(tmp_path: Path) -> None:
    (tmp_path / "my.rules").write_text(OPEN)
    done = launch("merge", "my.rules", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[:2] == ["--- a/my.rules", "+++ b/my.rules"]
    assert any(line.startswith("+") and "match /intents/{intentId}" in line for line in lines)
    assert not any(line.startswith("-") for line in lines[2:])
    assert (tmp_path / "my.rules").read_text() == OPEN


ENGINE = """#!PYTHON
import argparse, http.server, sys
options = argparse.ArgumentParser()
options.add_argument("--host")
options.add_argument("--port", type=int)
given = options.parse_args()
class Engine(http.server.BaseHTTPRequestHandler):
    rules = ""
    def do_PUT(self):
        Engine.rules = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.answer(400 if "broken" in Engine.rules else 200, self.path)
    def do_GET(self):
        self.answer(200, Engine.rules)
    def answer(self, status, text):
        self.send_response(status)
        self.end_headers()
        self.wfile.write(text.encode())
http.server.HTTPServer((given.host, given.port), Engine).serve_forever()
"""
ASK = """
import os, urllib.request
told = urllib.request.urlopen("http://" + os.environ["FIRESTORE_EMULATOR_HOST"]).read().decode()
raise SystemExit(0 if "service cloud.firestore" in told else 7)
"""


def engine(folder: Path) -> None:
    program = folder / "engine"
    program.write_text(ENGINE.replace("PYTHON", sys.executable))
    program.chmod(0o755)


def test_the_same_suite_runs_on_another_engine_that_is_given_the_rules(tmp_path: Path) -> None:
    (tmp_path / "firestore.rules").write_text(OPEN)
    (tmp_path / "ask.py").write_text(ASK)
    engine(tmp_path)
    done = launch("test", ".", "--engine", "engine", "--", sys.executable, "ask.py", cwd=tmp_path)
    assert done.returncode == 0, done.stderr


def test_what_an_engine_refuses_and_one_that_is_not_there_are_told(tmp_path: Path) -> None:
    engine(tmp_path)
    (tmp_path / "firestore.rules").write_text(OPEN + "// broken")
    done = launch("test", ".", "--engine", "engine", "--", "true", cwd=tmp_path)
    assert done.returncode == 2
    assert "refuses the rules: /emulator/v1/projects/" in done.stderr
    done = launch("test", ".", "--engine", "no-such-engine", "--", "true", cwd=tmp_path)
    assert done.returncode == 2
    assert "there is no such program" in done.stderr
    done = launch("test", ".", "--engine", "/bin/false", "--", "true", cwd=tmp_path)
    assert "does not listen: it ended with 1" in done.stderr
