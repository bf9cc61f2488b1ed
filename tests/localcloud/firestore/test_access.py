"""Who may do what: tokens, IAM and databases that were never created."""

from __future__ import annotations

import time

import grpc
import pytest
from google.api_core import exceptions
from google.cloud.firestore_v1.services.firestore import FirestoreClient
from google.cloud.firestore_v1.services.firestore.transports import FirestoreGrpcTransport

from localcloud.base import process, tokens
from localcloud.base.world import Resource
from localcloud.firestore.server import serve

PROJECT = "acme-rehearsal"
DATABASE = f"projects/{PROJECT}/databases/(default)"
DOCUMENT = f"{DATABASE}/documents/c/d"
ACCOUNT = f"intake@{PROJECT}.iam.gserviceaccount.com"


@pytest.fixture
def launched(stage):
    """A served world as after a launch: project, database, and a role for one service account."""
    inputs = {"project": PROJECT, "name": "(default)"}
    stage.world.put(Resource("gcp:organizations/project:Project", PROJECT, "urn", {"projectId": PROJECT}))
    stage.world.put(Resource("gcp:firestore/database:Database", f"{PROJECT}/(default)", "urn", inputs))
    grant(stage, "roles/datastore.user")
    with process.on_thread(serve(stage.home)):
        yield stage


def grant(stage, role):
    inputs = {"project": PROJECT, "role": role, "member": f"serviceAccount:{ACCOUNT}"}
    stage.world.put(Resource("gcp:projects/iAMMember:IAMMember", "member", "urn", inputs))


@pytest.fixture
def api(launched):
    with grpc.insecure_channel(launched.ports.address("firestore_api")) as channel:
        yield FirestoreClient(transport=FirestoreGrpcTransport(channel=channel))


def bearer(stage, account=ACCOUNT, now=None):
    token = tokens.access_token(stage.home, account, time.time() if now is None else now)
    return [("authorization", f"Bearer {token}")]


def write(**extra):
    return {"database": DATABASE, "writes": [{"update": {"name": DOCUMENT}, **extra}]}


def test_a_service_account_with_the_role_reads_and_writes(launched, api):
    api.commit(write(), metadata=bearer(launched))
    assert api.get_document({"name": DOCUMENT}, metadata=bearer(launched)).name == DOCUMENT


def test_a_call_without_a_token_is_a_users_and_denied_where_no_rules_are(api):
    with pytest.raises(exceptions.PermissionDenied, match="nobody signed in: denied: no rules"):
        api.get_document({"name": DOCUMENT})


@pytest.mark.parametrize("given", ["owner", "x.y.z"])
def test_a_call_with_a_made_up_token_is_unauthenticated(api, given):
    with pytest.raises(exceptions.Unauthenticated, match="had invalid authentication credentials"):
        api.get_document({"name": DOCUMENT}, metadata=[("authorization", f"Bearer {given}")])


def test_an_expired_token_is_unauthenticated(launched, api):
    with pytest.raises(exceptions.Unauthenticated):
        api.get_document({"name": DOCUMENT}, metadata=bearer(launched, now=time.time() - 7200))


def test_a_stranger_is_denied_by_name(launched, api):
    stranger = f"other@{PROJECT}.iam.gserviceaccount.com"
    words = f"insufficient permissions.*datastore.entities.get.*projects/{PROJECT}.*serviceAccount:{stranger}"
    with pytest.raises(exceptions.PermissionDenied, match=words):
        api.get_document({"name": DOCUMENT}, metadata=bearer(launched, stranger))


def test_a_viewer_reads_and_does_not_write(launched, api):
    api.commit(write(), metadata=bearer(launched))
    grant(launched, "roles/datastore.viewer")
    assert api.get_document({"name": DOCUMENT}, metadata=bearer(launched))
    refusals = {
        "datastore.entities.create": write(),
        "datastore.entities.update": write(current_document={"exists": True}),
        "datastore.entities.delete": {"database": DATABASE, "writes": [{"delete": DOCUMENT}]},
    }
    for permission, request in refusals.items():
        with pytest.raises(exceptions.PermissionDenied, match=permission):
            api.commit(request, metadata=bearer(launched))


def test_a_binding_that_is_taken_away_bites_at_once(launched, api):
    api.commit(write(), metadata=bearer(launched))
    launched.world.remove("gcp:projects/iAMMember:IAMMember", "member")
    with pytest.raises(exceptions.PermissionDenied):
        api.commit(write(), metadata=bearer(launched))


def test_listening_needs_the_role_as_well(launched, api):
    request = {"database": DATABASE, "add_target": {"target_id": 1, "documents": {"documents": [DOCUMENT]}}}
    told = api.listen(iter([request]), metadata=bearer(launched))
    assert next(iter(told)).target_change.target_change_type.name == "ADD"
    launched.world.remove("gcp:projects/iAMMember:IAMMember", "member")
    with pytest.raises(exceptions.PermissionDenied):
        list(api.listen(iter([request]), metadata=bearer(launched)))


def test_a_database_that_was_never_created_is_not_found_on_either_port(launched, api):
    launched.world.remove("gcp:firestore/database:Database", f"{PROJECT}/(default)")
    words = rf"The database \(default\) does not exist for project {PROJECT} Please visit"
    with pytest.raises(exceptions.NotFound, match=words):
        api.commit(write(), metadata=bearer(launched))
    client = launched.client()
    with pytest.raises(exceptions.NotFound, match=words):
        client.document("c/d").set({})
    client.close()


def test_the_open_port_of_an_empty_world_takes_everyone_everywhere(col):
    col.document("d").set({"n": 1})
    assert col.document("d").get().exists


def test_a_method_of_another_service_is_refused_in_a_sentence(served):
    with grpc.insecure_channel(served.ports.address("firestore")) as channel:
        call = channel.unary_unary("/google.firestore.admin.v1.FirestoreAdmin/ListIndexes")
        with pytest.raises(grpc.RpcError, match=r"does not do google\.firestore\.admin"):
            call(b"")
