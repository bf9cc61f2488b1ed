from __future__ import annotations

from typing import Any

import grpc
import pytest

from localcloud.base.world import Resource
from localcloud.firestore import history, paths
from localcloud.firestore.messages import Document
from localcloud.firestore.store import Store
from localcloud.providers.values import UNKNOWN, Secret

SECRET = "gcp:secretmanager/secret:Secret"
QUEUE = "gcp:cloudtasks/queue:Queue"
SERVICE = "gcp:cloudrunv2/service:Service"
RECORD = "cloudflare:index/dnsRecord:DnsRecord"
RULESET = "cloudflare:index/ruleset:Ruleset"
ADDRESS = "gcp:compute/globalAddress:GlobalAddress"
TEMPLATE = {"containers": [{"image": "us-docker.pkg.dev/cloudrun/container/hello"}]}


def queue(clouds: Any, name: str = "events", **more: Any) -> Any:
    return clouds.gcp.up(QUEUE, name, name=name, location="europe-west1", project="acme-app", **more)


def test_a_created_resource_is_in_the_world_with_id_and_outputs(clouds: Any) -> None:
    clouds.project()
    made = queue(clouds)
    assert made.id == "projects/acme-app/locations/europe-west1/queues/events"
    assert made.outputs["state"] == "RUNNING"
    stored = clouds.world.resource(QUEUE, made.id)
    assert stored.inputs == {"name": "events", "location": "europe-west1", "project": "acme-app"}
    assert stored.outputs["retryConfig"]["maxAttempts"] == 100
    assert stored.urn.endswith("::events")
    assert [entry.data["op"] for entry in clouds.world.journal("provider", stored.urn)] == ["create"]


def test_a_preview_knows_the_inputs_and_leaves_the_rest_open(clouds: Any) -> None:
    planned = clouds.gcp.preview(QUEUE, "events", name="events", location="europe-west1", project="acme-app")
    assert planned["name"] == "events"
    assert planned["state"] == UNKNOWN
    assert clouds.world.resources() == []


def test_defaults_fill_what_is_left_out_inside_maps_too(clouds: Any) -> None:
    clouds.project()
    made = queue(clouds, retryConfig={"maxAttempts": 5})
    assert made.outputs["retryConfig"] == {
        "maxAttempts": 5,
        "maxBackoff": "3600s",
        "maxDoublings": 16,
        "maxRetryDuration": "0s",
        "minBackoff": "0.100s",
    }
    assert made.inputs["retryConfig"] == {"maxAttempts": 5}


def test_cloud_run_answers_at_the_address_that_follows_from_its_name(clouds: Any) -> None:
    project = clouds.project()
    made = clouds.gcp.up(
        SERVICE, "intake", name="intake", location="europe-west1", project="acme-app", template=TEMPLATE
    )
    assert project.outputs["number"] == "100000000001"
    assert made.outputs["uri"] == "https://intake-100000000001.europe-west1.run.app"
    assert made.outputs["urls"] == [made.outputs["uri"]]
    assert made.outputs["latestReadyRevision"].startswith(f"{made.id}/revisions/intake-00001-")
    changed = clouds.gcp.change(made, template={**TEMPLATE, "timeout": "5s"})
    assert changed.outputs["generation"] == "2"
    assert changed.outputs["uid"] == made.outputs["uid"]


def test_a_missing_name_is_made_up_once(clouds: Any) -> None:
    clouds.project()
    made = clouds.gcp.up(SECRET, "token", project="acme-app", replication={"auto": {}})
    assert made.inputs["secretId"].startswith("token-")
    again, _ = clouds.gcp.check(SECRET, "token", {"project": "acme-app", "replication": {"auto": {}}}, made.inputs)
    assert again == made.inputs
    assert clouds.gcp.diff(made).kinds == {}


def test_addresses_and_numbers_are_given_out_once_each(clouds: Any) -> None:
    clouds.project()
    first, second = (clouds.gcp.up(ADDRESS, name, name=name, project="acme-app") for name in ("one", "two"))
    assert (first.outputs["address"], second.outputs["address"]) == ("127.100.0.1", "127.100.0.2")
    clouds.gcp.delete(first)
    assert clouds.gcp.up(ADDRESS, "three", name="three", project="acme-app").outputs["address"] == "127.100.0.1"
    other = clouds.gcp.up("gcp:organizations/project:Project", "other", projectId="other-project", name="other")
    assert other.outputs["number"] == "100000000002"


