"""Each launch rule of Google: a case that bites and one that passes."""

from __future__ import annotations

import hashlib
import re
from typing import Any

import grpc
import pytest

from localcloud.control.secret_versions import Versions

TOPIC = "gcp:pubsub/topic:Topic"
QUEUE = "gcp:cloudtasks/queue:Queue"
SECRET = "gcp:secretmanager/secret:Secret"
ACCESSOR = "gcp:secretmanager/secretIamMember:SecretIamMember"
ACCOUNT = "gcp:serviceaccount/account:Account"
SERVICE = "gcp:cloudrunv2/service:Service"
DATABASE = "gcp:firestore/database:Database"
BUCKET = "gcp:storage/bucket:Bucket"
OBJECT = "gcp:storage/bucketObject:BucketObject"
ALERT = "gcp:monitoring/alertPolicy:AlertPolicy"
BACKUP = "gcp:firestore/backupSchedule:BackupSchedule"
FIELD = "gcp:firestore/field:Field"
GRANT = "gcp:projects/iAMMember:IAMMember"
INDEX = "gcp:firestore/index:Index"
RULE = "gcp:compute/globalForwardingRule:GlobalForwardingRule"
TRIGGER = "gcp:eventarc/trigger:Trigger"
METRIC = "gcp:logging/metric:Metric"
JOB = "gcp:cloudscheduler/job:Job"
ROLE = "gcp:projects/iAMCustomRole:IAMCustomRole"
HELLO = "us-docker.pkg.dev/cloudrun/container/hello"
HERE = {"project": "acme-app"}
QUEUED = {**HERE, "name": "events", "location": "europe-west1"}

RULES = """rules_version = '2';
service cloud.firestore {
  match /databases/{d}/documents {
    match /notes/{id} { allow read: if request.auth != null; }
  }
}
"""


def service(image: str = HELLO, account: str | None = None, **container: Any) -> dict[str, Any]:
    template = {"containers": [{"image": image, **container}], **({"serviceAccount": account} if account else {})}
    return {**HERE, "name": "intake", "location": "europe-west1", "template": template}


def test_an_api_has_to_be_enabled_first(clouds: Any) -> None:
    clouds.project("run")
    refused = clouds.gcp.refusal(QUEUE, "events", QUEUED)
    assert 'Queue "events" needs the API cloudtasks.googleapis.com' in refused
    assert "Add projects.Service(service='cloudtasks.googleapis.com')" in refused
    clouds.gcp.up("gcp:projects/service:Service", "tasks", HERE, service="cloudtasks.googleapis.com")
    assert clouds.gcp.up(QUEUE, "events", QUEUED).id


def test_a_resource_lies_in_a_project_that_exists(clouds: Any) -> None:
    assert 'to lie in project "acme-app", which does not exist' in clouds.gcp.refusal(QUEUE, "events", QUEUED)
    without = {key: value for key, value in QUEUED.items() if key != "project"}
    assert "is in no project" in clouds.gcp.refusal(QUEUE, "events", without)


def test_a_paid_api_wants_a_billing_account(clouds: Any) -> None:
    clouds.gcp.up("gcp:organizations/project:Project", "bare", projectId="bare-app", name="bare")
    api = {"project": "bare-app", "service": "run.googleapis.com"}
    assert "has no billing account" in clouds.gcp.refusal("gcp:projects/service:Service", "run", api)
    assert clouds.gcp.up("gcp:projects/service:Service", "iam", api, service="iam.googleapis.com").id


def test_a_parent_has_to_exist(clouds: Any) -> None:
    clouds.project()
    member = {**HERE, "role": "roles/secretmanager.secretAccessor", "member": "user:ada@acme.test"}
    refused = clouds.gcp.refusal(ACCESSOR, "reader", member, secretId="stripe-key")
    assert 'SecretIamMember "reader" names "stripe-key" as its secretId, but there is no such Secret' in refused
    assert "Cure: correct the name, or create the Secret first" in refused
    secret = clouds.gcp.up(SECRET, "key", HERE, secretId="stripe-key", replication={"auto": {}})
    assert clouds.gcp.up(ACCESSOR, "short", member, secretId="stripe-key").id
    assert clouds.gcp.up(ACCESSOR, "full", member, secretId=secret.id).id


