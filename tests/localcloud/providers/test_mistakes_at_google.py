"""Mistakes that Google refuses: parts that do not go together, names, places, numbers out of bounds."""

from __future__ import annotations

from typing import Any

import pytest

from localcloud.providers.values import UNKNOWN
from tests.localcloud.providers.planted import Mistake, planted
from tests.localcloud.providers.planted_more import BACKEND, CREATED, DATABASE
from tests.localcloud.providers.planted_rest import KEY
from tests.localcloud.providers.planted_zones import EVERY

CONTAINER = "template.containers.0"
GPU = {"cpu": "8", "memory": "32Gi", "nvidia.com/gpu": "1"}
SCRATCH = {"template.volumes": [{"name": "t", "emptyDir": {"medium": "MEMORY"}}]}
QUERY = "conditions.0.conditionPrometheusQueryLanguage.query"
THRESHOLD = "conditions.0.conditionThreshold"
POOL = "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/github"
STORED = {"attribute": "type", "value": "google.cloud.storage.object.v1.finalized"}
IN_BUCKET = {"attribute": "bucket", "value": "acme-state"}
AUDITED = {"attribute": "type", "value": "google.cloud.audit.log.v1.written"}
ALL = {"versionedExpr": "SRC_IPS_V1", "config": {"srcIpRanges": ["*"]}}
DEFAULT = {"action": "allow", "priority": 2_147_483_647, "match": ALL}
LIMITS = {
    "conformAction": "allow",
    "exceedAction": "deny(429)",
    "enforceOnKey": "IP",
    "rateLimitThreshold": {"count": 10, "intervalSec": 60},
}
PURPOSE = {"addressType": "INTERNAL", "purpose": "VPC_PEERING", "prefixLength": 16, "network": "default"}
CDN = {"signedUrlCacheMaxAgeSec": 60}
PEM = {
    "pemCertificate": "-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n",
    "pemPrivateKey": "-----BEGIN EC PRIVATE KEY-----\nx\n-----END EC PRIVATE KEY-----\n",
}
VECTOR = {"vectorConfig": {"dimension": 8, "flat": {}}}
DOCKER = {"dockerRepository": {"publicRepository": "DOCKER_HUB"}}


def _key(place: str) -> str:
    return KEY.replace("global", place)


def _armor(**parts: Any) -> dict[str, Any]:
    return {"rules": [{"action": "deny(403)", "priority": 1, "match": ALL, **parts}, DEFAULT]}


def _asked(text: str) -> dict[str, Any]:
    return _armor(match={"expr": {"expression": text}})


def _redirected(**options: str) -> dict[str, Any]:
    return _armor(action="redirect", redirectOptions=options)


def _cached(**policy: Any) -> dict[str, Any]:
    return {"enableCdn": True, "cdnPolicy": {**CDN, **policy}}


def _events(*criteria: dict[str, str], location: str = "europe-west1") -> dict[str, Any]:
    return {"location": location, "matchingCriterias": list(criteria)}


def _named(name: str, value: str, operator: str | None = None) -> dict[str, str]:
    return {"attribute": name, "value": value, **({"operator": operator} if operator else {})}


def _when(expression: str) -> dict[str, Any]:
    return {"condition": {"title": "when", "expression": expression}}


def _deleted(kind: str, **condition: Any) -> dict[str, Any]:
    return {"lifecycleRules": [{"action": {"type": kind}, "condition": condition}]}


def _lies_in(*places: str) -> dict[str, Any]:
    return {"customPlacementConfig": {"dataLocations": list(places)}}


def _paths(*paths: str) -> dict[str, Any]:
    return {"pathMatchers.0.pathRules": [{"paths": [path], "service": BACKEND} for path in paths]}


def _encrypted(place: str, key: str) -> dict[str, Any]:
    replica = {"location": place, "customerManagedEncryption": {"kmsKeyName": key}}
    return {"replication": {"userManaged": {"replicas": [replica]}}}


def _tested(count: int) -> dict[str, Any]:
    numbers = {f"+4917112345{at:02}": "123456" for at in range(count)}
    return {"signIn": {"phoneNumber": {"enabled": True, "testPhoneNumbers": numbers}}}