def test_a_signed_zone_tells_what_the_registrar_needs(clouds: Any) -> None:
    zone = clouds.zone()
    made = clouds.cloudflare.up("cloudflare:index/zoneDnssec:ZoneDnssec", "dnssec", zoneId=zone, status="active")
    assert made.id == zone
    assert made.outputs["algorithm"] == "13"
    assert made.outputs["flags"] == 257
    assert made.outputs["ds"].startswith("acme.test. 3600 IN DS ")
    assert clouds.cloudflare.change(made).outputs["publicKey"] == made.outputs["publicKey"]
    assert "ds" not in clouds.cloudflare.change(made, status="disabled").outputs


def test_names_that_follow_from_the_project(clouds: Any) -> None:
    clouds.project()
    account = clouds.gcp.up("gcp:serviceaccount/account:Account", "intake", accountId="intake", project="acme-app")
    assert account.outputs["email"] == "intake@acme-app.iam.gserviceaccount.com"
    assert account.outputs["member"] == f"serviceAccount:{account.outputs['email']}"
    assert account.id == account.outputs["name"] == f"projects/acme-app/serviceAccounts/{account.outputs['email']}"
    proof = clouds.gcp.up(
        *("gcp:certificatemanager/dnsAuthorization:DnsAuthorization", "launch"),
        name="launch",
        domain="api.acme.test",
        project="acme-app",
        type="PER_PROJECT_RECORD",
    ).outputs["dnsResourceRecords"][0]
    assert proof["type"] == "CNAME"
    assert proof["name"].startswith("_acme-challenge_")
    assert proof["name"].endswith(".api.acme.test.")
    firebase = clouds.gcp.up("gcp:firebase/project:Project", "firebase", project="acme-app")
    assert firebase.outputs["projectNumber"] == "100000000001"
    app = clouds.gcp.up(
        "gcp:firebase/androidApp:AndroidApp", "app", project="acme-app", displayName="A", packageName="a.b"
    )
    assert app.outputs["appId"].startswith("1:100000000001:android:")


def test_an_iam_member_is_named_by_what_it_joins_and_may_be_added_twice(clouds: Any) -> None:
    clouds.project()
    member = {"project": "acme-app", "role": "roles/datastore.user", "member": "user:ada@acme.test"}
    token = "gcp:projects/iAMMember:IAMMember"
    assert clouds.gcp.up(token, "one", member).id == "acme-app/roles/datastore.user/user:ada@acme.test"
    condition = {"title": "until May", "expression": "true"}
    assert clouds.gcp.up(token, "two", member, condition=condition).id.endswith("/until May")
    assert clouds.gcp.up(token, "one", member).id == clouds.gcp.up(token, "one", member).id


def test_secrets_stay_secret_in_outputs_and_reads_and_lie_open_in_the_world(clouds: Any) -> None:
    zone = clouds.zone()
    rule = {
        "action": "rewrite",
        "expression": "true",
        "actionParameters": {"headers": {"X-Edge": {"operation": "set", "value": Secret("hidden")}}},
    }
    made = clouds.cloudflare.up(
        RULESET, "r", zoneId=zone, kind="zone", name="r", phase="http_request_late_transform", rules=[rule]
    )
    assert value_of(made.outputs) == Secret("hidden")
    assert value_of(clouds.cloudflare.read(made).outputs) == Secret("hidden")
    assert value_of(clouds.cloudflare.read(made).inputs) == Secret("hidden")
    assert value_of(clouds.world.resource(RULESET, made.id).inputs) == "hidden"


def value_of(properties: dict[str, Any]) -> Any:
    return properties["rules"][0]["actionParameters"]["headers"]["X-Edge"]["value"]


def test_what_cannot_change_replaces_and_the_old_goes_first_if_it_holds_the_name(clouds: Any) -> None:
    clouds.project()
    made = queue(clouds)
    moved = clouds.gcp.diff(made, location="europe-west4")
    assert moved.kinds == {"location": "UPDATE_REPLACE"}
    assert moved.replaces == ["location"]
    assert not moved.delete_first
    zone = clouds.zone()
    ruleset = {"zoneId": zone, "kind": "zone", "name": "a", "phase": "http_ratelimit", "rules": []}
    assert not clouds.cloudflare.diff(clouds.cloudflare.up(RULESET, "r", ruleset), name="b").delete_first
    secret = clouds.gcp.up(SECRET, "s", secretId="s", project="acme-app", replication={"auto": {}})
    assert clouds.gcp.diff(secret, replication={"userManaged": {"replicas": []}}).delete_first