def test_the_load_balancer_is_built_from_the_ground_up(clouds: Any) -> None:
    clouds.project()
    compute = "gcp:compute/"
    url_map = {**HERE, "name": "launch", "defaultService": "projects/acme-app/global/backendServices/launch"}
    assert "there is no such BackendService" in clouds.gcp.refusal(f"{compute}uRLMap:URLMap", "launch", url_map)
    group = clouds.gcp.up(
        f"{compute}regionNetworkEndpointGroup:RegionNetworkEndpointGroup",
        *("launch", HERE),
        name="launch",
        region="europe-west1",
        cloudRun={"service": "intake"},
    )
    backend = {**HERE, "name": "launch", "backends": [{"group": group.id}]}
    refused = clouds.gcp.refusal(f"{compute}backendService:BackendService", "launch", backend, timeoutSec=60)
    assert "leads to Cloud Run, where timeoutSec cannot be set" in refused
    refused = clouds.gcp.refusal(f"{compute}backendService:BackendService", "launch", backend, portName="http")
    assert "leads to Cloud Run, where portName cannot be set" in refused
    made = clouds.gcp.up(f"{compute}backendService:BackendService", "launch", backend, timeoutSec=30)
    routes = clouds.gcp.up(f"{compute}uRLMap:URLMap", "launch", url_map)
    proxy = {**HERE, "name": "launch", "urlMap": routes.id}
    assert "has no certificate" in clouds.gcp.refusal(f"{compute}targetHttpsProxy:TargetHttpsProxy", "tls", proxy)
    target = clouds.gcp.up(f"{compute}targetHttpProxy:TargetHttpProxy", "web", proxy)
    rule = {**HERE, "name": "launch", "target": target.outputs["selfLink"], "portRange": "80"}
    assert clouds.gcp.up(f"{compute}globalForwardingRule:GlobalForwardingRule", "web", rule).outputs["ipAddress"]
    with pytest.raises(grpc.RpcError, match=r'still used by URLMap "launch" \(defaultService\)'):
        clouds.gcp.delete(made)


def test_a_secret_in_the_environment_needs_a_value_and_a_reader(clouds: Any) -> None:
    clouds.project()
    account = clouds.gcp.up(ACCOUNT, "intake", HERE, accountId="intake")
    reference = {"name": "KEY", "valueSource": {"secretKeyRef": {"secret": "key", "version": "latest"}}}
    wanted = service(account=account.outputs["email"], envs=[reference])
    assert "there is no such secret in project acme-app" in clouds.gcp.refusal(SERVICE, "intake", wanted)
    secret = clouds.gcp.up(SECRET, "key", HERE, secretId="key", replication={"auto": {}})
    refused = clouds.gcp.refusal(SERVICE, "intake", wanted)
    assert "version latest of it has no value yet" in refused
    assert "./launch secrets push key" in refused
    Versions(clouds.world).add(clouds.world.resource(SECRET, secret.id), b"s3cret", checked=False, now=1.0)
    refused = clouds.gcp.refusal(SERVICE, "intake", wanted)
    assert "intake@acme-app.iam.gserviceaccount.com may not read it" in refused
    role = {"role": "roles/secretmanager.secretAccessor", "member": account.outputs["member"]}
    clouds.gcp.up(ACCESSOR, "reader", {**HERE, **role}, secretId="key")
    assert clouds.gcp.up(SERVICE, "intake", wanted).id
    third = {"name": "KEY", "valueSource": {"secretKeyRef": {"secret": "key", "version": "3"}}}
    asked = {**service(account=account.outputs["email"], envs=[third]), "name": "other"}
    assert "version 3 of it has no value yet" in clouds.gcp.refusal(SERVICE, "other", asked)


def test_a_name_is_taken_once(clouds: Any) -> None:
    clouds.project()
    made = clouds.gcp.up(QUEUE, "events", QUEUED)
    refused = clouds.gcp.refusal(QUEUE, "again", QUEUED)
    assert f"{made.id} already exists" in refused
    assert f'`adopt: {{"Queue/again": "{made.id}"}}`' in refused
    clouds.gcp.up("gcp:firebase/project:Project", "firebase", HERE)
    app = {**HERE, "displayName": "A", "packageName": "test.acme"}
    clouds.gcp.up("gcp:firebase/androidApp:AndroidApp", "one", app)
    assert "already exists" in clouds.gcp.refusal("gcp:firebase/androidApp:AndroidApp", "two", app)


