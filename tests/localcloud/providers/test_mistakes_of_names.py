"""Mistakes about places, names, references and values, planted into resources that are right."""

from __future__ import annotations

from typing import Any

import pytest

from localcloud.providers.values import UNKNOWN
from tests.localcloud.providers.planted import Mistake, planted

ACCEPTED = "httpCheck.acceptedResponseStatusCodes.0"
BINDING = {"type": "plain_text", "name": "A", "text": "x"}
CONTAINER = "template.containers.0"
COUNTER = {"metricKind": "DELTA", "valueType": "INT64"}
GPU = {"nvidia.com/gpu": "1", "memory": "16Gi"}
IAM = "//iam.googleapis.com"
LINK = {"displayName": "Runbook", "url": "https://acme.test/runbook"}
LONG = {"rules.0.ratelimit.mitigationTimeout": 600}
POOL = f"{IAM}/projects/1/locations/global/workloadIdentityPools/github"
THRESHOLD = "conditions.0.conditionThreshold"
CRON_TOKEN = {"serviceAccountEmail": "sweeper"}
MISTAKES = [
    Mistake("region of a service cut off", "run", {"location": "europe-west"}, 'no region "europe-west"'),
    Mistake("zone instead of a region", "run", {"location": "europe-west1-b"}, "europe-west1"),
    Mistake("region of a job misspelled", "cron", {"region": "europe-wset1"}, "Use europe-west1"),
    Mistake("region of a queue that is none", "queue", {"location": "eu"}, 'no region "eu"'),
    Mistake("continent for endpoints", "neg", {"region": "europe"}, 'no region "europe"'),
    Mistake("service acts by a name", "run", {"template.serviceAccount": "intake"}, "Pass the account's .email"),
    Mistake("job acts by a name", "cron", {"httpTarget.oidcToken": CRON_TOKEN}, "oidcToken.serviceAccountEmail"),
    Mistake("job acts at Google by a name", "cron", {"httpTarget.oauthToken": CRON_TOKEN}, "sweeper@acme-app.iam"),
    Mistake(
        "push acts by a name",
        "subscription",
        {"pushConfig": {"pushEndpoint": "https://acme.test/", "oidcToken": CRON_TOKEN}},
        "pushConfig.oidcToken.serviceAccountEmail is sweeper",
    ),
    Mistake("rotation without its unit", "key", {"rotationPeriod": "7776000"}, "Write it as 7776000s"),
    Mistake("rotation in days", "key", {"rotationPeriod": "90d"}, "Write it as 7776000s"),
    Mistake(
        "comparison that alerts do not take",
        "threshold",
        {"conditions.0.conditionThreshold.comparison": "COMPARISON_GE"},
        "COMPARISON_GT or COMPARISON_LT",
    ),
    Mistake("fingerprint cut off", "android", {"sha1Hashes": ["ab" * 19]}, "40 hexadecimal digits"),
    Mistake("fingerprint of the other kind", "android", {"sha256Hashes": ["ab" * 20]}, "64 hexadecimal digits"),
    Mistake("record without a name", "a", {"name": ""}, "9000"),
    Mistake("record with a blank", "a", {"name": "my app.acme.test"}, "9000"),
    Mistake("record with a scheme", "a", {"name": "https://www.acme.test"}, "9000"),
    Mistake("alias of itself", "a", {"type": "CNAME", "name": "www.acme.test", "content": "WWW.acme.test."}, "9039"),
    Mistake("proxied to the office", "a", {"proxied": True, "ttl": 1, "content": "192.168.1.10"}, "9003"),
    Mistake("proxied to a loopback", "a", {"type": "AAAA", "proxied": True, "ttl": 1, "content": "::1"}, "9003"),
    Mistake("proxied to the resolver", "a", {"proxied": True, "ttl": 1, "content": "1.1.1.1"}, "9003"),
    Mistake("rules of an account in a zone", "waf", {"kind": "root"}, "kind root does not go with zoneId"),
    # Cloud Run
    Mistake("no image", "run", {f"{CONTAINER}.image": ""}, "names no image"),
    Mistake("image in capitals", "run", {f"{CONTAINER}.image": "gcr.io/Acme/intake"}, "in lower case"),
    Mistake("image with a scheme", "run", {f"{CONTAINER}.image": "https://gcr.io/acme/intake"}, "without a scheme"),
    Mistake("digest cut off", "run", {f"{CONTAINER}.image": "gcr.io/acme/intake@sha256:abcd"}, "64 hexadecimal"),
    Mistake("tag with a capital", "run", {"traffics.0.tag": "Canary_1"}, "part of a host's name"),
    Mistake("revision of another service", "run", {"template.revision": "other-001"}, "does not begin with intake-"),
    Mistake("variable of 33 KiB", "run", {f"{CONTAINER}.envs.0.value": "x" * 33_000}, "more than 32 KiB"),
    Mistake(
        "variable of a secret without name",
        "run",
        {f"{CONTAINER}.envs": [{"name": "KEY", "valueSource": {"secretKeyRef": {"secret": ""}}}]},
        "KEY names no secret",
    ),
    Mistake("probe of no port", "run", {f"{CONTAINER}.startupProbe.httpGet.port": 70_000}, "is 70000"),
    Mistake("gpu of one cpu", "run", {f"{CONTAINER}.resources.limits": {**GPU, "cpu": "1"}}, "at least 4 CPU"),
    # Cloud Monitoring and Logging
    Mistake("no conditions", "promql", {"conditions": []}, "at least 1"),
    Mistake("four links", "promql", {"documentation": {"content": "x", "links": [LINK] * 4}}, "has 4 links"),
    Mistake("label of a policy in capitals", "promql", {"userLabels": {"Team": "ops"}}, '"Team" in userLabels'),
    Mistake("channel by its address", "promql", {"notificationChannels": ["oncall@acme.test"]}, "the Notification"),
    Mistake("trigger by both", "threshold", {f"{THRESHOLD}.trigger": {"count": 1, "percent": 50}}, "count and percent"),
    Mistake("trigger by 200 percent", "threshold", {f"{THRESHOLD}.trigger": {"percent": 200}}, "percent is 200"),
    Mistake("aligned over days", "threshold", {f"{THRESHOLD}.aggregations.0.alignmentPeriod": "180000s"}, "25 hours"),
    Mistake(
        "extractor that does not end",
        "logmatch",
        {"conditions.0.conditionMatchedLog.labelExtractors": {"a": "EXTRACT(x"}},
        "EXTRACT(x extracts nothing",
    ),
    Mistake(
        "buckets that fall",
        "metric",
        {
            "metricDescriptor": {"metricKind": "DELTA", "valueType": "DISTRIBUTION"},
            "valueExtractor": "EXTRACT(jsonPayload.ms)",
            "bucketOptions": {"explicitBuckets": {"bounds": [5, 1]}},
        },
        "do not rise",
    ),
    Mistake(
        "expression of an extractor",
        "metric",
        {
            "metricDescriptor": {**COUNTER, "labels": [{"key": "a"}]},
            "labelExtractors": {"a": 'REGEXP_EXTRACT(jsonPayload.a, "(")'},
        },
        "does not compile",
    ),
    Mistake(
        "label of a metric twice",
        "metric",
        {
            "metricDescriptor": {**COUNTER, "labels": [{"key": "a"}, {"key": "a"}]},
            "labelExtractors": {"a": "EXTRACT(jsonPayload.a)"},
        },
        "has a 2 times",
    ),
    Mistake("answer by class and number", "uptime", {f"{ACCEPTED}.statusValue": 200}, "statusClass and statusValue"),
    Mistake("check of something else", "uptime", {"monitoredResource.type": "url"}, "Use uptime_url"),
    Mistake(
        "expression of a check",
        "uptime",
        {"contentMatchers": [{"content": "(ok", "matcher": "MATCHES_REGEX"}]},
        "is not a regular expression",
    ),
    # IAM
    Mistake("member that is gone", "grant", {"member": "deleted:user:ada@acme.test?uid=1"}, "members that are"),
    Mistake("pool without its path", "grant", {"member": f"principalSet:{IAM}/projects/1/x"}, "not a federated"),
    Mistake("claim misspelled", "github", {"attributeCondition": "asertion.ref == 'x'"}, "did you mean assertion"),
    Mistake("claim of nobody", "github", {"attributeMapping": {"google.subject": "sub"}}, "begin with assertion"),
    Mistake(
        "expression of a firewall",
        "armor",
        {"rules.0.match": {"expr": {"expression": "request.headers['x'] == "}}},
        "expression is not valid",
    ),
    # Data
    Mistake("path with two dots", "index", {"fields.0.fieldPath": "a..b"}, "names the field a..b"),
    Mistake("path with a hyphen", "index", {"fields.0.fieldPath": "sent-at"}, "between backquotes"),
    Mistake("index of no collection", "index", {"collection": ""}, "of no collection"),
    Mistake("object without a name", "object", {"name": ""}, "not a name for an object"),
    Mistake("object over two lines", "object", {"name": "a\nb"}, "without line breaks"),
    Mistake("object with a long name", "object", {"name": "ä" * 513}, "1024 bytes"),
    Mistake("bucket like a domain", "bucket", {"name": "files.acme.test"}, "Use files-acme-test"),
    Mistake("empty secret", "value", {"secretDataWo": ""}, "secretDataWo is empty"),
    Mistake("secret of 70 kB", "value", {"secretDataWo": "x" * 70_000}, "has 70000 bytes"),
    Mistake("images in no place", "repository", {"location": "eu-west1"}, "there is no such place"),
    Mistake(
        "copy of a secret in no place",
        "secret",
        {"replication": {"userManaged": {"replicas": [{"location": "europe-west"}]}}},
        "replicas.location is europe-west",
    ),
    # Cloudflare
    Mistake("zone of no account", "zone", {"account": {}}, "7003"),
    Mistake("zone of an account by its name", "zone", {"account": {"id": "Acme"}}, "32 digits"),
    Mistake("module that is not one", "worker", {"mainModule": None}, "mainModule is missing"),
    Mistake("binding twice", "worker", {"bindings": [BINDING, BINDING]}, "two bindings named A"),
    Mistake("blocked for long on the free plan", "limit", {"zoneId": UNKNOWN, **LONG}, "blocks for 600 s"),
]
RIGHT = [
    ("a place of its own", "run", {"location": "europe-west10"}),
    ("an account by its address", "run", {"template.serviceAccount": "intake@acme-app.iam.gserviceaccount.com"}),
    ("colons in a fingerprint", "android", {"sha1Hashes": [":".join(["AB"] * 20)]}),
    ("documentation's address behind the proxy", "a", {"proxied": True, "ttl": 1}),
    ("a private address by DNS alone", "a", {"content": "10.0.0.1"}),
    ("an image by tag and digest", "run", {f"{CONTAINER}.image": f"us-docker.pkg.dev/a/b_c/d:v1@sha256:{'0' * 64}"}),
    ("an image of the hub", "run", {f"{CONTAINER}.image": "nginx"}),
    ("a revision of its own", "run", {"template.revision": "intake-001"}),
    ("a big machine beside a gpu", "run", {f"{CONTAINER}.resources.limits": {**GPU, "cpu": "4"}}),
    ("everyone of a pool", "grant", {"member": f"principalSet:{POOL}/*"}),
    ("a repository of a pool", "grant", {"member": f"principalSet:{POOL}/attribute.repository_id/1"}),
    ("a condition over a list", "github", {"attributeCondition": "['a', 'b'].exists(x, x == assertion.ref)"}),
    ("a path with backquotes", "index", {"fields.0.fieldPath": "data.`sent-at`"}),
    ("images of a continent", "repository", {"location": "europe"}),
    ("a script that is no module", "worker", {"content": "addEventListener('fetch', go)", "mainModule": None}),
    ("a wildcard", "a", {"name": "*.acme.test"}),
    ("a rotation in parts of seconds", "key", {"rotationPeriod": "7776000.5s"}),
]


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.name)
def test_a_mistake_about_places_and_names_is_refused_in_the_preview(check: Any, mistake: Mistake) -> None:
    assert mistake.words in check(*planted(mistake.good, mistake.change))


@pytest.mark.parametrize(("name", "good", "change"), RIGHT, ids=[each[0] for each in RIGHT])
def test_what_only_looks_like_one_is_taken(check: Any, name: str, good: str, change: dict[str, Any]) -> None:
    assert check(*planted(good, change)) == "", name