def test_a_change_in_place_is_an_update(clouds: Any) -> None:
    clouds.project()
    made = queue(clouds, retryConfig={"maxAttempts": 5})
    assert clouds.gcp.diff(made, retryConfig={"maxAttempts": 6}).kinds == {"retryConfig.maxAttempts": "UPDATE"}
    assert clouds.gcp.diff(made, ("retryConfig",), retryConfig={"maxAttempts": 6}).kinds == {}
    changed = clouds.gcp.change(made, retryConfig={"maxAttempts": 6})
    assert changed.outputs["retryConfig"]["maxAttempts"] == 6
    assert clouds.gcp.read(changed) == changed


def test_the_world_keeps_what_the_real_cloud_keeps_when_the_program_leaves_it_out(clouds: Any) -> None:
    clouds.project()
    made = queue(clouds, retryConfig={"maxAttempts": 5, "minBackoff": "7s"}, rateLimits={"maxDispatchesPerSecond": 3})
    less = {"retryConfig": {"maxAttempts": 6}, "rateLimits": None}
    assert clouds.gcp.diff(made, **less).kinds == {"retryConfig.maxAttempts": "UPDATE"}
    changed = clouds.gcp.change(made, **less)
    assert changed.outputs["retryConfig"]["minBackoff"] == "7s"
    assert changed.outputs["rateLimits"]["maxDispatchesPerSecond"] == 3
    stored = clouds.world.resource(QUEUE, made.id)
    assert stored.inputs["retryConfig"] == {"maxAttempts": 6, "minBackoff": "7s"}
    assert stored.inputs["rateLimits"] == {"maxDispatchesPerSecond": 3}
    assert clouds.gcp.read(changed) == changed
    assert clouds.gcp.diff(changed).kinds == {}


def test_what_is_optional_alone_is_removed_and_a_default_comes_back(clouds: Any) -> None:
    clouds.project()
    role = {"roleId": "reader", "title": "Reader", "permissions": ["run.services.get"], "project": "acme-app"}
    made = clouds.gcp.up("gcp:projects/iAMCustomRole:IAMCustomRole", "reader", role, description="reads", stage="BETA")
    assert clouds.gcp.diff(made, description=None, stage=None).kinds == {"description": "DELETE", "stage": "UPDATE"}
    changed = clouds.gcp.change(made, description=None, stage=None)
    assert "description" not in changed.outputs
    assert changed.outputs["stage"] == "GA"


def test_the_order_of_a_set_is_no_change(clouds: Any) -> None:
    clouds.project()
    listed = ["run.services.get", "run.services.list"]
    role = {"roleId": "reader", "title": "Reader", "permissions": listed, "project": "acme-app"}
    made = clouds.gcp.up("gcp:projects/iAMCustomRole:IAMCustomRole", "reader", role)
    assert clouds.gcp.diff(made, permissions=listed[::-1]).kinds == {}
    assert clouds.gcp.diff(made, permissions=listed[:1]).kinds == {"permissions[1]": "DELETE"}


def test_a_refresh_finds_nothing_new_when_nothing_happened(clouds: Any) -> None:
    clouds.project()
    made = queue(clouds, retryConfig={"maxAttempts": 5})
    assert clouds.gcp.read(made) == made


@pytest.mark.parametrize("side", ["inputs", "outputs"])
def test_a_refresh_shows_what_was_changed_behind_the_engines_back(clouds: Any, side: str) -> None:
    clouds.project()
    made = queue(clouds, retryConfig={"maxAttempts": 5})
    clouds.edit(made, side, retryConfig={"maxAttempts": 9, "maxDoublings": 2})
    found = clouds.gcp.read(made)
    assert found.inputs["retryConfig"]["maxAttempts"] == 9
    assert found.outputs["retryConfig"]["maxAttempts"] == 9
    assert "retryConfig.maxAttempts" in clouds.gcp.diff(found, retryConfig={"maxAttempts": 5}).kinds


def test_a_property_that_somebody_added_shows_up(clouds: Any) -> None:
    clouds.project()
    made = queue(clouds)
    clouds.edit(made, "inputs", desiredState="PAUSED", **made.inputs)
    assert clouds.gcp.read(made).inputs["desiredState"] == "PAUSED"


def test_a_refresh_finds_what_is_gone_gone(clouds: Any) -> None:
    clouds.project()
    made = queue(clouds)
    clouds.world.remove(QUEUE, made.id)
    assert clouds.gcp.read(made) is None
    with pytest.raises(grpc.RpcError, match=r"is no longer in the cloud.*pulumi refresh"):
        clouds.gcp.change(made, retryConfig={"maxAttempts": 6})
    clouds.gcp.delete(made)