def test_what_is_protected_is_not_deleted(clouds: Any) -> None:
    clouds.project()
    made = clouds.gcp.up(SERVICE, "intake", service())
    with pytest.raises(grpc.RpcError, match=r"protected from deletion.*deletionProtection is true.*pulumi up"):
        clouds.gcp.delete(made)
    clouds.gcp.delete(clouds.gcp.change(made, deletionProtection=False))
    assert clouds.world.resource(SERVICE, made.id) is None


def test_a_database_and_a_project_are_protected_in_their_own_ways(clouds: Any) -> None:
    clouds.project()
    wanted = {**HERE, "name": "(default)", "locationId": "eur3", "type": "FIRESTORE_NATIVE", "deletionPolicy": "DELETE"}
    database = clouds.gcp.up(DATABASE, "db", wanted, deleteProtectionState="DELETE_PROTECTION_ENABLED")
    with pytest.raises(grpc.RpcError, match="deleteProtectionState is DELETE_PROTECTION_ENABLED"):
        clouds.gcp.delete(database)
    clouds.gcp.delete(clouds.gcp.change(database, deleteProtectionState="DELETE_PROTECTION_DISABLED"))
    other = clouds.gcp.up("gcp:organizations/project:Project", "other", projectId="other-app", name="other")
    with pytest.raises(grpc.RpcError, match="deletionPolicy is PREVENT"):
        clouds.gcp.delete(other)


def test_rules_that_are_released_stay(clouds: Any) -> None:
    clouds.project()
    rules = clouds.gcp.up("gcp:firebaserules/ruleset:Ruleset", "rules", ruleset(RULES))
    release = clouds.gcp.up(
        "gcp:firebaserules/release:Release", "release", HERE, name="cloud.firestore", rulesetName=rules.id
    )
    with pytest.raises(grpc.RpcError, match=r'still used by Release "release" \(rulesetName\)'):
        clouds.gcp.delete(rules)
    clouds.gcp.delete(release)
    clouds.gcp.delete(rules)


def test_a_bucket_with_objects_stays(clouds: Any) -> None:
    clouds.project()
    bucket = clouds.gcp.up(BUCKET, "b", HERE, name="acme-source", location="EU")
    held = clouds.gcp.up(OBJECT, "o", bucket="acme-source", name="a.txt", content="hello")
    with pytest.raises(grpc.RpcError, match="still holds 1 objects"):
        clouds.gcp.delete(bucket)
    clouds.gcp.delete(held)
    clouds.gcp.delete(bucket)


def test_a_role_goes_to_an_account_that_exists(clouds: Any) -> None:
    clouds.project()
    token, role = "gcp:projects/iAMMember:IAMMember", {**HERE, "role": "roles/datastore.user"}
    member = "serviceAccount:intake@acme-app.iam.gserviceaccount.com"
    assert "there is no such service account" in clouds.gcp.refusal(token, "m", role, member=member)
    clouds.gcp.up(ACCOUNT, "intake", HERE, accountId="intake")
    assert clouds.gcp.up(token, "m", role, member=member).id
    assert clouds.gcp.up(token, "n", role, member="serviceAccount:x@elsewhere.iam.gserviceaccount.com").id


def test_a_service_runs_an_image_that_was_built_as_an_account_that_exists(clouds: Any) -> None:
    clouds.project()
    digest = hashlib.sha256(b"image").hexdigest()
    image = f"europe-west1-docker.pkg.dev/acme-app/launch/handlers@sha256:{digest}"
    assert "which is not in the repository" in clouds.gcp.refusal(SERVICE, "intake", service(image))
    repository = {**HERE, "repositoryId": "launch", "location": "europe-west1", "format": "DOCKER"}
    clouds.gcp.up("gcp:artifactregistry/repository:Repository", "launch", repository)
    assert "which is not in the repository" in clouds.gcp.refusal(SERVICE, "intake", service(image))
    (clouds.home / "images" / digest).mkdir(parents=True)
    unknown = service(image, "nobody@acme-app.iam.gserviceaccount.com")
    assert "there is no such Account" in clouds.gcp.refusal(SERVICE, "intake", unknown)
    assert clouds.gcp.up(SERVICE, "intake", service(image)).id


