"""Mistakes in how single values are written, in what goes with what, and in whom a role is given on."""

from __future__ import annotations

from typing import Any

import pytest

from localcloud.providers.values import UNKNOWN
from tests.localcloud.providers.planted import Mistake, planted
from tests.localcloud.providers.planted_more import BACKEND, CREATED, DATABASE
from tests.localcloud.providers.planted_rest import KEY, KNOWN, REST

CONTAINER = "template.containers.0"
THRESHOLD = "conditions.0.conditionThreshold"
RATIO = "requestBasedSli.goodTotalRatio"
IMAGE = {"image": "us-docker.pkg.dev/cloudrun/container/hello"}
SERVING = {**IMAGE, "name": "web", "ports": {"containerPort": 8080}}
DEFAULT = {
    "action": "allow",
    "priority": 2_147_483_647,
    "match": {"versionedExpr": "SRC_IPS_V1", "config": {"srcIpRanges": ["*"]}},
}
LIMITS = {
    "conformAction": "allow",
    "exceedAction": "deny(429)",
    "enforceOnKey": "IP",
    "rateLimitThreshold": {"count": 10, "intervalSec": 60},
}
ROUTE = {"priority": 1, "matchRules": [{"prefixMatch": "/"}], "service": BACKEND}
LINEAR = {"numFiniteBuckets": 3, "width": 1, "offset": 0}
POST = {"httpCheck.requestMethod": "POST", "httpCheck.body": "e30="}
SYMMETRIC = "GOOGLE_SYMMETRIC_ENCRYPTION"
NEW_YEAR = {"year": 2026, "month": 1, "day": 1}
ABSENT = {"duration": "60s", "filter": 'resource.type = "cloud_run_revision" AND metric.type = "a"'}


def _armor(**parts: Any) -> dict[str, Any]:
    """Return a Cloud Armor rule of some parts, before the default one."""
    rule = {"action": "deny(403)", "priority": 1, "match": DEFAULT["match"], **parts}
    return {"rules": [rule, DEFAULT]}


def _throttled(**options: Any) -> dict[str, Any]:
    return _armor(action="throttle", rateLimitOptions={**LIMITS, **options})


def _expression(text: str) -> dict[str, Any]:
    return _armor(match={"expr": {"expression": text}})


def _paths(*paths: str) -> dict[str, Any]:
    return {"pathMatchers.0.pathRules": [{"paths": list(paths), "service": BACKEND}]}


def _redirect(**parts: Any) -> dict[str, Any]:
    return {"defaultService": None, "defaultUrlRedirect": {"stripQuery": False, **parts}}


def _board(text: str) -> dict[str, Any]:
    return {"dashboardJson": f'{{"displayName": "Launch", {text}}}'}


def _tile(text: str) -> dict[str, Any]:
    return _board(f'"mosaicLayout": {{"columns": 12, "tiles": [{{{text}, "widget": {{"text": {{"content": "a"}}}}}}]}}')


