"""Users of the app go through the deployed rules; services and the owner pass them by."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import grpc
import jwt
import pytest
from google.api_core import exceptions
from google.cloud import firestore
from google.cloud.firestore_v1.services.firestore import FirestoreClient
from google.cloud.firestore_v1.services.firestore.transports import FirestoreGrpcTransport

from localcloud.base import process, tokens
from localcloud.base.world import Resource
from localcloud.firestore import rulebook
from localcloud.firestore.server import serve

PROJECT = "acme-rehearsal"
DATABASE = f"projects/{PROJECT}/databases/(default)"
ROOT = f"{DATABASE}/documents"
RULES = """rules_version = '2';
service cloud.firestore {
  match /databases/{database}/documents {
    function mine(uid) { return request.auth != null && request.auth.uid == uid; }
    function balance(uid) { return getAfter(/databases/$(database)/documents/accounts/$(uid)).data.balance; }
    match /notes/{id} {
      allow read: if mine(resource.data.owner);
      allow create: if mine(request.resource.data.owner) && request.resource.data.at == request.time;
      allow update: if mine(resource.data.owner) && request.resource.data.owner == resource.data.owner;
      allow delete: if mine(resource.data.owner);
    }
    match /public/{id} { allow read; }
    match /accounts/{uid} { allow read, write: if mine(uid); }
    match /moves/{uid} { allow create: if mine(uid) && request.resource.data.left == balance(uid); }
  }
}
"""


@pytest.fixture(scope="module")
def ruled(served):
    """A server whose world has rules and a database."""
    inputs = {"project": PROJECT, "name": "(default)"}
    served.world.put(Resource("gcp:organizations/project:Project", PROJECT, "urn", {"projectId": PROJECT}))
    served.world.put(Resource("gcp:firestore/database:Database", f"{PROJECT}/(default)", "urn", inputs))
    rulebook.deploy(served.world, PROJECT, RULES)
    return served


def opened(stage, port):
    channel = grpc.insecure_channel(stage.ports.address(port))
    return FirestoreClient(transport=FirestoreGrpcTransport(channel=channel))


@pytest.fixture(scope="module")
def api(ruled):
    with opened(ruled, "firestore_api") as client:
        yield client


@pytest.fixture(scope="module")
def emulated(ruled):
    with opened(ruled, "firestore") as client:
        yield client


@pytest.fixture
def alice(ruled):
    return signed(ruled, "alice")


def signed(stage, uid, project=PROJECT, now=None):
    token = tokens.firebase_token(stage.home, project, uid, {"email": f"{uid}@x.test"}, now or time.time())
    return {"metadata": [("authorization", f"Bearer {token}")], "retry": None}


def unsigned(uid):
    token = jwt.encode({"sub": uid, "iss": f"https://securetoken.google.com/{PROJECT}"}, None, algorithm="none")
    return {"metadata": [("authorization", f"Bearer {token}")], "retry": None}


OWNER = {"metadata": [("authorization", "Bearer owner")]}


def note(id_, owner="alice", **fields):
    values = {"owner": {"string_value": owner}, **{name: {"string_value": each} for name, each in fields.items()}}
    stamp = {"field_path": "at", "set_to_server_value": "REQUEST_TIME"}
    return {
        "update": {"name": f"{ROOT}/notes/{id_}", "fields": values},
        "current_document": {"exists": False},
        "update_transforms": [stamp],
    }


def commit(client, *writes, **call):
    return client.commit({"database": DATABASE, "writes": list(writes)}, **call)


def query(collection, *filters):
    found = [
        {"field_filter": {"field": {"field_path": path}, "op": "EQUAL", "value": {"string_value": value}}}
        for path, value in filters
    ]
    where = {"where": {"composite_filter": {"op": "AND", "filters": found}}} if found else {}
    return {"parent": ROOT, "structured_query": {"from_": [{"collection_id": collection}], **where}}


def denied():
    return pytest.raises(exceptions.PermissionDenied, match=r"Missing or insufficient permissions\.")


def test_a_user_writes_and_reads_their_own_and_no_other_user_does(ruled, api, alice):
    commit(api, note("own"), **alice)
    assert api.get_document({"name": f"{ROOT}/notes/own"}, **alice).fields["owner"].string_value == "alice"
    with denied():
        api.get_document({"name": f"{ROOT}/notes/own"}, **signed(ruled, "mallory"))
    with denied():
        commit(api, note("theirs", owner="alice"), **signed(ruled, "mallory"))


def test_the_server_time_is_the_requests_time(api, alice):
    late = {**note("late"), "update_transforms": []}
    with denied():
        commit(api, late, **alice)


def test_without_a_token_only_what_is_public_can_be_read(api, emulated):
    emulated.commit({"database": DATABASE, "writes": [{"update": {"name": f"{ROOT}/public/p"}}]}, **OWNER)
    for client in (api, emulated):
        assert client.get_document({"name": f"{ROOT}/public/p"}, retry=None)
        with denied():
            client.get_document({"name": f"{ROOT}/notes/own"}, retry=None)


def test_a_denied_document_does_not_tell_whether_it_exists(api, alice):
    for name in ("nothing", "there"):
        with denied():
            api.get_document({"name": f"{ROOT}/closed/{name}"}, **alice)
    with denied():
        commit(api, {"update": {"name": f"{ROOT}/closed/x"}, "current_document": {"exists": True}}, **alice)


def test_rules_are_not_filters(api, alice):
    with denied():
        list(api.run_query(query("notes"), **alice))
    with denied():
        list(api.run_query(query("notes", ("owner", "bob")), **alice))
    found = list(api.run_query(query("notes", ("owner", "alice")), **alice))
    assert [each.document.name.rpartition("/")[2] for each in found if each.document.name] == ["own"]
    counted = {
        "parent": ROOT,
        "structured_aggregation_query": {
            "structured_query": query("notes", ("owner", "alice"))["structured_query"],
            "aggregations": [{"count": {}, "alias": "n"}],
        },
    }
    (answer,) = api.run_aggregation_query(counted, **alice)
    assert answer.result.aggregate_fields["n"].integer_value == 1
    counted["structured_aggregation_query"]["structured_query"] = query("notes")["structured_query"]
    with denied():
        list(api.run_aggregation_query(counted, **alice))


def test_listing_documents_and_collections(api, emulated, alice):
    assert list(api.list_documents({"parent": ROOT, "collection_id": "public"}, retry=None))
    with denied():
        list(api.list_documents({"parent": ROOT, "collection_id": "notes"}, **alice))
    with denied():
        list(api.list_collection_ids({"parent": ROOT}, **alice))
    assert list(emulated.list_collection_ids({"parent": ROOT}, **OWNER))


def test_one_denied_document_denies_a_whole_read(api, alice):
    names = [f"{ROOT}/notes/own", f"{ROOT}/closed/x"]
    with denied():
        list(api.batch_get_documents({"database": DATABASE, "documents": names}, **alice))
    assert list(api.batch_get_documents({"database": DATABASE, "documents": names[:1]}, **alice))


def test_update_and_delete_have_rules_of_their_own(ruled, api, alice):
    commit(api, note("mine"), **alice)
    taken = {"name": f"{ROOT}/notes/mine", "fields": {"owner": {"string_value": "mallory"}}}
    with denied():
        api.update_document({"document": taken, "update_mask": {"field_paths": ["owner"]}}, **alice)
    more = {"name": f"{ROOT}/notes/mine", "fields": {"text": {"string_value": "x"}}}
    assert api.update_document({"document": more, "update_mask": {"field_paths": ["text"]}}, **alice)
    with denied():
        api.delete_document({"name": f"{ROOT}/notes/mine"}, **signed(ruled, "mallory"))
    api.delete_document({"name": f"{ROOT}/notes/mine"}, **alice)


def account(uid, balance):
    return {"update": {"name": f"{ROOT}/accounts/{uid}", "fields": {"balance": {"integer_value": balance}}}}


def move(uid, left):
    return {"update": {"name": f"{ROOT}/moves/{uid}", "fields": {"left": {"integer_value": left}}}}


def test_get_after_sees_the_other_writes_of_a_commit_and_a_denied_one_changes_nothing(api, emulated, alice):
    with denied():
        commit(api, account("alice", 5), move("alice", 6), **alice)
    with pytest.raises(exceptions.NotFound):
        api.get_document({"name": f"{ROOT}/accounts/alice"}, **alice)
    commit(api, account("alice", 5), move("alice", 5), **alice)
    begun = api.begin_transaction({"database": DATABASE}, **alice).transaction
    found = {"database": DATABASE, "documents": [f"{ROOT}/accounts/alice"], "transaction": begun}
    assert list(api.batch_get_documents(found, **alice))
    api.commit({"database": DATABASE, "writes": [account("alice", 7)], "transaction": begun}, **alice)


def test_a_batch_write_tells_of_each_write(api, alice):
    answer = api.batch_write({"database": DATABASE, "writes": [account("alice", 1), account("bob", 1)]}, **alice)
    assert [status.code for status in answer.status] == [0, grpc.StatusCode.PERMISSION_DENIED.value[0]]


def test_a_listener_is_judged_when_it_begins(api, alice):
    def told(target):
        request = {"database": DATABASE, "add_target": {"target_id": 1, **target}}
        return list(api.listen(iter([request]), metadata=alice["metadata"]))

    ended = told({"documents": {"documents": [f"{ROOT}/closed/x"]}})
    assert [each.target_change.cause.code for each in ended] == [grpc.StatusCode.PERMISSION_DENIED.value[0]]
    assert told({"query": query("notes")})[0].target_change.cause.code == grpc.StatusCode.PERMISSION_DENIED.value[0]
    fine = told({"query": query("notes", ("owner", "alice"))})
    assert any(each.document_change.document.name for each in fine)


def test_an_unsigned_token_names_the_user_on_the_open_port_only(api, emulated):
    assert emulated.get_document({"name": f"{ROOT}/notes/own"}, **unsigned("alice"))
    with denied():
        emulated.get_document({"name": f"{ROOT}/notes/own"}, **unsigned("bob"))
    with pytest.raises(exceptions.Unauthenticated):
        api.get_document({"name": f"{ROOT}/notes/own"}, **unsigned("alice"))


def test_expired_and_foreign_users_are_unauthenticated(ruled, api):
    for call in (signed(ruled, "alice", now=time.time() - 7200), signed(ruled, "alice", project="other")):
        with pytest.raises(exceptions.Unauthenticated):
            api.get_document({"name": f"{ROOT}/notes/own"}, **call)


def test_a_service_is_judged_by_its_roles_alone(ruled, api):
    account = f"intake@{PROJECT}.iam.gserviceaccount.com"
    inputs = {"project": PROJECT, "role": "roles/datastore.user", "member": f"serviceAccount:{account}"}
    ruled.world.put(Resource("gcp:projects/iAMMember:IAMMember", "member", "urn", inputs))
    token = tokens.access_token(ruled.home, account, time.time())
    call = {"metadata": [("authorization", f"Bearer {token}")]}
    api.commit({"database": DATABASE, "writes": [{"update": {"name": f"{ROOT}/closed/x"}}]}, **call)
    assert api.get_document({"name": f"{ROOT}/closed/x"}, **call)


def test_new_rules_count_at_once_and_broken_ones_deny_all(stage, alice):
    with process.on_thread(serve(stage.home)), opened(stage, "firestore") as client:
        name = {"name": f"{ROOT}/any/x"}
        rulebook.deploy(stage.world, PROJECT, RULES.replace("public", "any"))
        with pytest.raises(exceptions.NotFound):
            client.get_document(name, **unsigned("alice"))
        for text in (RULES, "service cloud.firestore {"):
            rulebook.deploy(stage.world, PROJECT, text)
            with denied():
                client.get_document(name, **unsigned("alice"))


def test_without_rules_every_user_is_denied_and_the_owner_is_not(stage):
    with process.on_thread(serve(stage.home)), opened(stage, "firestore") as client:
        with denied():
            client.get_document({"name": f"{ROOT}/any/x"}, **unsigned("alice"))
        with pytest.raises(exceptions.NotFound):
            client.get_document({"name": f"{ROOT}/any/x"}, **OWNER)


def test_users_who_contend_for_a_document_lose_no_update(ruled):
    client = ruled.client()
    client._rpc_metadata_internal = [("authorization", unsigned("carol")["metadata"][0][1])]
    counter = client.document("accounts/carol")
    counter.set({"balance": 0})

    def add(_):
        @firestore.transactional
        def once(transaction):
            transaction.update(counter, {"balance": counter.get(transaction=transaction).get("balance") + 1})

        for _ in range(10):
            once(client.transaction(max_attempts=50))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(add, range(8)))
    assert counter.get().get("balance") == 80
    with denied():
        client.document("accounts/dave").get()
    client.close()
