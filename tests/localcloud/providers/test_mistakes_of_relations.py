"""Mistakes of values that do not go together, or lie out of bounds that only the APIs know."""

from __future__ import annotations

from typing import Any

import pytest

from localcloud.providers.values import UNKNOWN
from tests.localcloud.providers.planted import GOOD, Mistake, planted
from tests.localcloud.providers.planted_more import CREATED, DATABASE, MORE

ALL = {**GOOD, **MORE}
CONTAINER = "template.containers.0"
SCRATCH = {"name": "scratch", "emptyDir": {"medium": "MEMORY", "sizeLimit": "64Mi"}}
SQL = {"name": "sql", "cloudSqlInstance": {"instances": ["acme-app:europe-west1:main"]}}
LATEST = {"type": "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST"}
PUSHED = {"pushConfig": {"pushEndpoint": "https://acme.test/"}}
DEAD = "deadLetterPolicy"
DISTRIBUTION = {
    "metricDescriptor": {"metricKind": "DELTA", "valueType": "DISTRIBUTION"},
    "valueExtractor": "EXTRACT(jsonPayload.ms)",
}
LINEAR = {"numFiniteBuckets": 8, "width": 10, "offset": 0}
GROWING = {"numFiniteBuckets": 8, "growthFactor": 2, "scale": 1}
EVERYBODY = {"versionedExpr": "SRC_IPS_V1", "config": {"srcIpRanges": ["*"]}}
DEFAULT = {"action": "allow", "priority": 2_147_483_647, "match": EVERYBODY}
THROTTLE = {"action": "throttle", "priority": 1, "match": EVERYBODY}
NUMBERS = {
    "conformAction": "allow",
    "exceedAction": "deny(429)",
    "rateLimitThreshold": {"count": 9, "intervalSec": 60},
}
HOSTS = [f"request.host == 'h{number}'" for number in range(14)]
CACHING = {"cacheMode": "CACHE_ALL_STATIC", "signedUrlCacheMaxAgeSec": 60, "defaultTtl": 7200, "maxTtl": 3600}
EDGE = "rules.0.actionParameters.edgeTtl"
BINDINGS = [{"type": "kv_namespace", "name": "KV"}]
MISTAKES = [
    # Cloud Run
    Mistake(
        "colon in a mount",
        "run",
        {"template.volumes": [SCRATCH], f"{CONTAINER}.volumeMounts": [{"name": "scratch", "mountPath": "/a:b"}]},
        "holds a colon",
    ),
    Mistake(
        "database mounted elsewhere",
        "run",
        {"template.volumes": [SQL], f"{CONTAINER}.volumeMounts": [{"name": "sql", "mountPath": "/data"}]},
        "Mount it at /cloudsql",
    ),
    Mistake(
        "database by its name alone",
        "run",
        {"template.volumes": [{**SQL, "cloudSqlInstance": {"instances": ["main"]}}]},
        "PROJECT:REGION:INSTANCE",
    ),
    Mistake("volume twice", "run", {"template.volumes": [SCRATCH, SCRATCH]}, '2 volumes named "scratch"'),
    Mistake(
        "volume of two kinds", "run", {"template.volumes": [{**SCRATCH, "secret": {"secret": "key"}}]}, "secret and"
    ),
    Mistake(
        "tag of two targets",
        "run",
        {"traffics": [{**LATEST, "percent": 100, "tag": "next"}, {**LATEST, "tag": "next"}]},
        'have the tag "next"',
    ),
    Mistake("more at once than tasks", "job", {"template.parallelism": 3}, "more than its tasks, 2"),
    Mistake("two at once of one task", "job", {"template.taskCount": None, "template.parallelism": 2}, "its tasks, 1"),
    # Cloud Scheduler, Pub/Sub, Secret Manager, Eventarc
    Mistake("description like a letter", "cron", {"description": "x" * 501}, "description has 501 characters"),
    Mistake("message of nothing", "tick", {"pubsubTarget.data": None}, "neither data nor attributes"),
    Mistake("message to a short name", "tick", {"pubsubTarget.topicName": "events"}, "topicName events is not named"),
    Mistake(
        "dead letters to a short name",
        "subscription",
        {DEAD: {"deadLetterTopic": "dead", "maxDeliveryAttempts": 5}},
        "deadLetterTopic dead is not named in full",
    ),
    Mistake("topic by half of its path", "subscription", {"topic": "projects/acme-app/events"}, "is not named in full"),
    Mistake(
        "pushed exactly once", "subscription", {**PUSHED, "enableExactlyOnceDelivery": True}, "pulled messages alone"
    ),
    Mistake("events of two types", "trigger", {"matchingCriterias": [CREATED, CREATED, DATABASE]}, "type 2 times"),
    Mistake("events of no type", "trigger", {"matchingCriterias": [DATABASE]}, "type not at all"),
    Mistake(
        "events to two places",
        "trigger",
        {"destination.workflow": "projects/acme-app/locations/europe-west1/workflows/w"},
        "cloudRunService and workflow",
    ),
    # IAM
    Mistake(
        "condition of many parts",
        "grant",
        {"condition": {"title": "hosts", "expression": " || ".join(HOSTS)}},
        "has 13 logical operators",
    ),
    Mistake(
        "mapping like a letter",
        "github",
        {"attributeMapping": {"google.subject": f"assertion.sub + '{'x' * 2050}'"}},
        "Use 2048",
    ),
    Mistake("keys that are not JSON", "github", {"oidc.jwksJson": "{keys"}, "not a set of keys in JSON"),
    Mistake("keys of nothing", "github", {"oidc.jwksJson": "{}"}, "not a set of keys in JSON"),
    Mistake(
        "exempt by an address", "audit", {"auditLogConfigs.0.exemptedMembers": ["ada@acme.test"]}, "user:ada@acme.test"
    ),
    # Firestore, Firebase, sign-in
    Mistake("database like a UUID", "database", {"name": "f81d4fae-7dec-11d0-a765-00a0c91e6bf6"}, "looks like a UUID"),
    Mistake("field like a path", "field", {"field": "a/b"}, '"a/b" is not a field\'s path'),
    Mistake("field of a path", "field", {"collection": "users/1/events"}, "is not a collection"),
    Mistake(
        "domain with its scheme", "hosted", {"customDomain": "https://app.acme.test/"}, "Write app.acme.test alone"
    ),
    Mistake(
        "region in words",
        "signin",
        {"smsRegionConfig": {"allowlistOnly": {"allowedRegions": ["Germany"]}}},
        '"Germany" in smsRegionConfig',
    ),
    Mistake(
        "number for tests without its country",
        "signin",
        {"signIn": {"phoneNumber": {"enabled": True, "testPhoneNumbers": {"0171": "123456"}}}},
        'number for tests "0171"',
    ),
    # Monitoring, logging, budgets
    Mistake(
        "buckets without a width",
        "metric",
        {**DISTRIBUTION, "bucketOptions": {"linearBuckets": {**LINEAR, "width": 0}}},
        "linearBuckets.width is 0",
    ),
    Mistake(
        "buckets that do not grow",
        "metric",
        {**DISTRIBUTION, "bucketOptions": {"exponentialBuckets": {**GROWING, "growthFactor": 1}}},
        "Use more than 1",
    ),
    Mistake("dashboard that is not JSON", "dashboard", {"dashboardJson": "{displayName: x}"}, "is not JSON"),
    Mistake("dashboard without a name", "dashboard", {"dashboardJson": "{}"}, "has no displayName"),
    Mistake(
        "credits excluded and named",
        "budget",
        {"budgetFilter": {"creditTypesTreatment": "EXCLUDE_ALL_CREDITS", "creditTypes": ["PROMOTION"]}},
        "INCLUDE_SPECIFIED_CREDITS alone",
    ),
    # Load balancer and certificates
    Mistake("matcher that is not there", "urls", {"hostRules.0.pathMatcher": "web"}, 'path matcher "web"'),
    Mistake("profile of one's own", "tls", {"profile": "CUSTOM"}, "CUSTOM without customFeatures"),
    Mistake("features of a ready profile", "tls", {"customFeatures": ["TLS_AES_128_GCM_SHA256"]}, "go with CUSTOM"),
    Mistake("usually longer than longest", "backend", {"enableCdn": True, "cdnPolicy": CACHING}, "more than maxTtl"),
    Mistake("limit without numbers", "armor", {"rules": [THROTTLE, DEFAULT]}, "throttle without rateLimitOptions"),
    Mistake(
        "numbers without a limit", "armor", {"rules": [{**DEFAULT, "rateLimitOptions": NUMBERS}]}, "the action allow"
    ),
    Mistake(
        "wildcard without a proof", "certificate", {"managed.dnsAuthorizations": None}, "DnsAuthorization for acme"
    ),
    # Cloudflare
    Mistake("time beside the origin's", "cache", {EDGE: {"mode": "respect_origin", "default": 7200}}, "does not go"),
    Mistake("time that is bypassed", "cache", {EDGE: {"mode": "bypass_by_default", "default": 7200}}, "does not go"),
    Mistake("store without its id", "worker", {"bindings": BINDINGS}, "has no namespaceId"),
    Mistake(
        "flag and its opposite",
        "worker",
        {"compatibilityFlags": ["nodejs_compat", "no_nodejs_compat"]},
        "contradict each other",
    ),
    Mistake("host among addresses", "list", {"items": [{"hostname": {"urlHostname": "acme.test"}}]}, "has hostname"),
    Mistake("address that is none", "list", {"items": [{"ip": "192.0.2.300"}]}, "192.0.2.300 is not an address"),
]
RIGHT = [
    (
        "a database where it belongs",
        "run",
        {"template.volumes": [SQL], f"{CONTAINER}.volumeMounts": [{"name": "sql", "mountPath": "/cloudsql"}]},
    ),
    ("two tags", "run", {"traffics": [{**LATEST, "percent": 100, "tag": "a"}, {**LATEST, "tag": "b"}]}),
    ("all tasks at once", "job", {"template.parallelism": 2}),
    ("as many as there may be", "job", {"template.taskCount": UNKNOWN, "template.parallelism": 9}),
    ("a message of attributes", "tick", {"pubsubTarget.data": None, "pubsubTarget.attributes": {"a": "b"}}),
    ("a topic that is made now", "subscription", {"topic": UNKNOWN}),
    ("a topic by its name", "subscription", {"topic": "events"}),
    ("a subscription that pulls exactly once", "subscription", {"enableExactlyOnceDelivery": True}),
    ("words that look like operators", "grant", {
        "condition": {"title": "text", "expression": f"request.host == '{'!' * 20}'"}}),
    ("keys", "github", {"oidc.jwksJson": '{"keys": []}'}),
    ("a database of a name", "database", {"name": "main-db"}),
    ("every field", "field", {"field": "*", "ttlConfig": None, "indexConfig": {"indexes": []}}),
    ("a region", "signin", {"smsRegionConfig": {"allowlistOnly": {"allowedRegions": ["DE"]}}}),
    ("credits by name", "budget", {
        "budgetFilter": {"creditTypesTreatment": "INCLUDE_SPECIFIED_CREDITS", "creditTypes": ["PROMOTION"]}}),
    ("features of one's own", "tls", {"profile": "CUSTOM", "customFeatures": ["TLS_AES_128_GCM_SHA256"]}),
    ("a limit with its numbers", "armor", {"rules": [{**THROTTLE, "rateLimitOptions": NUMBERS}, DEFAULT]}),
    ("a host alone", "certificate", {"managed": {"domains": ["api.acme.test"]}}),
    ("the origin's time", "cache", {EDGE: {"mode": "respect_origin"}}),
    ("a flag", "worker", {"compatibilityFlags": ["nodejs_compat"]}),
]  # fmt: skip


@pytest.mark.parametrize("name", MORE)
def test_what_is_right_passes_the_preview(check: Any, name: str) -> None:
    assert check(*MORE[name]) == ""


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.name)
def test_a_mistake_about_what_goes_together_is_refused_in_the_preview(check: Any, mistake: Mistake) -> None:
    assert mistake.words in check(*planted(mistake.good, mistake.change, ALL))


@pytest.mark.parametrize(("name", "good", "change"), RIGHT, ids=[each[0] for each in RIGHT])
def test_what_only_looks_like_one_is_taken(check: Any, name: str, good: str, change: dict[str, Any]) -> None:
    assert check(*planted(good, change, ALL)) == "", name