def test_an_alert_watches_a_metric_that_exists(clouds: Any) -> None:
    clouds.project()
    threshold = {
        "filter": 'resource.type = "global" AND metric.type = "logging.googleapis.com/user/final-failures"',
        "comparison": "COMPARISON_GT",
        "duration": "0s",
    }
    policy = {
        **HERE,
        "displayName": "a",
        "combiner": "OR",
        "conditions": [{"displayName": "c", "conditionThreshold": threshold}],
    }
    assert "watches the log metric final-failures" in clouds.gcp.refusal(ALERT, "a", policy)
    clouds.gcp.up("gcp:logging/metric:Metric", "m", HERE, name="final-failures", filter="severity>=ERROR")
    assert clouds.gcp.up(ALERT, "a", policy).id


@pytest.mark.parametrize(
    ("token", "inputs", "words"),
    [
        (QUEUE, {"location": "e", "retryConfig": {"maxAttempts": 500}}, "500 is not what the real cloud takes"),
        (QUEUE, {"location": "e", "retryConfg": {}}, "did you mean retryConfig?"),
        (QUEUE, {"location": "e", "retryConfig": {"maxAtempts": 5}}, "did you mean maxAttempts?"),
        (QUEUE, {}, "this property is required"),
        (SECRET, {"replication": {}}, "needs exactly one of replication.auto, replication.userManaged"),
        (SERVICE, service(envs=[{"name": "PORT", "value": "1"}]), "sets PORT, which Cloud Run keeps for itself"),
        (SERVICE, {**service(), "ingress": "ALL"}, "use one of INGRESS_TRAFFIC_ALL"),
        (ACCOUNT, {"accountId": "me"}, "6 to 30 lower-case letters"),
        (OBJECT, {"bucket": "b", "name": "n"}, "needs exactly one of content, source"),
        (
            "gcp:monitoring/uptimeCheckConfig:UptimeCheckConfig",
            {"displayName": "x", "timeout": "10s", "period": "45s", "monitoredResource": {"type": "t", "labels": {}}},
            "use one of 60s, 300s, 600s, 900s",
        ),
        (
            "gcp:monitoring/uptimeCheckConfig:UptimeCheckConfig",
            {
                "displayName": "x",
                "timeout": "10s",
                "selectedRegions": ["EUROPE"],
                "monitoredResource": {"type": "t", "labels": {}},
            },
            "Google wants three or more",
        ),
        (
            ALERT,
            {
                "displayName": "a",
                "combiner": "OR",
                "conditions": [
                    {"displayName": "c", "conditionPrometheusQueryLanguage": {"query": "up"}},
                    {"displayName": "d", "conditionPrometheusQueryLanguage": {"query": "down"}},
                ],
            },
            "with PromQL a policy holds one",
        ),
    ],
)
def test_a_preview_already_refuses(clouds: Any, token: str, inputs: dict[str, Any], words: str) -> None:
    _, failures = clouds.gcp.check(token, "thing", inputs)
    assert words in "; ".join(failures.values())


def test_what_the_rehearsal_does_not_know_is_refused_by_name(clouds: Any) -> None:
    with pytest.raises(grpc.RpcError, match="does not know gcp:compute/instance:Instance"):
        clouds.gcp.check("gcp:compute/instance:Instance", "vm", {})


def test_a_topic_is_refused_while_its_api_is_off_and_nothing_is_left_behind(clouds: Any) -> None:
    clouds.project()
    before = clouds.world.resources()
    clouds.gcp.refusal(TOPIC, "t", HERE, name="t")
    assert clouds.world.resources() == before


def test_a_scheduled_call_shows_the_identity_of_an_account_that_exists(clouds: Any) -> None:
    clouds.project("cloudscheduler", "iam")
    email = "task-caller@acme-app.iam.gserviceaccount.com"
    uri = "https://reconcile-1.europe-west1.run.app/sweeps/minute"
    job = {**HERE, "name": "minute", "region": "europe-west1", "schedule": "* * * * *", "timeZone": "Etc/UTC"}
    job |= {"httpTarget": {"uri": uri, "httpMethod": "POST", "oidcToken": {"serviceAccountEmail": email}}}
    assert "there is no such Account" in clouds.gcp.refusal(JOB, "minute", job)
    clouds.gcp.up(ACCOUNT, "task-caller", HERE, accountId="task-caller")
    assert clouds.gcp.up(JOB, "minute", job).outputs["state"] == "ENABLED"
    assert "a cron line of five fields" in clouds.gcp.refusal(JOB, "night", {**job, "name": "n", "schedule": "at 3"})