def _tolerant(count: int) -> dict[str, Any]:
    second = {"state": "ENABLED", "totpProviderConfig": {"adjacentIntervals": count}}
    return {"mfa": {"state": "ENABLED", "providerConfigs": [second]}}


def _mapped(count: int) -> dict[str, Any]:
    own = {f"attribute.a{at}": "assertion.ref" for at in range(count)}
    return {"attributeMapping": {"google.subject": "assertion.sub", **own}}


MISTAKES = [
    # Cloud Run, Cloud Scheduler, Cloud Tasks
    Mistake("policy by two ways", "run", {"binaryAuthorization": {"useDefault": True, "policy": "p"}}, "one of them"),
    Mistake(
        "gpu of a virtual machine",
        "run",
        {f"{CONTAINER}.resources.limits": GPU, "template.nodeSelector": {"accelerator": "nvidia-tesla-t4"}},
        "Use nvidia-l4",
    ),
    Mistake("two gpus", "run", {f"{CONTAINER}.resources.limits": {**GPU, "nvidia.com/gpu": "2"}}, "has one GPU"),
    Mistake(
        "mounted beside the root",
        "run",
        {**SCRATCH, f"{CONTAINER}.volumeMounts": [{"name": "t", "mountPath": "data"}]},
        "a path from the root",
    ),
    Mistake(
        "mounted over all",
        "run",
        {**SCRATCH, f"{CONTAINER}.volumeMounts": [{"name": "t", "mountPath": "/"}]},
        "mounted at /",
    ),
    Mistake("unit misspelled", "cron", {"schedule": "every 5 minuts"}, "minutes or hours"),
    Mistake("queue beyond the ports", "queue", {"httpTarget": {"uriOverride": {"port": "99999"}}}, "65535"),
    Mistake("queue by an address", "queue", {"httpTarget": {"uriOverride": {"host": "https://a.test"}}}, "host alone"),
    Mistake(
        "queue with two tokens",
        "queue",
        {
            "httpTarget": {
                name: {"serviceAccountEmail": "a@b.iam.gserviceaccount.com"} for name in ("oidcToken", "oauthToken")
            }
        },
        "takes one of them",
    ),
    # IAM
    Mistake(
        "pool by the project's id",
        "acts",
        {"member": f"principalSet:{POOL.replace('/1/', '/acme-app/')}/*"},
        "by its id",
    ),
    Mistake("one by an attribute", "acts", {"member": f"principal:{POOL}/attribute.ref/a"}, "goes with principalSet"),
    Mistake("many by a subject", "acts", {"member": f"principalSet:{POOL}/subject/a"}, "goes with principal,"),
    Mistake("moment as a text", "grant", _when("request.time < '2027-01-01'"), "timestamp('2027"),
    Mistake("name instead of a question", "grant", _when("resource.name"), "neither true nor false"),
    Mistake("bills of a cut number", "sees bills", {"billingAccountId": "0123"}, "012345-6789AB-CDEF01"),
    Mistake("51 attributes", "github", _mapped(51), "Keep 50"),
    # Firestore, sign-in, rules
    Mistake(
        "two vectors",
        "index",
        {"fields": [{"fieldPath": "v", **VECTOR}, {"fieldPath": "w", **VECTOR}]},
        "has two vectors",
    ),
    Mistake("entity groups", "database", {"concurrencyMode": "OPTIMISTIC_WITH_ENTITY_GROUPS"}, "Datastore"),
    Mistake("key of the world", "database", {"cmekConfig": {"kmsKeyName": KEY}}, "Use a key of europe"),
    Mistake("week without a day", "weekly", {"weeklyRecurrence": {}}, "such as SUNDAY"),
    Mistake("eleven numbers for tests", "signin", _tested(11), "Keep 10"),
    Mistake("eleven intervals", "signin", _tolerant(11), "0 to 10"),
    Mistake(
        "rules of no service", "rules", {"source.files.0.content": "match /a/{b} { allow read; }"}, "declare no service"
    ),
    # Monitoring and logging
    Mistake("metric named twice", "promql", {QUERY: 'up{__name__="b"} > 1'}, "a second time"),
    Mistake("window of nothing", "promql", {QUERY: "rate(up[0s]) > 1"}, "no length"),
    Mistake(
        "two metrics",
        "threshold",
        {f"{THRESHOLD}.filter": 'resource.type = "a" AND (metric.type = "b" OR metric.type = "c")'},
        "a condition for each",
    ),
    Mistake("a day and an hour", "threshold", {f"{THRESHOLD}.duration": "90000s"}, "84600s"),
    Mistake(
        "token in two places",
        "channel",
        {
            "type": "slack",
            "labels": {"channel_name": "#ops", "auth_token": "x"},
            "sensitiveLabels": {"authToken": "x"},
        },
        "Keep the latter",
    ),
    Mistake("pattern of a filter", "metric", {"filter": 'textPayload=~"("'}, "RE2"),
    Mistake(
        "500 buckets",
        "metric",
        {
            "metricDescriptor": {"metricKind": "DELTA", "valueType": "DISTRIBUTION"},
            "valueExtractor": "EXTRACT(jsonPayload.ms)",
            "bucketOptions": {"linearBuckets": {"numFiniteBuckets": 500, "width": 1, "offset": 0}},
        },
        "at most 200",
    ),
    Mistake("objective with a blank", "slo", {"sloId": "my slo"}, "letters, digits"),
    # Secrets, buckets, repositories, keys
    Mistake("secret that is over", "secret", {"expireTime": "2020-01-01T00:00:00Z"}, "is past"),
    Mistake(
        "key of a region for all",
        "secret",
        {"replication": {"auto": {"customerManagedEncryption": {"kmsKeyName": _key("us-east1")}}}},
        "Use a key of global",
    ),
    Mistake(
        "copy's key elsewhere", "secret", _encrypted("europe-west1", _key("us-east1")), "Use a key of europe-west1"
    ),
    Mistake("bucket's key elsewhere", "bucket", {"encryption": {"defaultKmsKeyName": KEY}}, "europe or eu"),
    Mistake("images' key elsewhere", "repository", {"kmsKeyName": _key("us-east1")}, "Use a key of europe-west1"),
    Mistake("uploads by versions", "bucket", _deleted("AbortIncompleteMultipartUpload", numNewerVersions=3), "Use age"),
    Mistake(
        "classes by themselves and by rules",
        "lifecycle",
        {
            "autoclass": {"enabled": True},
            "lifecycleRules.0.action": {"type": "SetStorageClass", "storageClass": "NEARLINE"},
        },
        "Leave those rules out",
    ),
    Mistake(
        "classes that end warm",
        "bucket",
        {"autoclass": {"enabled": True, "terminalStorageClass": "STANDARD"}},
        "ARCHIVE",
    ),
    Mistake(
        "classes from a cold one", "bucket", {"autoclass": {"enabled": True}, "storageClass": "COLDLINE"}, "STANDARD"
    ),
    Mistake(
        "folders without one access", "bucket", {"hierarchicalNamespace": {"enabled": True}}, "uniformBucketLevelAccess"
    ),
    Mistake(
        "folders with versions",
        "bucket",
        {
            "hierarchicalNamespace": {"enabled": True},
            "uniformBucketLevelAccess": True,
            "versioning": {"enabled": True},
        },
        "does not go with versioning",
    ),
    Mistake("kept for days", "bucket", {"retentionPolicy": {"retentionPeriod": "30d"}}, "such as 2592000"),
    Mistake("two regions that are one", "bucket", _lies_in("EUROPE-WEST1"), "is not two regions"),
    Mistake("one region twice", "bucket", _lies_in("EUROPE-WEST1", "europe-west1"), "is not two regions"),
    Mistake("bucket on no map", "bucket", {"location": "EUROPE-WEST99"}, "no location EUROPE-WEST99"),
    Mistake("ring on no map", "ring", {"location": "europe-west99"}, "no location europe-west99"),
    Mistake("source of a usual repository", "repository", {"remoteRepositoryConfig": DOCKER}, "Set mode to that"),
    Mistake(
        "packages of Docker",
        "repository",
        {"format": "NPM", "mode": "REMOTE_REPOSITORY", "remoteRepositoryConfig": DOCKER},
        "Use that of npm",
    ),
    Mistake(
        "signs by nothing", "key", {"rotationPeriod": None, "purpose": "ASYMMETRIC_SIGN"}, "versionTemplate.algorithm"
    ),
    Mistake(
        "outside by Google's",
        "key",
        {"versionTemplate": {"algorithm": "GOOGLE_SYMMETRIC_ENCRYPTION", "protectionLevel": "EXTERNAL"}},
        "EXTERNAL_SYMMETRIC_ENCRYPTION",
    ),
    # Load balancers, Cloud Armor
    Mistake(
        "certificate in words",
        "certificate",
        {"managed": None, "selfManaged": {**PEM, "pemCertificate": "x"}},
        "not PEM",
    ),
    Mistake("internal for the world", "address", {"addressType": "INTERNAL"}, "is reached from outside"),
    Mistake("service in a network", "neg", {"network": "default"}, "lie in no network"),
    Mistake("service on the internet", "neg", {"networkEndpointType": "INTERNET_IP_PORT"}, "goes with SERVERLESS"),
    Mistake("cache within", "backend", {**_cached(), "loadBalancingScheme": "INTERNAL_MANAGED"}, "external"),
    Mistake("cache behind a login", "backend", {**_cached(), "iap": {"enabled": True}}, "both on"),
    Mistake("no time to answer", "backend", {"timeoutSec": -1}, "Use 1 or more"),
    Mistake("drained for two hours", "backend", {"connectionDrainingTimeoutSec": 7_200}, "0 to 3600"),
    Mistake(
        "good answers as bad",
        "backend",
        _cached(negativeCaching=True, negativeCachingPolicies=[{"code": 200, "ttl": 60}]),
        "the status 200",
    ),
    Mistake(
        "bad answers, not kept",
        "backend",
        _cached(negativeCachingPolicies=[{"code": 404, "ttl": 60}]),
        "need negativeCaching",
    ),
    Mistake(
        "time beside the origin's", "backend", _cached(cacheMode="USE_ORIGIN_HEADERS", defaultTtl=60), "does not go"
    ),
    Mistake("longest of all", "backend", _cached(cacheMode="FORCE_CACHE_ALL", maxTtl=60), "does not go"),
    Mistake(
        "host in two rules",
        "urls",
        {"hostRules": [{"hosts": ["api.acme.test"], "pathMatcher": "api"}] * 2},
        "in two hostRules",
    ),
    Mistake("path in two rules", "urls", _paths("/a", "/a"), "in two rules of api"),
    Mistake("leads nowhere", "urls", {"defaultService": None}, "it has none of defaultService"),
    Mistake("matcher leads nowhere", "urls", {"pathMatchers.0.defaultService": None}, "pathMatchers has none of"),
    Mistake("cheap way around the world", "forward", {"networkTier": "STANDARD"}, "PREMIUM alone"),
    Mistake("suite that is none", "tls", {"profile": "CUSTOM", "customFeatures": ["TLS_FOO"]}, "TLS_FOO"),
    Mistake(
        "default for some",
        "armor",
        {"rules": [{**DEFAULT, "match": {"expr": {"expression": "origin.region_code == 'DE'"}}}]},
        "Have it match *",
    ),
    Mistake("redirected without a word", "armor", _armor(action="redirect"), "without redirectOptions"),
    Mistake("redirected nowhere", "armor", _redirected(type="EXTERNAL_302"), "have no target"),
    Mistake(
        "puzzle elsewhere", "armor", _redirected(type="GOOGLE_RECAPTCHA", target="https://a.test"), "have a target"
    ),
    Mistake("banned for ever", "armor", _armor(action="rate_based_ban", rateLimitOptions=LIMITS), "banDurationSec"),
    Mistake(
        "limits at the edge",
        "armor",
        {"type": "CLOUD_ARMOR_EDGE", **_armor(action="throttle", rateLimitOptions=LIMITS)},
        "CLOUD_ARMOR_EDGE",
    ),
    Mistake(
        "range that is none", "armor", _asked("inIpRange(origin.ip, '999.1.1.1/8')"), '"999.1.1.1/8", which is none'
    ),
    Mistake("host of a request", "armor", _asked("request.hostname == 'a'"), "request.hostname, which there is not"),
    Mistake("path instead of a question", "armor", _asked("request.path"), "neither true nor false"),
    # Eventarc, Pub/Sub
    Mistake("events of no bucket", "trigger", _events(STORED, location="eu"), "the attribute bucket"),
    Mistake(
        "bucket of a database", "trigger", _events(STORED, IN_BUCKET, DATABASE, location="eu"), "no attribute database"
    ),
    Mistake(
        "audit of no method", "trigger", _events(AUDITED, _named("serviceName", "run.googleapis.com")), "methodName"
    ),
    Mistake("trigger in capitals", "trigger", {"name": "OnIntent"}, "lower-case"),
    Mistake(
        "pattern that does not end",
        "trigger",
        {"matchingCriterias": [CREATED, DATABASE, _named("document", "users/{user", "match-path-pattern")]},
        "is not a path pattern",
    ),
    Mistake("table by its name", "subscription", {"bigqueryConfig": {"table": "events"}}, "PROJECT.DATASET.TABLE"),
    Mistake("messages by an address", "subscription", {"cloudStorageConfig": {"bucket": "gs://acme"}}, "name alone"),
    Mistake(
        "files like folders",
        "subscription",
        {"cloudStorageConfig": {"bucket": "acme", "filenameSuffix": "a/"}},
        "does not end in /",
    ),
    Mistake("site for all", "hosted", {"customDomain": "acme"}, "such as app.acme.test"),
]
RIGHT = [
    ("run", {"binaryAuthorization": {"useDefault": True}}),
    ("run", {f"{CONTAINER}.resources.limits": GPU, "template.nodeSelector": {"accelerator": "nvidia-l4"}}),
    (
        "run",
        {
            f"{CONTAINER}.resources.limits": {**GPU, "cpu": "20", "memory": "80Gi"},
            "template.nodeSelector": {"accelerator": "nvidia-rtx-pro-6000"},
        },
    ),
    ("run", {**SCRATCH, f"{CONTAINER}.volumeMounts": [{"name": "t", "mountPath": "/tmp/a/"}]}),
    ("cron", {"schedule": "every 12 hours"}),
    ("cron", {"schedule": "every monday 09:00"}),
    ("cron", {"schedule": "1st,third monday of month 04:05"}),
    ("queue", {"httpTarget": {"uriOverride": {"host": "api.acme.test", "port": "8443", "scheme": "HTTPS"}}}),
    ("acts", {"member": f"principalSet:{POOL}/attribute.repository_id/1"}),
    ("acts", {"member": f"principal:{POOL}/subject/repo:a/b:ref:refs/heads/main"}),
    ("acts", {"member": f"principalSet:{POOL}/group/x"}),
    ("grant", {"member": f"principalSet:{POOL.replace('github', 'acme-app.svc.id.goog')}/namespace/web"}),
    ("grant", _when("request.time.getHours('Europe/Berlin') < 9 && resource.name != ''")),
    ("grant", _when("request.time < timestamp('2027-01-01T00:00:00Z')")),
    ("sees bills", {"billingAccountId": "billingAccounts/012345-6789AB-CDEF01"}),
    ("github", _mapped(50)),
    ("database", {"locationId": "europe-west1", "cmekConfig": {"kmsKeyName": _key("europe-west1")}}),
    ("database", {"locationId": "nam5", "cmekConfig": {"kmsKeyName": _key("us")}}),
    ("database", {"locationId": UNKNOWN, "cmekConfig": {"kmsKeyName": KEY}}),
    ("database", {"type": "DATASTORE_MODE", "concurrencyMode": "OPTIMISTIC_WITH_ENTITY_GROUPS"}),
    ("signin", {**_tested(10), **_tolerant(10)}),
    ("promql", {QUERY: '{"run.googleapis.com/request_count", response_code="500"} > 1'}),
    ("promql", {QUERY: '{__name__="up", job="a"} > 1'}),
    ("promql", {QUERY: "max_over_time(sum(rate(up[1h30m]))[1h:]) > 1"}),
    ("threshold", {f"{THRESHOLD}.duration": "84600s"}),
    ("threshold", {f"{THRESHOLD}.filter": 'resource.type = "a" AND metric.type = "b" AND metric.labels.type = "c"'}),
    ("channel", {"type": "slack", "labels": {"channel_name": "#ops", "auth_token": "x"}}),
    ("metric", {"filter": r'textPayload=~"^foo\.bar\d+(a|b)$" AND NOT labels."a/b":*'}),
    ("metric", {"filter": r'textPayload!~"\\d{3}"'}),
    ("slo", {"sloId": "api-availability.v1"}),
    ("secret", {"expireTime": "2127-01-01T00:00:00Z"}),
    ("secret", _encrypted("europe-west1", _key("europe-west1"))),
    ("bucket", _deleted("AbortIncompleteMultipartUpload", age=3, matchesPrefixes=["a/"])),
    ("bucket", {"autoclass": {"enabled": True, "terminalStorageClass": "ARCHIVE"}, **_deleted("Delete", age=300)}),
    ("bucket", {"hierarchicalNamespace": {"enabled": True}, "uniformBucketLevelAccess": True}),
    ("bucket", _lies_in("EUROPE-WEST1", "EUROPE-WEST4")),
    ("bucket", {"retentionPolicy": {"retentionPeriod": "2592000"}}),
    ("bucket", _lies_in(UNKNOWN, UNKNOWN)),  # type: ignore[arg-type]  # what a preview does not know yet
    ("bucket", {"encryption": {"defaultKmsKeyName": _key("europe")}}),
    ("bucket", {"location": "EUROPE-WEST1", "encryption": {"defaultKmsKeyName": _key("europe-west1")}}),
    ("repository", {"mode": "REMOTE_REPOSITORY", "remoteRepositoryConfig": DOCKER}),
    ("key", {"versionTemplate": {"algorithm": "GOOGLE_SYMMETRIC_ENCRYPTION", "protectionLevel": "HSM"}}),
    ("ring", {"location": "ca"}),
    ("ring", {"location": "eur4"}),
    ("ring", {"location": "europe-west10"}),
    ("certificate", {"managed": None, "selfManaged": PEM}),
    ("address", PURPOSE),
    ("backend", _cached(cacheMode="USE_ORIGIN_HEADERS", negativeCaching=True)),
    ("backend", _cached(cacheMode="FORCE_CACHE_ALL", defaultTtl=60, clientTtl=60)),
    ("backend", _cached(negativeCaching=True, negativeCachingPolicies=[{"code": 404, "ttl": 60}])),
    ("backend", {"iap": {"enabled": True}, "connectionDrainingTimeoutSec": 3_600}),
    ("urls", _paths("/a", "/a/*")),
    ("tls", {"profile": "CUSTOM", "customFeatures": ["TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256"]}),
    ("armor", _redirected(type="EXTERNAL_302", target="https://acme.test/")),
    ("armor", _redirected(type="GOOGLE_RECAPTCHA")),
    ("armor", _asked("evaluatePreconfiguredWaf('sqli-v33-stable', {'sensitivity': 1}) && request.path != '/a'")),
    ("armor", _asked("inIpRange(origin.ip, '2001:db8::/32') || origin.region_code == 'DE' || origin.asn == 64496")),
    ("armor", _asked("has(request.headers['x-a']) && request.headers['x-a'].contains('request.hostname')")),
    ("armor", _asked("token.recaptcha_session.score <= 0.5 || !token.recaptcha_exemption.valid")),
    ("trigger", _events(STORED, IN_BUCKET, location="eu")),
    (
        "trigger",
        _events(
            AUDITED,
            _named("serviceName", "run.googleapis.com"),
            _named("methodName", "x"),
            _named("resourceName", "/projects/*/locations/**", "match-path-pattern"),
        ),
    ),
    ("trigger", _events(_named("type", "google.cloud.pubsub.topic.v1.messagePublished"))),
    (
        "trigger",
        {"matchingCriterias": [CREATED, DATABASE, _named("document", "users/{user=**}", "match-path-pattern")]},
    ),
    ("subscription", {"bigqueryConfig": {"table": "acme-app.events.raw_1"}}),
    ("subscription", {"cloudStorageConfig": {"bucket": "acme-events", "filenameSuffix": ".json"}}),
]


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.name)
def test_a_mistake_at_google_is_refused_in_the_preview(check: Any, mistake: Mistake) -> None:
    assert mistake.words in check(*planted(mistake.good, mistake.change, EVERY))


@pytest.mark.parametrize(("good", "change"), RIGHT)
def test_what_google_takes_passes(check: Any, good: str, change: dict[str, Any]) -> None:
    assert check(*planted(good, change, EVERY)) == ""