MISTAKES = [
    # Projects and who acts
    Mistake("project named after Google", "project", {"projectId": "acme-google-app"}, "without google"),
    Mistake("project named after a protocol", "project", {"projectId": "acme-ssl-app"}, "without google"),
    Mistake("organization by its domain", "project", {"orgId": "acme.test"}, "the organization's number"),
    Mistake("billing account cut off", "project", {"billingAccount": "0123"}, "012345-6789AB-CDEF01"),
    Mistake("agent of half an API", "agent", {"service": "secretmanager"}, "pubsub.googleapis.com"),
    Mistake("account by its address alone", "acts", {"serviceAccountId": "a@b.iam.gserviceaccount.com"}, "in full"),
    Mistake("everybody at GitHub", "github", {"attributeCondition": None}, "everybody at https://token.actions"),
    Mistake("everybody by a condition", "github", {"attributeCondition": "true"}, "everybody at"),
    Mistake("attribute in capitals", "github", {"attributeMapping.attribute.Ref": "a"}, "Write it attribute.ref."),
    # Roles on what they do not speak of
    Mistake("secret is called", "reads secret", {"role": "roles/run.invoker"}, "secretmanager.secretAccessor"),
    Mistake("bucket is a secret", "reads bucket", {"role": "roles/secretmanager.secretAccessor"}, "storage.object"),
    Mistake("queue is called", "sends tasks", {"role": "roles/run.invoker"}, "roles/cloudtasks.enqueuer"),
    Mistake("service is a queue", "calls service", {"role": "roles/cloudtasks.enqueuer"}, "roles/run.invoker"),
    Mistake("topic is a bucket", "sends messages", {"role": "roles/storage.objectViewer"}, "roles/pubsub.publisher"),
    Mistake("account is a service", "acts", {"role": "roles/run.invoker"}, "roles/iam.serviceAccountUser"),
    Mistake("key is a bucket", "decrypts", {"role": "roles/storage.objectAdmin"}, "roles/cloudkms."),
    Mistake("bills are services", "sees bills", {"role": "roles/run.viewer"}, "roles/billing.viewer"),
    Mistake("images are a database", "pulls images", {"role": "roles/datastore.user"}, "roles/artifactregistry.reader"),
    Mistake("bills of a project", "grant", {"role": "roles/billing.viewer"}, "on the billing account"),
    Mistake(
        "organization of a project", "grant", {"role": "roles/resourcemanager.projectCreator"}, "on the organization"
    ),
    Mistake("legacy role of a project", "grant", {"role": "roles/storage.legacyBucketReader"}, "on a bucket"),
    # Load balancers
    Mistake("five certificates of a name", "entry", {"certificates": list("abcde")}, "takes 4"),
    Mistake(
        "a hundred and one domains", "certificate", {"managed.domains": [f"a{i}.acme.test" for i in range(101)]}, "100"
    ),
    Mistake("certificate for an address", "certificate", {"managed.domains": ["https://acme.test"]}, "domains alone"),
    Mistake("port beyond", "forward", {"portRange": "70000"}, "1 to 65535"),
    Mistake("ports of a proxy", "forward", {"portRange": "80-443"}, "one port"),
    Mistake("proxy by UDP", "forward", {"ipProtocol": "UDP"}, "Use TCP"),
    Mistake("sixteen certificates", "proxy", {"sslCertificates": [str(i) for i in range(16)]}, "certificateMap"),
    Mistake("map by its name", "proxy", {"sslCertificates": None, "certificateMap": "launch"}, "certificateMaps/MAP"),
    Mistake("path without its slash", "urls", _paths("api/*"), "Begin it with /"),
    Mistake("star in a path's middle", "urls", _paths("/a*/b"), "only at its end"),
    Mistake("path with a question", "urls", _paths("/a?b=c"), "only at its end"),
    Mistake("host with its scheme", "urls", {"hostRules.0.hosts": ["https://api.acme.test"]}, "Write a host such as"),
    Mistake("star in a host's middle", "urls", {"hostRules.0.hosts": ["api.*.test"]}, "only at its beginning"),
    Mistake("service and redirect", "urls", {"defaultUrlRedirect": {"stripQuery": False}}, "takes one of them"),
    Mistake("path and prefix", "urls", _redirect(pathRedirect="/a", prefixRedirect="/b"), "takes one of them"),
    Mistake("rank twice", "urls", {"pathMatchers.0.routeRules": [ROUTE, ROUTE]}, "the priority 1"),
    Mistake("rules of two kinds", "urls", {**_paths("/a"), "pathMatchers.0.routeRules": [ROUTE]}, "one of them"),
    Mistake("header without a value", "backend", {"customRequestHeaders": ["X-Edge"]}, "X-Edge:launch"),
    Mistake("cookie for a month", "backend", {"affinityCookieTtlSec": 2_592_000}, "1209600"),
    Mistake("one and a half backends", "backend", {"backends": [{"group": "x", "capacityScaler": 1.5}]}, "0.1 to 1"),
    Mistake(
        "both lists of a query",
        "backend",
        {"cdnPolicy": {"cacheKeyPolicy": {"queryStringWhitelists": ["a"], "queryStringBlacklists": ["b"]}}},
        "takes one of them",
    ),
    # Cloud Armor
    Mistake("counted over 45 s", "armor", _throttled(rateLimitThreshold={"count": 1, "intervalSec": 45}), "30, 60"),
    Mistake("throttled and banned", "armor", _throttled(banDurationSec=60), "rate_based_ban"),
    Mistake("by a header of no name", "armor", _throttled(enforceOnKey="HTTP_HEADER"), "Name the header"),
    Mistake("address of a name", "armor", _throttled(enforceOnKeyName="X-User"), "HTTP_HEADER and HTTP_COOKIE alone"),
    Mistake("six parts", "armor", _expression(" || ".join(f"request.path == '/{i}'" for i in range(6))), "6 parts"),
    Mistake("expression of 2 kB", "armor", _expression(f"request.path == '{'x' * 2100}'"), "2048"),
    Mistake("addresses that are not told", "armor", _armor(match={"versionedExpr": "SRC_IPS_V1"}), "srcIpRanges"),
    Mistake("denied and redirected", "armor", _armor(redirectOptions={"type": "GOOGLE_RECAPTCHA"}), "redirectOptions"),
    # Monitoring
    Mistake("service with a blank", "watched", {"serviceId": "my api"}, "lower-case letters, digits and -"),
    Mistake("three series", "slo", {f"{RATIO}.badServiceFilter": "c"}, "exactly two"),
    Mistake("one series", "slo", {f"{RATIO}.totalServiceFilter": None}, "exactly two"),
    Mistake(
        "windows that do not fill a day",
        "slo",
        {"requestBasedSli": None, "windowsBasedSli": {"windowPeriod": "7000s", "goodBadMetricFilter": "x"}},
        "of which a day is a multiple",
    ),
    Mistake("hundred and one headers", "uptime", {"httpCheck.headers": {f"H{i}": "x" for i in range(101)}}, "100"),
    Mistake("posted without a type", "uptime", POST, "without contentType"),
    Mistake("asked with a type", "uptime", {"httpCheck.contentType": "URL_ENCODED"}, "with POST alone"),
    Mistake("type of one's own, untold", "uptime", {**POST, "httpCheck.contentType": "USER_PROVIDED"}, "application/"),
    Mistake(
        "type twice",
        "uptime",
        {**POST, "httpCheck.contentType": "URL_ENCODED", "httpCheck.headers": {"content-type": "text/plain"}},
        "Keep contentType",
    ),
    Mistake("json nowhere", "uptime", {"contentMatchers": [{"content": "x", "matcher": "MATCHES_JSON_PATH"}]}, "$.s"),
    Mistake("check of nothing", "uptime", {"httpCheck": None}, "none of httpCheck"),
    Mistake("check without a name", "uptime", {"displayName": ""}, "displayName is empty"),
    Mistake(
        "absent for a minute", "threshold", {"conditions": [{"displayName": "a", "conditionAbsent": ABSENT}]}, "120"
    ),
    Mistake("condition of nothing", "threshold", {"conditions": [{"displayName": "a"}]}, "none of conditionThreshold"),
    Mistake(
        "missing data at once",
        "threshold",
        {f"{THRESHOLD}.evaluationMissingData": "EVALUATION_MISSING_DATA_INACTIVE", f"{THRESHOLD}.duration": "0s"},
        "Raise duration",
    ),
    Mistake(
        "told again every minute",
        "threshold",
        {"alertStrategy": {"notificationChannelStrategies": [{"renotifyInterval": "60s"}]}},
        "1800s",
    ),
    Mistake("seen a minute ahead", "threshold", {f"{THRESHOLD}.forecastOptions": {"forecastHorizon": "60s"}}, "3600s"),
    Mistake("told always", "threshold", {"alertStrategy": {"notificationPrompts": ["ALWAYS"]}}, "OPENED and CLOSED"),
    Mistake("two layouts", "dashboard", _board('"gridLayout": {}, "mosaicLayout": {"columns": 12}'), "Keep one"),
    Mistake("49 columns", "dashboard", _board('"mosaicLayout": {"columns": 49}'), "1 to 48"),
    Mistake("layout misspelled", "dashboard", _board('"gridLayouts": {}'), "gridLayouts"),
    Mistake("tile beside the grid", "dashboard", _tile('"xPos": 10, "width": 6, "height": 4'), "column 16 of 12"),
    Mistake("tile of no height", "dashboard", _tile('"width": 6'), "width and height"),
    Mistake("gauge of a log", "metric", {"metricDescriptor": {"metricKind": "GAUGE", "valueType": "INT64"}}, "DELTA"),
    Mistake(
        "label of a metric with a hyphen",
        "metric",
        {
            "metricDescriptor": {"metricKind": "DELTA", "valueType": "INT64", "labels": [{"key": "a-b"}]},
            "labelExtractors": {"a-b": "EXTRACT(jsonPayload.a)"},
        },
        "a letter, then letters",
    ),
    Mistake(
        "buckets of two kinds",
        "metric",
        {
            "metricDescriptor": {"metricKind": "DELTA", "valueType": "DISTRIBUTION"},
            "valueExtractor": "EXTRACT(jsonPayload.a)",
            "bucketOptions": {"linearBuckets": LINEAR, "explicitBuckets": {"bounds": [1, 2]}},
        },
        "takes one of them",
    ),
    # Schedules, events, messages
    Mistake("never", "cron", {"schedule": None}, "has no schedule"),
    Mistake("address of 3 kB", "cron", {"httpTarget.uri": f"https://a.test/{'x' * 3000}"}, "2083"),
    Mistake("events of no kind", "trigger", {"matchingCriterias.0.value": f"{CREATED['value'][:-7]}made"}, "written"),
    Mistake(
        "events of a collection",
        "trigger",
        {"matchingCriterias": [CREATED, DATABASE, {"attribute": "collection", "value": "a"}]},
        "which these events lack",
    ),
    Mistake("events to nobody", "trigger", {"destination": {}}, "none of cloudRunService"),
    Mistake("kept for days", "subscription", {"messageRetentionDuration": "7d"}, "604800s"),
    Mistake("expires in days", "subscription", {"expirationPolicy.ttl": "31d"}, "2678400s"),
    Mistake("topic's key by its name", "topic", {"kmsKeyName": "state"}, "keyRings/RING"),
    # What is kept
    Mistake("bucket's key by its name", "bucket", {"encryption": {"defaultKmsKeyName": "state"}}, "keyRings/RING"),
    Mistake("turbo in one region", "bucket", {"location": "EUROPE-WEST1", "rpo": "ASYNC_TURBO"}, "dual-region"),
    Mistake("class of another cloud", "object", {"storageClass": "GLACIER"}, "COLDLINE"),
    Mistake(
        "becomes of another cloud",
        "lifecycle",
        {"lifecycleRules.0.action": {"type": "SetStorageClass", "storageClass": "GLACIER"}},
        "COLDLINE",
    ),
    Mistake("was of another cloud", "lifecycle", {"lifecycleRules.0.condition.matchesStorageClasses": ["S3"]}, "COLD"),
    Mistake("proof for certificates", "object", {"name": ".well-known/acme-challenge/x"}, "does not begin with"),
    Mistake("images' key by its name", "repository", {"kmsKeyName": "state"}, "keyRings/RING"),
    Mistake("alias that is kept", "secret", {"versionAliases": {"latest": "1"}}, "not latest or NEW"),
    Mistake("alias of a word", "secret", {"versionAliases": {"now": "one"}}, "the number of a version"),
    Mistake(
        "value that is not encoded",
        "value",
        {"secretDataWo": None, "secretDataWoVersion": None, "secretData": "no base64!", "isSecretDataBase64": True},
        "is not base64",
    ),
    Mistake(
        "level of protection",
        "key",
        {"versionTemplate": {"algorithm": SYMMETRIC, "protectionLevel": "TPM"}},
        "SOFTWARE, HSM",
    ),
    Mistake("ring by its name", "key", {"keyRing": "a"}, "keyRings/RING"),
    Mistake("ring on the moon", "ring", {"location": "moon"}, "global or a region"),
    Mistake("field that Firestore keeps", "index", {"fields.0.fieldPath": "__user__"}, "a name that Firestore keeps"),
    Mistake("collection that Firestore keeps", "index", {"collection": "__events__"}, "a name that Firestore keeps"),
    Mistake("single field that is kept", "field", {"field": "a.__b__"}, "a name that Firestore keeps"),
    Mistake(
        "single field by two ways",
        "field",
        {"ttlConfig": None, "indexConfig": {"indexes": [{"order": "ASCENDING", "arrayConfig": "CONTAINS"}]}},
        "two indexes",
    ),
    Mistake("site moved to an address", "hosted", {"redirectTarget": "https://acme.test"}, "a domain alone"),
    # Budgets
    Mistake("service by its name", "budget", {"budgetFilter": {"services": ["run"]}}, "services/ID"),
    Mistake("channel by a name", "budget", {"allUpdatesRule": {"monitoringNotificationChannels": ["a"]}}, "its .id"),
    Mistake(
        "two periods",
        "budget",
        {"budgetFilter": {"calendarPeriod": "MONTH", "customPeriod": {"startDate": NEW_YEAR}}},
        "takes one of them",
    ),
    # Cloud Run
    Mistake("eleven containers", "run", {"template.containers": [SERVING, *[IMAGE] * 10]}, "at most 10"),
    Mistake("waits for nobody", "run", {f"{CONTAINER}.dependsOns": ["db"]}, 'depends on "db"'),
    Mistake("containers of one name", "run", {"template.containers": [SERVING, {**IMAGE, "name": "web"}]}, "named web"),
    Mistake("nobody serves", "run", {"template.containers": [{**IMAGE, "name": "a"}, IMAGE]}, "has ports"),
    Mistake("container in capitals", "run", {f"{CONTAINER}.name": "Web"}, "lower-case letters, digits and -"),
    Mistake("described like a letter", "run", {"description": "x" * 513}, "at most 512"),
    Mistake("variable with a long name", "run", {f"{CONTAINER}.envs.0.name": "A" * 32_769}, "at most 32768"),
    Mistake(
        "memory in another unit",
        "run",
        {"template.volumes": [{"name": "t", "emptyDir": {"medium": "MEMORY", "sizeLimit": "1GB"}}]},
        "512Mi",
    ),
    Mistake("limit of something else", "run", {f"{CONTAINER}.resources.limits.gpu": "1"}, "nvidia.com/gpu"),
    Mistake(
        "mounted over devices",
        "run",
        {
            "template.volumes": [{"name": "t", "emptyDir": {"medium": "MEMORY"}}],
            f"{CONTAINER}.volumeMounts": [{"name": "t", "mountPath": "/dev/shm"}],
        },
        "outside of /dev",
    ),
    Mistake(
        "bucket in the first generation",
        "run",
        {
            "template.executionEnvironment": "EXECUTION_ENVIRONMENT_GEN1",
            "template.volumes": [{"name": "g", "gcs": {"bucket": "acme-state"}}],
        },
        "GEN2",
    ),
    Mistake("note with a blank", "run", {"annotations": {"a b": "c"}}, "as Kubernetes does"),
    # Cloudflare
    Mistake(
        "upload that is not sold",
        "setting",
        {"zoneId": UNKNOWN, "settingId": "max_upload", "value": 200},
        "the Free plan has 100",
    ),
    Mistake("upload between the steps", "setting", {"settingId": "max_upload", "value": 110}, "cannot be 110"),
]
RIGHT = [
    ("project", {"orgId": "", "billingAccount": ""}),
    ("urls", _paths("/api/*", "/*", "/health")),
    ("urls", {"hostRules.0.hosts": ["*", "*.acme.test", "*-b.acme.test", "api.acme.test:8443"]}),
    ("urls", _redirect(prefixRedirect="/b")),
    ("forward", {"portRange": "443-443"}),
    ("armor", _throttled(enforceOnKey="HTTP_HEADER", enforceOnKeyName="X-User")),
    ("armor", _armor(action="rate_based_ban", rateLimitOptions={**LIMITS, "banDurationSec": 600})),
    ("uptime", {**POST, "httpCheck.contentType": "USER_PROVIDED", "httpCheck.customContentType": "application/json"}),
    ("uptime", {**POST, "httpCheck.contentType": "URL_ENCODED"}),
    ("threshold", {"conditions": [{"displayName": "a", "conditionAbsent": {**ABSENT, "duration": "300s"}}]}),
    ("slo", {f"{RATIO}.goodServiceFilter": None, f"{RATIO}.badServiceFilter": "b"}),
    ("dashboard", _tile('"xPos": 6, "width": 6, "height": 4')),
    ("trigger", {"matchingCriterias.0.value": "google.cloud.firestore.document.v1.written.withAuthContext"}),
    (
        "trigger",
        {
            "location": "eu",
            "matchingCriterias": [
                {**CREATED, "value": "google.cloud.storage.object.v1.finalized"},
                {"attribute": "bucket", "value": "acme-state"},
            ],
        },
    ),
    ("secret", {"versionAliases": {"prod": "2"}}),
    (
        "bucket",
        {"location": "EUR4", "rpo": "ASYNC_TURBO", "encryption": {"defaultKmsKeyName": KEY.replace("global", "eur4")}},
    ),
    ("index", {"fields.1.fieldPath": "__name__", "fields.1.order": "DESCENDING"}),
    ("github", {"oidc.issuerUri": "https://sts.acme.test", "attributeCondition": None}),
    ("github", {"attributeCondition": "attribute.ref == 'refs/heads/main'"}),
    ("reads bucket", {"role": "roles/storage.legacyBucketReader"}),
    ("reads bucket", {"role": "roles/iam.securityReviewer"}),
    ("reads bucket", {"role": "roles/cloudbuild.builds.builder"}),
    ("reads secret", {"role": "projects/acme-app/roles/reader"}),
    ("grant", {"role": "roles/billing.projectManager"}),
    ("ring", {"location": "nam-eur-asia1"}),
    ("run", {"template.containers": [SERVING, {**IMAGE, "name": "db", "dependsOns": ["web"]}]}),
    ("run", {"annotations": {"acme.test/owner": "ada"}}),
    ("setting", {"settingId": "edge_cache_ttl", "value": 7200}),
    ("setting", {"settingId": "ech", "value": "off"}),
    ("setting", {"settingId": "image_resizing", "value": "open"}),
    ("setting", {"settingId": "max_upload", "value": 100}),
]


@pytest.mark.parametrize("name", REST)
def test_what_is_right_passes_the_preview(check: Any, name: str) -> None:
    assert check(*REST[name]) == ""


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.name)
def test_a_mistake_is_refused_in_the_preview(check: Any, mistake: Mistake) -> None:
    assert mistake.words in check(*planted(mistake.good, mistake.change, KNOWN))


@pytest.mark.parametrize(("good", "change"), RIGHT)
def test_what_looks_like_a_mistake_and_is_none_passes(check: Any, good: str, change: dict[str, Any]) -> None:
    assert check(*planted(good, change, KNOWN)) == ""
