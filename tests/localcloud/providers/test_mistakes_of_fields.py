"""Mistakes in fields of which the APIs' descriptions alone say how they are written, how long they are and how many."""

from __future__ import annotations

from typing import Any

import pytest

from localcloud.providers.values import UNKNOWN
from tests.localcloud.providers.planted import Mistake, planted
from tests.localcloud.providers.planted_more import CREATED, DATABASE
from tests.localcloud.providers.planted_rest import KEY, KNOWN

CONTAINER = "template.containers.0"
QUERY = "conditions.0.conditionPrometheusQueryLanguage.query"
THRESHOLD = "conditions.0.conditionThreshold"
CMEK = {"customerManagedEncryption": {"kmsKeyName": "state"}}
SCRATCH, OTHER = ({"name": name, "emptyDir": {"medium": "MEMORY"}} for name in ("scratch", "other"))
TOPICS = [{"name": "projects/acme-app/topics/t"}]
DISTRIBUTION = {"metricKind": "DELTA", "valueType": "DISTRIBUTION"}
PATTERN = 'REGEXP_EXTRACT(jsonPayload.ms, "{}")'
ABSENT = {"duration": "300s", "filter": 'resource.type = "cloud_run_revision" AND metric.type = "a"'}
ROBOT = "intake@acme-app.iam.gserviceaccount.com"
SPRING = {"year": 2026, "month": 5, "day": 1}
DOCUMENT = {"attribute": "document", "operator": "match-path-pattern", "value": "users/{user}"}
WORKER = "export default { async fetch(request) { return new Response('a') } }"
USER, TIME = ({"fieldPath": name, "order": "ASCENDING"} for name in ("user", "at"))
NAME, VECTOR = {**USER, "fieldPath": "__name__"}, {"fieldPath": "v", "vectorConfig": {"dimension": 8, "flat": {}}}


def _asked(expression: str) -> dict[str, Any]:
    return {"condition": {"title": "asked", "expression": expression}}


def _turned(**rotation: str) -> dict[str, Any]:
    return {
        "topics": TOPICS,
        "rotation": {"nextRotationTime": "2126-06-01T00:00:00Z", "rotationPeriod": "86400s", **rotation},
    }


def _quota(**parts: str) -> dict[str, Any]:
    right = {"quota": 9, "quotaDuration": "7200s", "startTime": "2127-01-01T00:00:00Z"}
    return {"quota": {"signUpQuotaConfig": {**right, **parts}}}


def _period(start: dict[str, int], **more: Any) -> dict[str, Any]:
    return {"budgetFilter": {"customPeriod": {"startDate": start, **more}}}


def _absent(**parts: Any) -> dict[str, Any]:
    return {"conditions": [{"displayName": "a", "conditionAbsent": {**ABSENT, **parts}}]}


def _secret_volume(**parts: Any) -> dict[str, Any]:
    return {"template.volumes": [{"name": "keys", "secret": {"secret": "key", **parts}}]}


def _bound(**binding: Any) -> dict[str, Any]:
    return {"bindings": [{"type": "plain_text", "name": "A", "text": "x", **binding}]}