def test_a_role_of_our_own_is_known_by_its_full_name(clouds: Any) -> None:
    clouds.project("iam")
    role = {**HERE, "roleId": "sync_payments", "title": "x", "permissions": ["firebaseauth.users.get"]}
    assert clouds.gcp.up(ROLE, "own", role).outputs["name"] == "projects/acme-app/roles/sync_payments"
    assert "letters, digits, underscores" in clouds.gcp.refusal(ROLE, "other", {**role, "roleId": "sync-payments"})


def ruleset(text: str, name: str = "firestore.rules") -> dict[str, Any]:
    return {**HERE, "source": {"files": [{"name": name, "content": text}]}}


def test_rules_that_do_not_compile_are_refused_with_their_place_before_anything_is_made(clouds: Any) -> None:
    clouds.project()
    token = "gcp:firebaserules/ruleset:Ruleset"
    broken = RULES.replace("!= null", "!=")
    assert re.search(r"firestore\.rules:4:\d+: .+400 INVALID_ARGUMENT", clouds.gcp.refusal(token, "r", ruleset(broken)))
    _, failures = clouds.gcp.check(token, "r", ruleset(broken))
    assert failures
    assert clouds.gcp.up(token, "r", ruleset(RULES)).id
    storage = "service firebase.storage { match /b/{b}/o { match /{p=**} { allow read: if firestore.get(/x/y) } } }"
    assert clouds.gcp.up(token, "s", ruleset(storage, "storage.rules")).id


def test_an_alert_counts_a_log_metric_as_its_values_are(clouds: Any) -> None:
    clouds.project("monitoring", "logging")
    took = {"metricDescriptor": {"metricKind": "DELTA", "valueType": "DISTRIBUTION"}}
    clouds.gcp.up(METRIC, "took", HERE, name="took", filter="a", valueExtractor="EXTRACT(jsonPayload.ms)", **took)
    counted = {"alignmentPeriod": "60s", "perSeriesAligner": "ALIGN_RATE"}
    filter_ = 'resource.type = "cloud_run_revision" AND metric.type = "logging.googleapis.com/user/took"'
    threshold = {"filter": filter_, "comparison": "COMPARISON_GT", "duration": "60s", "aggregations": [counted]}
    policy = {**HERE, "displayName": "Slow", "combiner": "OR"}
    conditions = [{"displayName": "Slow", "conditionThreshold": threshold}]
    refused = clouds.gcp.refusal(ALERT, "slow", policy, conditions=conditions)
    assert "is a DELTA of DISTRIBUTION, to which ALIGN_RATE cannot be applied" in refused
    counted["perSeriesAligner"] = "ALIGN_PERCENTILE_95"
    assert clouds.gcp.up(ALERT, "slow", policy, conditions=conditions).id


def test_an_index_is_for_the_mode_of_its_database(clouds: Any) -> None:
    clouds.project("firestore")
    clouds.gcp.up(DATABASE, "main", HERE, name="(default)", locationId="eur3", type="FIRESTORE_NATIVE")
    fields = [{"fieldPath": "user", "order": "ASCENDING"}, {"fieldPath": "at", "order": "DESCENDING"}]
    wanted = {**HERE, "collection": "events", "fields": fields}
    refused = clouds.gcp.refusal(INDEX, "events", wanted, apiScope="DATASTORE_MODE_API")
    assert "(default) is a native one" in refused
    assert clouds.gcp.up(INDEX, "events", wanted, apiScope="ANY_API").id


def test_a_database_has_one_backup_of_each_recurrence(clouds: Any) -> None:
    clouds.project("firestore")
    clouds.gcp.up(DATABASE, "main", HERE, name="(default)", locationId="eur3", type="FIRESTORE_NATIVE")
    schedule = {**HERE, "database": "(default)", "retention": "604800s"}
    daily = clouds.gcp.up(BACKUP, "daily", schedule, dailyRecurrence={})
    refused = clouds.gcp.refusal(BACKUP, "again", schedule, dailyRecurrence={})
    assert 'is a second daily schedule of (default), beside "daily" (Firestore answers 409' in refused
    assert clouds.gcp.up(BACKUP, "weekly", schedule, weeklyRecurrence={"day": "SUNDAY"}).id
    assert clouds.gcp.change(daily, retention="86400s").outputs["retention"] == "86400s"


