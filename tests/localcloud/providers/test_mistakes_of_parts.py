"""More mistakes that the real APIs refuse: in parts of services, jobs, grants, policies, keys, buckets and rules."""

from __future__ import annotations

from typing import Any

import pytest

from localcloud.providers.values import UNKNOWN
from tests.localcloud.providers.planted import THRESHOLD, Mistake, planted

CONTAINER = "template.containers.0"
QUERY = "conditions.0.conditionPrometheusQueryLanguage"
AGGREGATION = "conditions.0.conditionThreshold.aggregations.0"
MISTAKES = [
    Mistake(
        "liveness by tcp",
        "run",
        {f"{CONTAINER}.livenessProbe": {"tcpSocket": {"port": 8080}}},
        "livenessProbe asks by tcpSocket",
    ),
    Mistake(
        "shares beyond",
        "run",
        {
            "traffics": [
                {"type": "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST", "percent": 150},
                {"type": "TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION", "revision": "a", "percent": -50},
            ]
        },
        "share of the traffic is 150 percent",
    ),
    Mistake(
        "revision without name",
        "run",
        {"traffics.0.type": "TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION"},
        "share of the traffic goes to a revision that is",
    ),
    Mistake(
        "small cpu always on",
        "run",
        {
            f"{CONTAINER}.resources": {"limits": {"cpu": "500m", "memory": "512Mi"}, "cpuIdle": False},
            "template.maxInstanceRequestConcurrency": 1,
        },
        "less than one CPU is not always on",
    ),
    Mistake(
        "small cpu gen2",
        "run",
        {
            f"{CONTAINER}.resources.limits.cpu": "500m",
            "template.maxInstanceRequestConcurrency": 1,
            "template.executionEnvironment": "EXECUTION_ENVIRONMENT_GEN2",
        },
        "less than one CPU goes with the first execution",
    ),
    Mistake(
        "value and secret",
        "run",
        {f"{CONTAINER}.envs": [{"name": "A", "value": "1", "valueSource": {"secretKeyRef": {"secret": "s"}}}]},
        "variable A has a value and a valueSource",
    ),
    Mistake(
        "mount of nothing",
        "run",
        {f"{CONTAINER}.volumeMounts": [{"name": "x", "mountPath": "/x"}]},
        'volumeMounts names the volume "x"',
    ),
    Mistake("no containers", "run", {"template.containers": []}, "has no containers"),
    Mistake("port name", "run", {f"{CONTAINER}.ports.name": "http2"}, 'ports.name is "http2"'),
    Mistake(
        "reserved annotation",
        "run",
        {"template.annotations": {"run.googleapis.com/x": "1"}},
        "template.annotations has run.googleapis.com/x",
    ),
    Mistake("label capital", "run", {"labels": {"Team": "a"}}, 'label "Team" is not written as Google\'s are'),
    Mistake(
        "label value", "bucket", {"labels": {"team": "Ada Lovelace"}}, 'value of the label team, "Ada Lovelace", is not'
    ),
    Mistake(
        "two networks",
        "run",
        {
            "template.vpcAccess": {
                "connector": "projects/p/locations/l/connectors/c",
                "networkInterfaces": [{"network": "default"}],
            }
        },
        "vpcAccess has a connector and networkInterfaces",
    ),
    Mistake(
        "body with get", "cron", {"httpTarget.httpMethod": "GET", "httpTarget.body": "e30="}, "httpTarget has a body"
    ),
    Mistake(
        "method that is none", "cron", {"httpTarget.httpMethod": "FETCH"}, "httpTarget.httpMethod FETCH is not a method"
    ),
    Mistake(
        "uri without scheme",
        "cron",
        {"httpTarget.uri": "sync.run.app/x"},
        "httpTarget.uri sync.run.app/x does not begin wit",
    ),
    Mistake(
        "two tokens",
        "cron",
        {
            "httpTarget.oidcToken": {"serviceAccountEmail": "a@acme-app.iam.gserviceaccount.com"},
            "httpTarget.oauthToken": {"serviceAccountEmail": "a@acme-app.iam.gserviceaccount.com"},
        },
        "httpTarget has oidcToken and oauthToken",
    ),
    Mistake("name with space", "cron", {"name": "night sweep"}, "name night sweep"),
    Mistake("body not base64", "cron", {"httpTarget.body": "{}"}, "httpTarget.body is not base64"),
    Mistake(
        "backoffs doubled 20 times",
        "cron",
        {"retryConfig": {"retryCount": 3, "maxDoublings": -1}},
        "retryConfig.maxDoublings -1",
    ),
    Mistake("project for all", "grant", {"member": "allUsers"}, "project's policy does not take allUsers"),
    Mistake("domain scheme", "grant", {"member": "domain:https://acme.test"}, '"https://acme.test" is not a domain'),
    Mistake(
        "principal set", "grant", {"member": "principalSet:github"}, '"principalSet:github" is not a federated identit'
    ),
    Mistake(
        "condition on editor",
        "grant",
        {
            "role": "roles/editor",
            "condition": {"title": "a", "expression": "request.time < timestamp('2027-01-01T00:00:00Z')"},
        },
        "basic role roles/editor takes no condition",
    ),
    Mistake(
        "condition unparsable",
        "grant",
        {"condition": {"title": "a", "expression": "request.time < timestamp('2027"}},
        "condition is not valid CEL: the text that begins",
    ),
    Mistake("long title", "role", {"title": "x" * 101}, "title has 101 bytes"),
    Mistake("long role desc", "role", {"description": "x" * 301}, "description has 301 bytes"),
    Mistake("long account title", "account", {"displayName": "x" * 101}, "displayName has 101 bytes"),
    Mistake(
        "provider gcp-",
        "github",
        {"workloadIdentityPoolProviderId": "gcp-github"},
        "workloadIdentityPoolProviderId gcp-github",
    ),
    Mistake("long display", "github", {"displayName": "x" * 33}, "displayName has 33 characters"),
    Mistake(
        "cel function",
        "github",
        {"attributeCondition": "assertion.ref.beginsWith('refs')"},
        "attributeCondition is not a valid condition: the",
    ),
    Mistake(
        "eleven audiences",
        "github",
        {"oidc.allowedAudiences": [f"https://a{i}.test" for i in range(11)]},
        "oidc.allowedAudiences has 11 items",
    ),
    Mistake(
        "long condition",
        "github",
        {"attributeCondition": "assertion.ref == '" + "x" * 4096 + "'"},
        "attributeCondition has 4115 characters",
    ),
    Mistake("pool display", "pool", {"displayName": "x" * 33}, "displayName has 33 characters"),
    Mistake("field without order", "index", {"fields.0.order": None}, "gives the field user none of them"),
    Mistake("collection path", "index", {"collection": "users/1/events"}, "is of the path users/1/events"),
    Mistake(
        "vector dims",
        "index",
        {"fields": [{"fieldPath": "v", "vectorConfig": {"dimension": 4096, "flat": {}}}]},
        "has vectors of 4096 numbers",
    ),
    Mistake(
        "order and array", "index", {"fields.0.arrayConfig": "CONTAINS"}, "gives the field user order and arrayConfig"
    ),
    Mistake("range vector", "promql", {f"{QUERY}.query": "up[5m]"}, "query yields series over a window"),
    Mistake(
        "rate of sum",
        "promql",
        {f"{QUERY}.query": "rate(sum(up)[5m]) > 1"},
        "query is not valid PromQL: '[' at character 13 o",
    ),
    Mistake("string query", "promql", {f"{QUERY}.query": '"a"'}, "query yields a text"),
    Mistake(
        "regex broken",
        "promql",
        {f"{QUERY}.query": 'up{a=~"(x"} > 1'},
        "query is not valid PromQL: '\"(x\"' at character 7",
    ),
    Mistake("alert rule name", "promql", {f"{QUERY}.alertRule": "a b"}, '"a b" is not a name that Prometheus takes'),
    Mistake("label name", "promql", {f"{QUERY}.labels": {"a-b": "x"}}, '"a-b" is not a name that Prometheus takes'),
    Mistake(
        "html docs",
        "promql",
        {"documentation": {"content": "x", "mimeType": "text/html"}},
        "documentation is text/html",
    ),
    Mistake(
        "long docs",
        "promql",
        {"documentation": {"content": "x" * 8193, "mimeType": "text/markdown"}},
        "documentation.content has 8193 characters",
    ),
    Mistake(
        "seventeen channels",
        "threshold",
        {"notificationChannels": [f"projects/acme-app/notificationChannels/{i}" for i in range(17)]},
        "notificationChannels has 17 items",
    ),
    Mistake(
        "seven conditions", "threshold", {"conditions": [THRESHOLD["conditions"][0]] * 7}, "conditions has 7 items"
    ),
    Mistake(
        "reducer without aligner",
        "threshold",
        {f"{AGGREGATION}.perSeriesAligner": None, f"{AGGREGATION}.crossSeriesReducer": "REDUCE_SUM"},
        "an aggregation has a crossSeriesReducer and no p",
    ),
    Mistake(
        "uptime host scheme",
        "uptime",
        {"monitoredResource.labels.host": "https://api.acme.test"},
        "host https://api.acme.test is not a host's name",
    ),
    Mistake(
        "uptime no host", "uptime", {"monitoredResource.labels": {}}, "monitoredResource of type uptime_url has no labe"
    ),
    Mistake(
        "uptime two checks", "uptime", {"tcpCheck": {"port": 443}}, "sets httpCheck and tcpCheck where one of them"
    ),
    Mistake(
        "uptime body get",
        "uptime",
        {"httpCheck.body": "e30=", "httpCheck.requestMethod": "GET"},
        "httpCheck has a body",
    ),
    Mistake("metric name", "metric", {"name": "given up"}, '"given up" is not a name for a metric'),
    Mistake(
        "metric extractor missing",
        "metric",
        {"metricDescriptor": {"metricKind": "DELTA", "valueType": "INT64", "labels": [{"key": "role"}]}},
        "label role has no extractor",
    ),
    Mistake(
        "extractor without label",
        "metric",
        {"labelExtractors": {"role": "EXTRACT(jsonPayload.role)"}},
        "labelExtractors has role",
    ),
    Mistake(
        "distribution without value",
        "metric",
        {"metricDescriptor": {"metricKind": "DELTA", "valueType": "DISTRIBUTION"}},
        "distribution needs a valueExtractor",
    ),
    Mistake(
        "extractor bare",
        "metric",
        {"metricDescriptor": {"metricKind": "DELTA", "valueType": "DISTRIBUTION"}, "valueExtractor": "jsonPayload.ms"},
        "jsonPayload.ms extracts nothing",
    ),
    Mistake("sms", "channel", {"type": "sms", "labels": {"number": "0171 123"}}, 'number "0171 123"'),
    Mistake(
        "webhook", "channel", {"type": "webhook_tokenauth", "labels": {"url": "acme.test/hook"}}, 'url "acme.test/hook"'
    ),
    Mistake("pubsub topic", "channel", {"type": "pubsub", "labels": {"topic": "alerts"}}, 'topic "alerts"'),
    Mistake(
        "email two",
        "channel",
        {"labels": {"email_address": "a@acme.test, b@acme.test"}},
        'email_address "a@acme.test, b@acme.test"',
    ),
    Mistake(
        "budget topic",
        "budget",
        {"allUpdatesRule": {"pubsubTopic": "alerts", "schemaVersion": "1.0"}},
        "allUpdatesRule.pubsubTopic alerts",
    ),
    Mistake(
        "budget schema",
        "budget",
        {"allUpdatesRule": {"pubsubTopic": "projects/acme-app/topics/a", "schemaVersion": "2.0"}},
        "allUpdatesRule.schemaVersion 2.0",
    ),
    Mistake(
        "budget currency",
        "budget",
        {"amount.specifiedAmount.currencyCode": "euro"},
        "amount.specifiedAmount.currencyCode euro",
    ),
    Mistake("budget account", "budget", {"billingAccount": "0123-4567"}, "billingAccount 0123-4567"),
    Mistake(
        "budget forecast custom",
        "budget",
        {
            "thresholdRules.0.spendBasis": "FORECASTED_SPEND",
            "budgetFilter": {"customPeriod": {"startDate": {"year": 2026, "month": 1, "day": 1}}},
        },
        "FORECASTED_SPEND does not go with a customPeriod",
    ),
    Mistake(
        "ttl and expiry",
        "secret",
        {"ttl": "3600s", "expireTime": "2027-01-01T00:00:00Z"},
        "has a ttl and an expireTime",
    ),
    Mistake("ttl days", "secret", {"ttl": "30d"}, "ttl is 30d"),
    Mistake(
        "rotation time",
        "secret",
        {
            "topics": [{"name": "projects/acme-app/topics/t"}],
            "rotation": {"rotationPeriod": "3600s", "nextRotationTime": "tomorrow"},
        },
        "rotation.nextRotationTime is tomorrow",
    ),
    Mistake(
        "eleven topics",
        "secret",
        {"topics": [{"name": f"projects/acme-app/topics/t{i}"} for i in range(11)]},
        "topics has 11 items",
    ),
    Mistake(
        "replica twice",
        "secret",
        {"replication": {"userManaged": {"replicas": [{"location": "europe-west1"}, {"location": "europe-west1"}]}}},
        "replicas name europe-west1 2 times",
    ),
    Mistake(
        "push http",
        "subscription",
        {"pushConfig": {"pushEndpoint": "http://acme.test/push"}},
        "pushEndpoint http://acme.test/push is not an htt",
    ),
    Mistake(
        "backoff 20 min",
        "subscription",
        {"retryPolicy": {"minimumBackoff": "10s", "maximumBackoff": "1200s"}},
        "retryPolicy.maximumBackoff is 1200s",
    ),
    Mistake("sub name", "subscription", {"name": "goog-events"}, '"goog-events" is not a name'),
    Mistake(
        "sub filter",
        "subscription",
        {"filter": "attributes.type ="},
        "filter is not valid: the end stands where a valu",
    ),
    Mistake("topic retention", "topic", {"messageRetentionDuration": "60s"}, "messageRetentionDuration is 60s"),
    Mistake(
        "keep and condition",
        "repository",
        {"cleanupPolicies.0.mostRecentVersions": {"keepCount": 5}},
        "cleanup policy old has a condition and mostRecen",
    ),
    Mistake(
        "delete most recent",
        "repository",
        {"cleanupPolicies": [{"id": "a", "action": "DELETE", "mostRecentVersions": {"keepCount": 5}}]},
        "cleanup policy a deletes the most recent version",
    ),
    Mistake(
        "tags of untagged",
        "repository",
        {"cleanupPolicies.0.condition": {"tagState": "UNTAGGED", "tagPrefixes": ["v"]}},
        "cleanup policy old has tagPrefixes",
    ),
    Mistake(
        "remote without source",
        "repository",
        {"mode": "REMOTE_REPOSITORY"},
        "mode is REMOTE_REPOSITORY without remoteReposito",
    ),
    Mistake(
        "class without class",
        "lifecycle",
        {"lifecycleRules.0.action": {"type": "SetStorageClass"}},
        "lifecycleRules has SetStorageClass without a sto",
    ),
    Mistake(
        "action unknown",
        "lifecycle",
        {"lifecycleRules.0.action.type": "Archive"},
        "lifecycleRules has the action Archive",
    ),
    Mistake(
        "empty condition",
        "lifecycle",
        {"lifecycleRules.0.condition": {}},
        "lifecycleRules has a condition that says nothing",
    ),
    Mistake("negative age", "lifecycle", {"lifecycleRules.0.condition.age": -1}, "lifecycleRules has age -1"),
    Mistake(
        "month 13",
        "lifecycle",
        {"lifecycleRules.0.condition.createdBefore": "2026-13-01"},
        "lifecycleRules has createdBefore 2026-13-01",
    ),
    Mistake(
        "soft delete",
        "bucket",
        {"softDeletePolicy": {"retentionDurationSeconds": 86400}},
        "softDeletePolicy keeps 86400 s",
    ),
    Mistake("ip name", "bucket", {"name": "192.168.5.4"}, '"192.168.5.4" is not a bucket\'s name: it looks l'),
    Mistake("two dots", "bucket", {"name": "acme..state"}, '"acme..state" is not a bucket\'s name: it looks l'),
    Mistake("bucket place", "bucket", {"location": "EUROPE"}, "Cloud Storage has no location EUROPE"),
    Mistake(
        "retention long",
        "bucket",
        {"retentionPolicy": {"retentionPeriod": "3155760001"}},
        "retentionPolicy.retentionPeriod is 3155760001 s",
    ),
    Mistake("key name", "key", {"name": "state key"}, '"state key" is not a name'),
    Mistake(
        "sign rotates",
        "key",
        {"purpose": "ASYMMETRIC_SIGN", "versionTemplate": {"algorithm": "EC_SIGN_P256_SHA256"}},
        "rotationPeriod goes with the purpose ENCRYPT_DEC",
    ),
    Mistake(
        "algorithm",
        "key",
        {"versionTemplate": {"algorithm": "EC_SIGN_P256_SHA256"}},
        "algorithm EC_SIGN_P256_SHA256 is for ASYMMETRIC_",
    ),
    Mistake("destroy in hours", "key", {"destroyScheduledDuration": "3600s"}, "destroyScheduledDuration is 3600s"),
    Mistake("ring name", "ring", {"name": "my ring"}, '"my ring" is not a name'),
    Mistake(
        "armor cidr",
        "armor",
        {"rules.0.match.config.srcIpRanges": ["10.0.0.0/33"]},
        "10.0.0.0/33 in srcIpRanges is not a range of add",
    ),
    Mistake("map host", "entry", {"hostname": "https://api.acme.test"}, "hostname https://api.acme.test"),
    Mistake("mx scheme", "mx", {"content": "smtp://mail.acme.test"}, "record of type MX names a host"),
    Mistake("mx address", "mx", {"content": "192.0.2.1"}, "record of type MX names a host"),
    Mistake("caa value", "caa", {"data.value": "https://pki.goog"}, '"https://pki.goog" does not name a certificate a'),
    Mistake(
        "caa iodef",
        "caa",
        {"data": {"flags": 0, "tag": "iodef", "value": "oncall@acme.test"}},
        'iodef is reported to "oncall@acme.test"',
    ),
    Mistake("log on free", "waf", {"zoneId": UNKNOWN, "rules.0.action": "log"}, "action log takes the Enterprise plan"),
    Mistake(
        "no colo",
        "limit",
        {"rules.0.ratelimit.characteristics": ["ip.src"]},
        "one: the characteristics need cf.colo.id, becaus",
    ),
    Mistake(
        "cache override without time",
        "cache",
        {"rules.0.actionParameters.edgeTtl": {"mode": "override_origin"}},
        "a: edgeTtl overrides the origin and needs a defa",
    ),
    Mistake(
        "cache action in waf",
        "waf",
        {"rules.0.action": "set_cache_settings"},
        "one: the action set_cache_settings does not exis",
    ),
    Mistake(
        "redirect nowhere",
        "redirect",
        {"rules.0.actionParameters": {}},
        "a: targetUrl needs either a value or an expressi",
    ),
    Mistake(
        "redirect target",
        "redirect",
        {"rules.0.actionParameters.fromValue.targetUrl": {"value": "acme.test"}},
        "a: the redirect leads to acme.test",
    ),
    Mistake(
        "date of worker", "worker", {"compatibilityDate": "2026-13-45"}, "compatibilityDate 2026-13-45 is not a day"
    ),
    Mistake("route star middle", "route", {"pattern": "api.acme.test/*/x"}, "pattern api.acme.test/*/x"),
    Mistake("notice without a name", "notice", {"name": ""}, "name"),
]


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.name)
def test_a_mistake_in_a_part_is_refused_in_the_preview(check: Any, mistake: Mistake) -> None:
    assert mistake.words in check(*planted(mistake.good, mistake.change))