MISTAKES = [
    # Messages, queues, schedules, events
    Mistake("topic keeps for days", "topic", {"messageRetentionDuration": "7d"}, "600s"),
    Mistake("topic by a schema's name", "topic", {"schemaSettings": {"schema": "s"}}, "projects/PROJECT/schemas"),
    Mistake("messages nowhere", "topic", {"messageStoragePolicy": {"allowedPersistenceRegions": []}}, "is empty"),
    Mistake(
        "messages on half a continent",
        "topic",
        {"messageStoragePolicy": {"allowedPersistenceRegions": ["europe-west"]}},
        "names europe-west, which is not a region",
    ),
    Mistake(
        "backoff without its unit",
        "subscription",
        {"retryPolicy": {"minimumBackoff": "10", "maximumBackoff": "600s"}},
        'minimumBackoff has "10"',
    ),
    Mistake(
        "pushed in a version that is none",
        "subscription",
        {"pushConfig": {"pushEndpoint": "https://acme.test/", "attributes": {"x-goog-version": "v9"}}},
        "v1beta2",
    ),
    Mistake(
        "queue acts by a name",
        "queue",
        {"httpTarget": {"oidcToken": {"serviceAccountEmail": "intake"}}},
        "httpTarget.oidcToken.serviceAccountEmail is intake",
    ),
    Mistake("tried for an hour", "cron", {"retryConfig": {"retryCount": 1, "maxRetryDuration": "1h"}}, "600s"),
    Mistake(
        "waits 5", "cron", {"retryConfig": {"retryCount": 1, "minBackoffDuration": "5"}}, 'minBackoffDuration has "5"'
    ),
    Mistake("message as it is", "tick", {"pubsubTarget.data": "{}"}, "pubsubTarget.data is not base64"),
    Mistake("events on a continent", "trigger", {"location": "europe"}, "where there is no Firestore"),
    Mistake(
        "events of buckets in no region",
        "trigger",
        {
            "location": "europe-west99",
            "matchingCriterias": [{**CREATED, "value": "google.cloud.storage.object.v1.finalized"}],
        },
        "where there is no region",
    ),
    Mistake("events of no database", "trigger", {"matchingCriterias": [CREATED]}, "attribute database"),
    Mistake(
        "events to no region", "trigger", {"destination.cloudRunService.region": "europe"}, "which is not a region"
    ),
    Mistake("channel by its name", "trigger", {"channel": "c"}, "locations/PLACE/channels"),
    Mistake("event tried five times", "trigger", {"retryPolicy": {"maxAttempts": 5}}, "retryPolicy.maxAttempts is 5"),
    # Firestore, secrets, sign-in
    Mistake("database's key by its name", "database", {"cmekConfig": {"kmsKeyName": "k"}}, "cryptoKeys/KEY"),
    Mistake("name of the document first", "index", {"fields": [NAME, USER, TIME]}, "__name__ before other fields"),
    Mistake("vector first", "index", {"fields": [VECTOR, USER]}, "a vector before other fields"),
    Mistake("secret's key by its name", "secret", {"replication": {"auto": CMEK}}, "cryptoKeys/KEY"),
    Mistake(
        "copy's key by its name",
        "secret",
        {"replication": {"userManaged": {"replicas": [{"location": "europe-west1", **CMEK}]}}},
        "cryptoKeys/KEY",
    ),
    Mistake("turned every century", "secret", _turned(rotationPeriod="3153600001s"), "a hundred years"),
    Mistake("turned long ago", "secret", _turned(nextRotationTime="2020-01-01T00:00:00Z"), "is past or nearer"),
    Mistake("fifty-one aliases", "secret", {"versionAliases": {f"a{at}": "1" for at in range(51)}}, "takes 50"),
    Mistake("note of a blank", "secret", {"annotations": {"a b": "x"}}, 'annotations has "a b"'),
    Mistake("note like a book", "secret", {"annotations": {"a": "x" * 17_000}}, "annotations hold 17001 bytes"),
    Mistake(
        "sign-ups for a day",
        "signin",
        _quota(quotaDuration="1d"),
        "quotaDuration has",
    ),
    Mistake(
        "sign-ups from tomorrow",
        "signin",
        _quota(startTime="tomorrow"),
        "startTime is tomorrow",
    ),
    Mistake("second factor of one's own", "signin", {"mfa": {"enabledProviders": ["SMS"]}}, "PHONE_SMS"),
    Mistake(
        "asked at another event",
        "signin",
        {"blockingFunctions": {"triggers": [{"eventType": "onCreate", "functionUri": "https://a.run.app"}]}},
        "beforeCreate or beforeSignIn",
    ),
    # IAM
    Mistake("request misspelled", "grant", _asked("reqest.time < timestamp('2027-01-01T00:00:00Z')"), "mean request?"),
    Mistake("time misspelled", "grant", _asked("request.tim < timestamp('2027-01-01T00:00:00Z')"), "request.time?"),
    Mistake("name misspelled", "grant", _asked("resource.nam == 'a'"), "resource.name?"),
    Mistake("several resources", "grant", _asked("resources.name == 'a'"), "mean resource?"),
    Mistake("claim of a token", "grant", _asked("assertion.sub == 'a'"), "asks for assertion"),
    Mistake("account as a person", "grant", {"member": f"user:{ROBOT}"}, f"Write serviceAccount:{ROBOT}"),
    Mistake("account as a group", "grant", {"member": f"group:{ROBOT}"}, "is a service account, not a group"),
    Mistake("person as an account", "grant", {"member": "serviceAccount:ada@acme.test"}, "Write user:ada@acme.test"),
    # Monitoring, logging, budgets
    Mistake(
        "counter of texts", "metric", {"metricDescriptor": {"metricKind": "DELTA", "valueType": "STRING"}}, "INT64"
    ),
    Mistake("metric of everything", "metric", {"filter": ""}, "its filter is empty"),
    Mistake("log bucket by its name", "metric", {"bucketName": "b"}, "buckets/BUCKET"),
    Mistake(
        "captures nothing",
        "metric",
        {"metricDescriptor": DISTRIBUTION, "valueExtractor": PATTERN.format(r"\\d+")},
        "captures 0 parts",
    ),
    Mistake(
        "captures twice",
        "metric",
        {"metricDescriptor": DISTRIBUTION, "valueExtractor": PATTERN.format("(a)(b)")},
        "captures 2 parts",
    ),
    Mistake("one region three times", "uptime", {"selectedRegions": ["EUROPE"] * 3}, "selects 1 location"),
    Mistake("four pings", "uptime", {"httpCheck.pingConfig": {"pingsCount": 4}}, "at most 3"),
    Mistake(
        "body as it is",
        "uptime",
        {"httpCheck.requestMethod": "POST", "httpCheck.contentType": "URL_ENCODED", "httpCheck.body": "{a}"},
        "httpCheck.body is not base64",
    ),
    Mistake("label of a check in capitals", "uptime", {"userLabels": {"Team": "ops"}}, 'the label "Team"'),
    Mistake("label of a policy with a blank", "promql", {"userLabels": {"team": "Ops Team"}}, '"Ops Team"'),
    Mistake("notices in minutes", "logmatch", {"alertStrategy.notificationRateLimit.period": "5m"}, "600s"),
    Mistake("aligned in minutes", "threshold", {f"{THRESHOLD}.aggregations.0.alignmentPeriod": "1m"}, "600s"),
    Mistake("whole of a ratio", "threshold", {f"{THRESHOLD}.denominatorFilter": "metric.type="}, "not a valid filter"),
    Mistake(
        "whole of no metric", "threshold", {f"{THRESHOLD}.denominatorFilter": 'resource.type="a"'}, "no metric.type"
    ),
    Mistake("filter of what is absent", "threshold", _absent(filter="resource.type="), "not a valid filter"),
    Mistake(
        "filter like a book",
        "threshold",
        _absent(filter=f'{ABSENT["filter"]} AND metric.label.a = "{"x" * 2048}"'),
        "2048",
    ),
    Mistake(
        "told again by a name",
        "promql",
        {"alertStrategy.notificationChannelStrategies": [{"notificationChannelNames": ["oncall"]}]},
        "notificationChannels/ID",
    ),
    Mistake("every series there is", "promql", {QUERY: "{} > 1"}, "selects every series"),
    Mistake("every series by a pattern", "promql", {QUERY: '{job=~".*"} > 1'}, "selects every series"),
    Mistake("every series but one", "promql", {QUERY: '{job!="a"} > 1'}, "selects every series"),
    Mistake("two numbers", "promql", {QUERY: "1 > 2"}, "compares two numbers"),
    Mistake(
        "channel that is not let in", "channel", {"type": "slack", "labels": {"channel_name": "#ops"}}, "authToken"
    ),
    Mistake("pager without its key", "channel", {"type": "pagerduty", "labels": {}}, "serviceKey"),
    Mistake("channel described like a letter", "channel", {"description": "x" * 1_025}, "takes 1024"),
    Mistake("channel with a long name", "channel", {"displayName": "x" * 513}, "takes 512"),
    Mistake("label of a channel with a blank", "channel", {"userLabels": {"A B": "x"}}, 'the label "A B"'),
    Mistake("a billion billionths", "budget", {"amount.specifiedAmount.nanos": 1_000_000_000}, "nanos is 1000000000"),
    Mistake("fifty less a bit", "budget", {"amount.specifiedAmount.nanos": -5}, "the same sign"),
    Mistake("last day of February", "budget", _period({"year": 2026, "month": 2, "day": 31}), "2026-2-31 is not a day"),
    Mistake("ends before it begins", "budget", _period(SPRING, endDate={**SPRING, "month": 4}), "before its startDate"),
    Mistake("begins before budgets", "budget", _period({**SPRING, "year": 2016}), "a day after 2017-01-01"),
    Mistake(
        "last of periods that do not come again",
        "budget",
        {"amount": {"lastPeriodAmount": True}, **_period(SPRING)},
        "does not go with a customPeriod",
    ),
    Mistake("two labels of a budget", "budget", {"budgetFilter": {"labels": {"a": "b", "c": "d"}}}, "takes 1"),
    Mistake("subaccount by its number", "budget", {"budgetFilter": {"subaccounts": ["1"]}}, "billingAccounts/NUMBER"),
    Mistake("folder by its name", "budget", {"budgetFilter": {"resourceAncestors": ["acme"]}}, "folders/NUMBER"),
    # Cloud Run, load balancers
    Mistake("way into no network", "run", {"template.vpcAccess": {"networkInterfaces": [{}]}}, "neither a network"),
    Mistake(
        "ways into two networks",
        "run",
        {"template.vpcAccess": {"networkInterfaces": [{"network": "a"}, {"network": "b"}]}},
        "takes 1",
    ),
    Mistake("secret at the root", "run", _secret_volume(items=[{"path": "/k", "version": "1"}]), "relative"),
    Mistake("rights beyond all", "run", _secret_volume(defaultMode=1_023), "0777 in octal"),
    Mistake("rights of a file beyond all", "run", _secret_volume(items=[{"path": "k", "mode": 777}]), "0777 in octal"),
    Mistake(
        "two volumes in one place",
        "run",
        {
            "template.volumes": [SCRATCH, OTHER],
            f"{CONTAINER}.volumeMounts": [
                {"name": "scratch", "mountPath": "/d"},
                {"name": "other", "mountPath": "/d/"},
            ],
        },
        "2 volumes are mounted at /d",
    ),
    Mistake("volume of nothing", "run", {"template.volumes": [{"name": "s"}]}, "is of no kind"),
    Mistake("volume in capitals", "run", {"template.volumes": [{**SCRATCH, "name": "My Vol"}]}, "lower-case letters"),
    Mistake(
        "bucket by its address", "run", {"template.volumes": [{"name": "g", "gcs": {"bucket": "gs://a"}}]}, "alone"
    ),
    Mistake("image's key by its name", "run", {"template.encryptionKey": "k"}, "cryptoKeys/KEY"),
    Mistake("label of a revision in capitals", "run", {"template.labels": {"Team": "a"}}, 'the label "Team"'),
    Mistake("alive by nothing", "run", {f"{CONTAINER}.livenessProbe": {"periodSeconds": 10}}, "asks in no way"),
    Mistake(
        "moved to an address",
        "urls",
        {"defaultService": None, "defaultUrlRedirect": {"stripQuery": False, "hostRedirect": "https://a.test"}},
        "a host alone",
    ),
    Mistake("newest version alone", "tls", {"minTlsVersion": "TLS_1_3"}, "RESTRICTED"),
    # Workers
    Mistake("bracket that is not closed", "worker", {"content": "export default { fetch(r { } }"}, "does not parse"),
    Mistake("types that are not taken out", "worker", {"content": WORKER.replace("request", "r: Request")}, "line 1"),
    Mistake("handles nothing", "worker", {"content": "export default {}"}, "10068"),
    Mistake("gives nothing away", "worker", {"content": "const a = 1"}, "Export a default object"),
    Mistake("waits for nothing", "worker", {"content": "const a = 1", "mainModule": None}, "addEventListener"),
    Mistake("script of nothing", "worker", {"content": ""}, "10068"),
    Mistake("binding without a name", "worker", _bound(name=""), "a binding has no name"),
    Mistake("binding of another type", "worker", {"bindings": [{"type": "kv", "name": "A"}]}, "kv_namespace"),
    Mistake("variable of six kilobytes", "worker", _bound(text="x" * 6_000), "10054"),
    Mistake(
        "more than every request",
        "worker",
        {"observability": {"enabled": True, "headSamplingRate": 1.5}},
        "headSamplingRate is 1.5",
    ),
    Mistake("plan of long ago", "worker", {"usageModel": "unlimited"}, "standard, bundled or unbound"),
    Mistake("placed fast", "worker", {"placement": {"mode": "fast"}}, "smart or targeted"),
]
RIGHT = [
    ("topic", {"messageRetentionDuration": "604800s"}),
    ("topic", {"schemaSettings": {"schema": "projects/acme-app/schemas/s", "encoding": "JSON"}}),
    ("topic", {"messageStoragePolicy": {"allowedPersistenceRegions": ["europe-west1", UNKNOWN]}}),
    ("subscription", {"pushConfig": {"pushEndpoint": "https://acme.test/", "attributes": {"x-goog-version": "v1"}}}),
    ("queue", {"httpTarget": {"oidcToken": {"serviceAccountEmail": ROBOT}}}),
    ("cron", {"retryConfig": {"retryCount": 1, "maxRetryDuration": "0s", "minBackoffDuration": "1.5s"}}),
    ("cron", {"timeZone": "utc"}),
    ("tick", {"pubsubTarget.data": "e30"}),
    ("trigger", {"matchingCriterias": [CREATED, DATABASE, DOCUMENT], "retryPolicy": {"maxAttempts": 1}}),
    ("trigger", {"matchingCriterias": [CREATED, UNKNOWN], "location": "us-central1"}),
    (
        "trigger",
        {
            "location": "eu",
            "matchingCriterias": [
                {**CREATED, "value": "google.cloud.storage.object.v1.deleted"},
                {"attribute": "bucket", "value": "acme-state"},
            ],
        },
    ),
    ("database", {"cmekConfig": {"kmsKeyName": KEY.replace("global", "europe")}}),
    ("index", {"fields": [USER, TIME, NAME]}),
    ("index", {"fields": [USER, NAME, VECTOR]}),
    ("secret", {"replication": {"auto": {"customerManagedEncryption": {"kmsKeyName": KEY}}}}),
    ("secret", _turned(rotationPeriod="3600s")),
    ("secret", {"annotations": {"acme.owner_1": "Ada, 2026"}, "versionAliases": {"prod": "2"}}),
    ("signin", _quota()),
    ("signin", {"mfa": {"state": "ENABLED", "enabledProviders": ["PHONE_SMS"]}}),
    (
        "grant",
        _asked("resource.type == 'a' && resource.name.extract('x/{y}/') == 'b' || request.auth.access_levels == []"),
    ),
    ("grant", _asked("api.getAttribute('iam.googleapis.com/modifiedGrantsByRole', []).hasOnly(['roles/run.viewer'])")),
    ("grant", _asked("resource.matchTag('1/env', 'prod') && ['a', 'b'].exists(each, each == resource.service)")),
    ("grant", _asked("compute.matchLoadBalancingSchemes(['EXTERNAL'])")),
    ("grant", _asked("resource.name == 'resources/request.tim'")),
    ("grant", {"member": "serviceAccount:acme-app.svc.id.goog[web/app]"}),
    ("grant", {"member": "serviceAccount:service-1@gcp-sa-pubsub.iam.gserviceaccount.com"}),
    ("grant", {"member": "serviceAccount:1-compute@developer.gserviceaccount.com"}),
    ("metric", {"metricDescriptor": DISTRIBUTION, "valueExtractor": PATTERN.format(r"(?:a|b)=(\\d+)")}),
    ("uptime", {"selectedRegions": ["USA"]}),
    ("uptime", {"selectedRegions": ["EUROPE", "ASIA_PACIFIC", "SOUTH_AMERICA"], "userLabels": {"team": "ops"}}),
    ("threshold", {f"{THRESHOLD}.denominatorFilter": 'metric.type = "a" AND resource.type = "b"'}),
    ("promql", {QUERY: '{__name__=~"run.+"} > 1'}),
    ("promql", {QUERY: 'up{job=~".*"} > 1'}),
    ("promql", {QUERY: "vector(1 > bool 2) > 0"}),
    ("channel", {"type": "slack", "labels": {"channel_name": "#ops"}, "sensitiveLabels": {"authToken": UNKNOWN}}),
    ("channel", {"type": "pagerduty", "labels": {"service_key": "k"}}),
    ("budget", {"amount.specifiedAmount.nanos": 500_000_000}),
    ("budget", _period(SPRING, endDate={**SPRING, "month": 6})),
    ("budget", {"amount": {"lastPeriodAmount": True}, "budgetFilter": {"calendarPeriod": "MONTH"}}),
    ("run", {"template.vpcAccess": {"networkInterfaces": [{"subnetwork": "a"}]}}),
    ("run", _secret_volume(defaultMode=0o440, items=[{"path": "keys/k", "version": "latest", "mode": 0o400}])),
    ("run", {"template.labels": {"team": "a"}, f"{CONTAINER}.livenessProbe": {"httpGet": {}}}),
    ("run", {"template.maxInstanceRequestConcurrency": 0}),
    ("tls", {"profile": "RESTRICTED", "minTlsVersion": "TLS_1_3"}),
    (
        "worker",
        {"content": WORKER, **_bound(type="secret_text"), "observability": {"enabled": True, "headSamplingRate": 0.1}},
    ),
    ("worker", {"content": "class Default(WorkerEntrypoint):\n    pass", "mainModule": "worker.py"}),
    ("worker", {"content": "import { Hono } from 'hono'; const app = new Hono(); export { app as default }"}),
    (
        "worker",
        {"content": "export class Counter { fetch() {} }", "usageModel": "Standard", "placement": {"mode": "smart"}},
    ),
]


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.name)
def test_a_mistake_in_a_field_is_refused_in_the_preview(check: Any, mistake: Mistake) -> None:
    assert mistake.words in check(*planted(mistake.good, mistake.change, KNOWN))


@pytest.mark.parametrize(("good", "change"), RIGHT)
def test_what_looks_like_a_mistake_in_a_field_and_is_none_passes(check: Any, good: str, change: dict[str, Any]) -> None:
    assert check(*planted(good, change, KNOWN)) == ""