def test_documents_end_by_one_field(clouds: Any) -> None:
    clouds.project("firestore")
    clouds.gcp.up(DATABASE, "main", HERE, name="(default)", locationId="eur3", type="FIRESTORE_NATIVE")
    field = {**HERE, "database": "(default)", "collection": "events"}
    until = clouds.gcp.up(FIELD, "until", field, field="until", ttlConfig={})
    refused = clouds.gcp.refusal(FIELD, "gone", field, field="goneAt", ttlConfig={})
    assert "documents of events end by the field until already" in refused
    assert clouds.gcp.up(FIELD, "gone", field, field="goneAt", indexConfig={}).id
    assert clouds.gcp.up(FIELD, "others", {**field, "collection": "notes"}, field="goneAt", ttlConfig={}).id
    assert clouds.gcp.change(until, indexConfig={}).id == until.id


def test_a_port_of_an_address_leads_to_one_place(clouds: Any) -> None:
    clouds.project()
    made = clouds.gcp.up("gcp:compute/globalAddress:GlobalAddress", "launch", HERE, name="launch")
    backend = clouds.gcp.up("gcp:compute/backendService:BackendService", "launch", HERE, name="launch")
    urls = clouds.gcp.up("gcp:compute/uRLMap:URLMap", "launch", HERE, name="launch", defaultService=backend.id)
    target = clouds.gcp.up("gcp:compute/targetHttpProxy:TargetHttpProxy", "web", HERE, name="web", urlMap=urls.id)
    rule = {**HERE, "target": target.id, "ipAddress": made.outputs["address"], "ipProtocol": "TCP"}
    first = clouds.gcp.up(RULE, "web", rule, name="web", portRange="80")
    refused = clouds.gcp.refusal(RULE, "again", rule, name="again", portRange="80")
    assert 'is in use by "web" (Compute Engine answers 400' in refused
    assert clouds.gcp.up(RULE, "beside", rule, name="beside", portRange="8080").id
    assert clouds.gcp.change(first, labels={"team": "ops"}).id == first.id


def test_a_trigger_leads_to_a_service_where_that_runs(clouds: Any) -> None:
    clouds.project("run", "firestore", "eventarc")
    clouds.gcp.up(SERVICE, "intake", {**HERE, "name": "intake", "location": "europe-west1", **service()})
    clouds.gcp.up(DATABASE, "main", HERE, name="(default)", locationId="europe-west1", type="FIRESTORE_NATIVE")
    criteria = [
        {"attribute": "type", "value": "google.cloud.firestore.document.v1.created"},
        {"attribute": "database", "value": "(default)"},
    ]
    trigger: dict[str, Any] = {**HERE, "name": "made", "location": "europe-west1", "matchingCriterias": criteria}
    trigger["eventDataContentType"] = "application/protobuf"
    away = {"cloudRunService": {"service": "intake", "region": "us-east1"}}
    refused = clouds.gcp.refusal(TRIGGER, "made", trigger, destination=away)
    assert "leads to intake in us-east1, and that service runs in europe-west1" in refused
    here = {"cloudRunService": {"service": "intake", "region": "europe-west1"}}
    assert clouds.gcp.up(TRIGGER, "made", trigger, destination=here).id


def test_an_owner_is_invited_where_no_organization_is(clouds: Any) -> None:
    clouds.project()
    owner = {**HERE, "member": "user:ada@acme.test", "role": "roles/owner"}
    refused = clouds.gcp.refusal(GRANT, "owner", owner)
    assert "acme-app is in no organization" in refused
    assert "SOLO_MUST_INVITE_OWNERS" in refused
    assert clouds.gcp.up(GRANT, "editor", {**owner, "role": "roles/editor"}).id


def test_an_owner_is_named_where_an_organization_is(clouds: Any) -> None:
    project = {"projectId": "acme-app", "name": "acme-app", "billingAccount": "012345-6789AB-CDEF01", "orgId": "123"}
    clouds.gcp.up("gcp:organizations/project:Project", "project", project)
    for api in ("iam", "cloudresourcemanager"):
        clouds.gcp.up("gcp:projects/service:Service", api, HERE, service=f"{api}.googleapis.com")
    assert clouds.gcp.up(GRANT, "owner", HERE, member="user:ada@acme.test", role="roles/owner").id