def test_an_import_brings_the_inputs_that_make_the_resource(clouds: Any) -> None:
    clouds.project()
    made = queue(clouds, retryConfig={"maxAttempts": 5})
    found = clouds.gcp.look_up(QUEUE, "imported", made.id)
    assert found.inputs == made.inputs
    assert clouds.gcp.check(QUEUE, "imported", found.inputs) == (made.inputs, {})
    assert clouds.gcp.look_up(QUEUE, "imported", "nothing") is None


def test_what_stays_in_the_real_cloud_stays_in_the_world(clouds: Any) -> None:
    clouds.project()
    api = clouds.gcp.up("gcp:projects/service:Service", "run", project="acme-app", service="run.googleapis.com")
    clouds.gcp.delete(api)
    assert clouds.world.resource(api.token, api.id)
    database = {"name": "(default)", "locationId": "eur3", "type": "FIRESTORE_NATIVE", "project": "acme-app"}
    left = clouds.gcp.up("gcp:firestore/database:Database", "db", database)
    clouds.gcp.delete(left)
    assert clouds.world.resource(left.token, left.id)
    assert "already exists" in clouds.gcp.refusal(left.token, "db", database)
    assert [resource.urn for resource in clouds.world.resources(left.token)] == [""]  # no stack's orphan


@pytest.mark.parametrize("what", ["database", "project"])
def test_a_deleted_database_takes_its_documents_with_it(clouds: Any, what: str) -> None:
    project = clouds.project()
    fields = {"name": "(default)", "locationId": "eur3", "type": "FIRESTORE_NATIVE", "project": "acme-app"}
    database = clouds.gcp.up("gcp:firestore/database:Database", "db", fields, deletionPolicy="DELETE")
    store = Store(clouds.world)
    names = [f"projects/{owner}/databases/(default)/documents/tickets/1" for owner in ("acme-app", "other")]
    for time, name in enumerate(names, start=1):
        store.save({paths.document(name): Document(name=name)}, time)
    clouds.gcp.delete({"database": database, "project": project}[what])
    assert [store.get(paths.document(name)) is not None for name in names] == [False, True]
    assert history.Past(clouds.world.connection, 0).get(paths.document(names[0])) is None


def test_a_project_and_a_zone_take_with_them_what_they_hold(clouds: Any) -> None:
    project, zone = clouds.project(), clouds.zone()
    queue(clouds)
    clouds.cloudflare.up(RECORD, "a", zoneId=zone, name="acme.test", type="A", content="192.0.2.1", ttl=1)
    clouds.gcp.delete(project)
    clouds.cloudflare.delete(clouds.cloudflare.look_up("cloudflare:index/zone:Zone", "acme.test", zone))
    assert [found.id for found in clouds.world.resources()] == ["projects/acme-app"]  # its name, which stays taken


def test_a_restarted_server_knows_what_was_created(clouds: Any, schemas: Any) -> None:
    from localcloud.base import ports
    from localcloud.providers.server import serve

    clouds.project()
    made = queue(clouds)
    copy = clouds.home.parent / "copy"
    numbers = ports.allocate(copy)
    (copy / "world.db").symlink_to(clouds.home / "world.db")
    with serve(copy, schemas):
        again = type(clouds.gcp)(numbers.address("gcp"))
        assert again.read(made) == made
        again.channel.close()


def test_a_zone_is_pending_until_the_registrar_names_cloudflares_servers(clouds: Any) -> None:
    former = {"zone": "acme.test", "nameServers": ["ns1.host.example"], "ds": []}
    clouds.world.put(Resource("registrar:registration", "acme.test", "", former, former))
    wanted = {"name": "acme.test", "account": {"id": "a" * 32}}
    zone = clouds.cloudflare.up("cloudflare:index/zone:Zone", "zone", wanted)
    assert zone.outputs["status"] == "pending"
    assert "activatedOn" not in zone.outputs
    assert zone.outputs["originalNameServers"] == ["ns1.host.example"]
    assert clouds.cloudflare.read(zone).outputs["status"] == "pending"
    clouds.world.remove("registrar:registration", "acme.test")
    now = clouds.cloudflare.read(zone)
    assert (now.outputs["status"], now.inputs) == ("active", zone.inputs)
    assert now.outputs["activatedOn"]
    assert clouds.cloudflare.diff(now).kinds == {}
