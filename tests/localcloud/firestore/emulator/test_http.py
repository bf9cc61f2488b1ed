"""What the open port answers by HTTP/1.1, beside gRPC: the emulator's own calls and Firestore's REST form."""

from __future__ import annotations

import json
from collections.abc import Iterator

import httpx
import jwt
import pytest
import uvloop

from localcloud.base import process
from localcloud.base.world import World
from localcloud.firestore import rulebook
from localcloud.firestore.server import serve

PROJECT = "demo-http"
DOCUMENTS = f"/v1/projects/{PROJECT}/databases/(default)/documents"
NAME = DOCUMENTS.removeprefix("/v1/")
RULES_CALL = f"/emulator/v1/projects/{PROJECT}:securityRules"
RULES = """rules_version = '2';
service cloud.firestore {
  match /databases/{d}/documents {
    match /own/{uid} { allow read, write: if request.auth != null && request.auth.uid == uid; }
    match /open/{x} { allow read; }
  }
}
"""


@pytest.fixture(scope="module")
def http(served) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"http://{served.ports.address('firestore')}") as client:
        yield client


@pytest.fixture
def owner() -> dict[str, str]:
    return {"Authorization": "Bearer owner"}


def user(uid: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {jwt.encode({'sub': uid}, None, algorithm='none')}"}


def load(http: httpx.Client, text: str) -> httpx.Response:
    return http.put(RULES_CALL, json={"rules": {"files": [{"name": "firestore.rules", "content": text}]}})


def fields(**given: int) -> dict[str, object]:
    return {"fields": {name: {"integerValue": str(number)} for name, number in given.items()}}


def test_the_port_says_that_it_is_ready(http):
    assert http.get("/").text == "Ok\n"


def test_grpc_and_http_share_the_port_and_the_documents(http, served, owner):
    client = served.client()
    client.document("shared/d").set({"n": 1})
    path = f"/v1/projects/{client.project}/databases/(default)/documents/shared/d"
    assert http.get(path, headers=owner).json()["fields"] == {"n": {"integerValue": "1"}}
    client.close()


def test_loaded_rules_judge_users_and_not_the_owner(http, owner):
    assert load(http, RULES).json() == {}
    assert http.patch(f"{DOCUMENTS}/own/alice", json=fields(n=1), headers=user("alice")).status_code == 200
    refused = http.patch(f"{DOCUMENTS}/own/alice", json=fields(n=2), headers=user("bob"))
    assert (refused.status_code, refused.json()["error"]["status"]) == (403, "PERMISSION_DENIED")
    assert http.get(f"{DOCUMENTS}/own/alice").status_code == 403
    assert http.get(f"{DOCUMENTS}/own/alice", headers=owner).status_code == 200
    assert http.get(f"{DOCUMENTS}/open/nothing").status_code == 404


def test_rules_that_do_not_compile_are_refused_with_their_place_and_the_old_ones_stay(http):
    load(http, RULES)
    refused = load(http, RULES.replace("request.auth != null", "request.auth !="))
    assert refused.status_code == 400
    assert "firestore.rules:4:" in refused.json()["error"]["message"]
    assert http.patch(f"{DOCUMENTS}/own/carol", json=fields(n=1), headers=user("carol")).status_code == 200
    assert http.put(RULES_CALL, content="nonsense").status_code == 400


def test_a_database_is_cleared_and_only_that_one(http, owner):
    other = DOCUMENTS.replace("(default)", "second")
    for root in (DOCUMENTS, other):
        assert http.patch(f"{root}/c/d/e/f", json=fields(n=1), headers=owner).status_code == 200
    path = DOCUMENTS.replace("/v1/", "/emulator/v1/")
    assert http.delete(path).status_code == 200
    assert http.get(f"{DOCUMENTS}/c/d/e/f", headers=owner).status_code == 404
    assert http.get(f"{other}/c/d/e/f", headers=owner).status_code == 200


def test_coverage_tells_what_the_loaded_rules_reached(http):
    assert http.get("/emulator/v1/projects/demo-none:ruleCoverage").status_code == 404
    load(http, RULES)
    http.get(f"{DOCUMENTS}/own/alice", headers=user("bob"))
    told = http.get(f"/emulator/v1/projects/{PROJECT}:ruleCoverage").json()
    (conjunction,) = told["report"]
    text = told["rules"]["files"][0]["content"]
    place = conjunction["sourcePosition"]
    assert text[place["currentOffset"] : place["endOffset"]].startswith("request.auth != null")
    assert conjunction["values"] == [{"value": {"boolValue": False}, "count": 1}]
    assert len(conjunction["children"]) == 2
    page = http.get(f"/emulator/v1/projects/{PROJECT}:ruleCoverage.html")
    assert page.headers["content-type"].startswith("text/html")
    assert "1 × false" in page.text


def test_documents_are_created_read_changed_listed_and_deleted(http, owner):
    made = http.post(f"{DOCUMENTS}/rest?documentId=a:b", json=fields(n=1, m=2), headers=owner).json()
    assert made["name"] == f"{NAME}/rest/a:b"
    assert http.post(f"{DOCUMENTS}/rest?documentId=a:b", json=fields(n=1), headers=owner).status_code == 409
    changed = {"updateMask.fieldPaths": ["n"], "currentDocument.exists": "true"}
    http.patch(f"{DOCUMENTS}/rest/a:b", params=changed, json=fields(n=5), headers=owner)
    read = http.get(f"{DOCUMENTS}/rest/a:b", params={"mask.fieldPaths": ["n"]}, headers=owner).json()
    assert read["fields"] == fields(n=5)["fields"]
    listed = http.get(f"{DOCUMENTS}/rest", params={"pageSize": 1, "showMissing": "false"}, headers=owner).json()
    assert [each["name"] for each in listed["documents"]] == [made["name"]]
    assert http.delete(f"{DOCUMENTS}/rest/a:b", headers=owner).json() == {}
    assert http.get(f"{DOCUMENTS}/rest/a:b", headers=owner).status_code == 404


def test_writes_queries_and_transactions_go_by_rest(http, owner):
    begun = http.post(f"{DOCUMENTS}:beginTransaction", json={}, headers=owner).json()["transaction"]
    write = {"update": {"name": f"{NAME}/verbs/d", **fields(n=1)}}
    done = http.post(f"{DOCUMENTS}:commit", json={"writes": [write], "transaction": begun}, headers=owner).json()
    assert done["commitTime"]
    query = {"structuredQuery": {"from": [{"collectionId": "verbs"}]}}
    (found,) = http.post(f"{DOCUMENTS}:runQuery", json=query, headers=owner).json()
    assert found["document"]["name"] == f"{NAME}/verbs/d"
    gotten = http.post(f"{DOCUMENTS}:batchGet", json={"documents": [f"{NAME}/verbs/none"]}, headers=owner).json()
    assert gotten[0]["missing"] == f"{NAME}/verbs/none"
    ids = http.post(f"{DOCUMENTS}/verbs/d:listCollectionIds", json={}, headers=owner)
    assert ids.json() == {}


@pytest.mark.parametrize(
    ("verb", "path", "body", "status"),
    [
        ("GET", "/v1/nowhere", "", 404),
        ("POST", f"{DOCUMENTS}:runQuery", "[]", 400),
        ("POST", f"{DOCUMENTS}:runQuery", "{", 400),
        ("POST", f"{DOCUMENTS}:runQuery", json.dumps({"structuredQuery": {"unknown": 1}}), 400),
        ("POST", f"{DOCUMENTS}/c/d", "{}", 404),
        ("GET", f"{DOCUMENTS}/c/__x__", "", 400),
        ("POST", "/google.firestore.v1.Firestore/Listen/channel", "", 501),
    ],
)
def test_what_is_wrong_is_refused_in_googles_form(http, owner, verb, path, body, status):
    refused = http.request(verb, path, content=body, headers=owner)
    assert refused.status_code == status
    assert set(refused.json()["error"]) == {"code", "message", "status"}


def test_what_was_loaded_ends_with_the_server_and_what_is_deployed_stays(stage):
    rulebook.deploy(stage.world, PROJECT, RULES)
    everything = RULES.replace("allow read;", "allow read, write;")
    for loads in (True, False):
        address = f"http://{stage.ports.address('firestore')}"
        with process.on_thread(serve(stage.home), uvloop.new_event_loop), httpx.Client(base_url=address) as http:
            if loads:
                load(http, everything)
            written = http.patch(f"{DOCUMENTS}/open/x", json=fields(n=1))
            assert written.status_code == (200 if loads else 403)
    assert rulebook.texts(World(stage.home / "world.db"))[NAME.removesuffix("/documents")] == RULES


def transfer(http: httpx.Client, verb: str, **body: str) -> httpx.Response:
    return http.post(f"/emulator/v1/projects/demo-moved:{verb}", json=body)


def test_a_database_is_exported_into_files_and_imported_from_them(http, owner, tmp_path):
    root = "/v1/projects/demo-moved/databases/(default)/documents"
    http.patch(f"{root}/c/d", json=fields(n=1), headers=owner)
    http.patch(f"{root}/c/d/e/f", json=fields(n=2), headers=owner)
    assert transfer(http, "export", export_directory=str(tmp_path), export_name="kept").json() == {}
    http.patch(f"{root}/c/d", json=fields(n=3), headers=owner)
    http.patch(f"{root}/c/other", json=fields(n=4), headers=owner)
    http.delete(f"{root}/c/d/e/f", headers=owner)
    metadata = str(tmp_path / "kept" / "kept.overall_export_metadata")
    assert transfer(http, "import", export_directory=metadata).json() == {}
    found = {path: http.get(f"{root}/{path}", headers=owner).json()["fields"] for path in ("c/d", "c/d/e/f", "c/other")}
    assert found == {path: fields(n=n)["fields"] for path, n in (("c/d", 1), ("c/d/e/f", 2), ("c/other", 4))}


def test_an_import_is_all_or_nothing(http, owner, tmp_path):
    root = "/v1/projects/demo-moved/databases/(default)/documents"
    transfer(http, "export", export_directory=str(tmp_path), export_name="kept")
    output = tmp_path / "kept" / "all_namespaces" / "all_kinds" / "output-0"
    output.write_bytes(output.read_bytes()[:-1])
    http.delete(f"{root}/c/d", headers=owner)
    refused = transfer(http, "import", export_directory=str(tmp_path / "kept" / "kept.overall_export_metadata"))
    assert (refused.status_code, refused.json()["error"]["status"]) == (400, "INVALID_ARGUMENT")
    assert "output-0 is damaged" in refused.json()["error"]["message"]
    assert http.get(f"{root}/c/d", headers=owner).status_code == 404


def test_transfers_refuse_what_a_web_page_could_send_and_what_they_do_not_know(http, tmp_path):
    path = "/emulator/v1/projects/demo-moved:export"
    body = json.dumps({"export_directory": str(tmp_path)})
    for kind in ("text/plain", "application/x-www-form-urlencoded"):
        refused = http.post(path, content=body, headers={"Content-Type": kind})
        assert "Content-Type: application/json" in refused.json()["error"]["message"]
    assert transfer(http, "export", export_directory=str(tmp_path), folder="x").status_code == 400
    assert transfer(http, "export", export_directory=str(tmp_path / "none")).status_code == 400
    assert transfer(http, "export").status_code == 400
    assert list(tmp_path.iterdir()) == []
