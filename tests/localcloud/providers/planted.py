"""Resources that the real providers and APIs take, and how a mistake is planted into one of them."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

HERE = {"project": "acme-app"}
ZONE = {"zoneId": "0" * 32}
ACCOUNT = {"accountId": "a" * 32}
RUN = {
    **HERE,
    "name": "intake",
    "location": "europe-west1",
    "template": {
        "timeout": "60s",
        "maxInstanceRequestConcurrency": 80,
        "scaling": {"minInstanceCount": 0, "maxInstanceCount": 3},
        "containers": [
            {
                "image": "us-docker.pkg.dev/cloudrun/container/hello",
                "ports": {"containerPort": 8080},
                "resources": {"limits": {"cpu": "1", "memory": "512Mi"}, "cpuIdle": True},
                "startupProbe": {"httpGet": {"path": "/health"}, "periodSeconds": 10, "timeoutSeconds": 5},
                "envs": [{"name": "ROLE", "value": "intake"}],
            }
        ],
    },
    "traffics": [{"type": "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST", "percent": 100}],
}
PROMQL = {
    **HERE,
    "displayName": "Errors",
    "combiner": "OR",
    "conditions": [
        {
            "displayName": "Errors",
            "conditionPrometheusQueryLanguage": {
                "query": 'sum(increase(run_googleapis_com:request_count{response_code_class="5xx"}[5m])) > 5',
                "duration": "0s",
                "evaluationInterval": "60s",
            },
        }
    ],
    "alertStrategy": {"autoClose": "1800s"},
}
THRESHOLD = {
    **HERE,
    "displayName": "Errors",
    "combiner": "OR",
    "conditions": [
        {
            "displayName": "Errors",
            "conditionThreshold": {
                "filter": 'resource.type = "cloud_run_revision" AND metric.type = "run.googleapis.com/request_count"',
                "comparison": "COMPARISON_GT",
                "duration": "60s",
                "aggregations": [{"alignmentPeriod": "60s", "perSeriesAligner": "ALIGN_RATE"}],
            },
        }
    ],
}
LOG_MATCH = {
    **HERE,
    "displayName": "Denied",
    "combiner": "OR",
    "conditions": [{"displayName": "Denied", "conditionMatchedLog": {"filter": 'severity >= ERROR AND "denied"'}}],
    "alertStrategy": {"notificationRateLimit": {"period": "300s"}},
}
RULE = {"ref": "one", "action": "block", "expression": '(http.host eq "acme.test")'}
LIMIT = {
    **RULE,
    "ratelimit": {
        "characteristics": ["cf.colo.id", "ip.src"],
        "period": 10,
        "requestsPerPeriod": 9,
        "mitigationTimeout": 10,
    },
}
HSTS = {"strict_transport_security": {"enabled": True, "max_age": 86400, "include_subdomains": False, "preload": False}}
GITHUB = {
    **HERE,
    "workloadIdentityPoolId": "github",
    "workloadIdentityPoolProviderId": "github",
    "attributeMapping": {"google.subject": "assertion.sub", "attribute.ref": "assertion.ref"},
    "attributeCondition": "assertion.repository_id == '1' && assertion.ref == 'refs/heads/main'",
    "oidc": {"issuerUri": "https://token.actions.githubusercontent.com"},
}

GOOD: dict[str, tuple[str, dict[str, Any]]] = {
    "run": ("gcp:cloudrunv2/service:Service", RUN),
    "cron": (
        "gcp:cloudscheduler/job:Job",
        {
            **HERE,
            "name": "sweep",
            "region": "europe-west1",
            "schedule": "*/5 * * * *",
            "timeZone": "Europe/Berlin",
            "attemptDeadline": "300s",
            "httpTarget": {"uri": "https://sync.run.app/sweeps/a", "httpMethod": "POST"},
        },
    ),
    "grant": ("gcp:projects/iAMMember:IAMMember", {**HERE, "role": "roles/run.viewer", "member": "user:ada@acme.test"}),
    "role": (
        "gcp:projects/iAMCustomRole:IAMCustomRole",
        {**HERE, "roleId": "reader", "title": "Reader", "permissions": ["run.services.get"]},
    ),
    "database": (
        "gcp:firestore/database:Database",
        {**HERE, "name": "(default)", "locationId": "eur3", "type": "FIRESTORE_NATIVE"},
    ),
    "index": (
        "gcp:firestore/index:Index",
        {
            **HERE,
            "database": "(default)",
            "collection": "events",
            "fields": [{"fieldPath": "user", "order": "ASCENDING"}, {"fieldPath": "at", "order": "DESCENDING"}],
        },
    ),
    "promql": ("gcp:monitoring/alertPolicy:AlertPolicy", PROMQL),
    "threshold": ("gcp:monitoring/alertPolicy:AlertPolicy", THRESHOLD),
    "logmatch": ("gcp:monitoring/alertPolicy:AlertPolicy", LOG_MATCH),
    "channel": (
        "gcp:monitoring/notificationChannel:NotificationChannel",
        {**HERE, "type": "email", "labels": {"email_address": "oncall@acme.test"}},
    ),
    "metric": (
        "gcp:logging/metric:Metric",
        {**HERE, "name": "given-up", "filter": 'resource.type="cloud_run_revision" AND jsonPayload.outcome="gone"'},
    ),
    "uptime": (
        "gcp:monitoring/uptimeCheckConfig:UptimeCheckConfig",
        {
            **HERE,
            "displayName": "api",
            "timeout": "10s",
            "period": "60s",
            "monitoredResource": {"type": "uptime_url", "labels": {"host": "api.acme.test"}},
            "httpCheck": {
                "path": "/health",
                "port": 443,
                "useSsl": True,
                "acceptedResponseStatusCodes": [{"statusClass": "STATUS_CLASS_2XX"}],
            },
        },
    ),
    "slo": (
        "gcp:monitoring/slo:Slo",
        {
            **HERE,
            "service": "api",
            "goal": 0.995,
            "rollingPeriodDays": 28,
            "requestBasedSli": {"goodTotalRatio": {"goodServiceFilter": "a", "totalServiceFilter": "b"}},
        },
    ),
    "budget": (
        "gcp:billing/budget:Budget",
        {
            "billingAccount": "012345-6789AB-CDEF01",
            "amount": {"specifiedAmount": {"units": "50"}},
            "thresholdRules": [{"thresholdPercent": 0.5, "spendBasis": "CURRENT_SPEND"}],
        },
    ),
    "github": ("gcp:iam/workloadIdentityPoolProvider:WorkloadIdentityPoolProvider", GITHUB),
    "android": ("gcp:firebase/androidApp:AndroidApp", {**HERE, "displayName": "App", "packageName": "test.acme.app"}),
    "apple": ("gcp:firebase/appleApp:AppleApp", {**HERE, "displayName": "App", "bundleId": "test.acme.app"}),
    "signin": (
        "gcp:identityplatform/config:Config",
        {**HERE, "authorizedDomains": ["acme.test"], "smsRegionConfig": {"allowByDefault": {}}},
    ),
    "queue": (
        "gcp:cloudtasks/queue:Queue",
        {
            **HERE,
            "name": "events",
            "location": "europe-west1",
            "retryConfig": {"minBackoff": "5s", "maxBackoff": "60s"},
        },
    ),
    "subscription": (
        "gcp:pubsub/subscription:Subscription",
        {
            **HERE,
            "name": "events",
            "topic": "projects/acme-app/topics/events",
            "messageRetentionDuration": "604800s",
            "expirationPolicy": {"ttl": ""},
            "retryPolicy": {"minimumBackoff": "10s", "maximumBackoff": "600s"},
        },
    ),
    "topic": ("gcp:pubsub/topic:Topic", {**HERE, "name": "events"}),
    "key": (
        "gcp:kms/cryptoKey:CryptoKey",
        {"keyRing": "projects/acme-app/locations/global/keyRings/a", "name": "state", "rotationPeriod": "7776000s"},
    ),
    "bucket": ("gcp:storage/bucket:Bucket", {**HERE, "name": "acme-state", "location": "EU"}),
    "object": (
        "gcp:storage/bucketObject:BucketObject",
        {"bucket": "acme-state", "name": "a.txt", "content": "a", "contentType": "text/plain"},
    ),
    "repository": (
        "gcp:artifactregistry/repository:Repository",
        {
            **HERE,
            "repositoryId": "images",
            "location": "europe-west1",
            "format": "DOCKER",
            "cleanupPolicies": [{"id": "old", "action": "DELETE", "condition": {"olderThan": "2592000s"}}],
        },
    ),
    "neg": (
        "gcp:compute/regionNetworkEndpointGroup:RegionNetworkEndpointGroup",
        {**HERE, "name": "launch", "region": "europe-west1", "cloudRun": {"service": "intake"}},
    ),
    "proxy": (
        "gcp:compute/targetHttpsProxy:TargetHttpsProxy",
        {**HERE, "name": "launch", "urlMap": "launch", "sslCertificates": ["one"]},
    ),
    "entry": (
        "gcp:certificatemanager/certificateMapEntry:CertificateMapEntry",
        {**HERE, "name": "api", "map": "launch", "hostname": "api.acme.test", "certificates": ["c"]},
    ),
    "value": (
        "gcp:secretmanager/secretVersion:SecretVersion",
        {"secret": "key", "secretDataWo": "x", "secretDataWoVersion": "1"},
    ),
    "armor": (
        "gcp:compute/securityPolicy:SecurityPolicy",
        {
            **HERE,
            "name": "armor",
            "rules": [
                {
                    "action": "allow",
                    "priority": 2_147_483_647,
                    "match": {"versionedExpr": "SRC_IPS_V1", "config": {"srcIpRanges": ["*"]}},
                }
            ],
        },
    ),
    "zone": ("cloudflare:index/zone:Zone", {"name": "acme.test", "account": {"id": "a" * 32}, "type": "full"}),
    "txt": (
        "cloudflare:index/dnsRecord:DnsRecord",
        {**ZONE, "name": "acme.test", "type": "TXT", "content": '"v=spf1 -all"', "ttl": 300, "comment": "mail"},
    ),
    "caa": (
        "cloudflare:index/dnsRecord:DnsRecord",
        {
            **ZONE,
            "name": "acme.test",
            "type": "CAA",
            "ttl": 300,
            "data": {"flags": 0, "tag": "issue", "value": "pki.goog"},
        },
    ),
    "srv": (
        "cloudflare:index/dnsRecord:DnsRecord",
        {
            **ZONE,
            "name": "_sip._tcp.acme.test",
            "type": "SRV",
            "ttl": 300,
            "data": {"priority": 1, "weight": 1, "port": 5061, "target": "sip.acme.test"},
        },
    ),
    "hsts": ("cloudflare:index/zoneSetting:ZoneSetting", {**ZONE, "settingId": "security_header", "value": HSTS}),
    "ttl": ("cloudflare:index/zoneSetting:ZoneSetting", {**ZONE, "settingId": "browser_cache_ttl", "value": 14400}),
    "waf": (
        "cloudflare:index/ruleset:Ruleset",
        {**ZONE, "kind": "zone", "name": "waf", "phase": "http_request_firewall_custom", "rules": [RULE]},
    ),
    "limit": (
        "cloudflare:index/ruleset:Ruleset",
        {**ZONE, "kind": "zone", "name": "limit", "phase": "http_ratelimit", "rules": [LIMIT]},
    ),
    "notice": (
        "cloudflare:index/notificationPolicy:NotificationPolicy",
        {
            **ACCOUNT,
            "name": "TLS",
            "alertType": "universal_ssl_event_type",
            "mechanisms": {"emails": [{"id": "oncall@acme.test"}]},
        },
    ),
    "worker": (
        "cloudflare:index/workersScript:WorkersScript",
        {**ACCOUNT, "scriptName": "api-acme", "content": "export default { fetch() {} }", "mainModule": "worker.mjs"},
    ),
    "plan": ("cloudflare:index/zoneSubscription:ZoneSubscription", {**ZONE, "ratePlan": {"id": "pro"}}),
    "secret": ("gcp:secretmanager/secret:Secret", {**HERE, "secretId": "key", "replication": {"auto": {}}}),
    "account": ("gcp:serviceaccount/account:Account", {**HERE, "accountId": "intake", "displayName": "Intake"}),
    "pool": ("gcp:iam/workloadIdentityPool:WorkloadIdentityPool", {**HERE, "workloadIdentityPoolId": "ci-deploy"}),
    "ring": ("gcp:kms/keyRing:KeyRing", {**HERE, "name": "state", "location": "global"}),
    "backup": (
        "gcp:firestore/backupSchedule:BackupSchedule",
        {**HERE, "database": "(default)", "retention": "604800s", "dailyRecurrence": {}},
    ),
    "address": ("gcp:compute/globalAddress:GlobalAddress", {**HERE, "name": "launch"}),
    "lifecycle": (
        "gcp:storage/bucket:Bucket",
        {
            **HERE,
            "name": "acme-state",
            "location": "EU",
            "lifecycleRules": [{"action": {"type": "Delete"}, "condition": {"age": 30}}],
        },
    ),
    "route": (
        "cloudflare:index/workersRoute:WorkersRoute",
        {**ZONE, "pattern": "api.acme.test/*", "script": "api-acme"},
    ),
    "mx": (
        "cloudflare:index/dnsRecord:DnsRecord",
        {**ZONE, "name": "acme.test", "type": "MX", "content": "mail.acme.test", "priority": 10, "ttl": 300},
    ),
    "a": (
        "cloudflare:index/dnsRecord:DnsRecord",
        {**ZONE, "name": "acme.test", "type": "A", "content": "192.0.2.1", "ttl": 300},
    ),
    "cache": (
        "cloudflare:index/ruleset:Ruleset",
        {
            **ZONE,
            "kind": "zone",
            "name": "cache",
            "phase": "http_request_cache_settings",
            "rules": [
                {
                    "ref": "a",
                    "action": "set_cache_settings",
                    "expression": "true",
                    "actionParameters": {"cache": True, "edgeTtl": {"mode": "override_origin", "default": 7200}},
                }
            ],
        },
    ),
    "redirect": (
        "cloudflare:index/ruleset:Ruleset",
        {
            **ZONE,
            "kind": "zone",
            "name": "r",
            "phase": "http_request_dynamic_redirect",
            "rules": [
                {
                    "ref": "a",
                    "action": "redirect",
                    "expression": "true",
                    "actionParameters": {
                        "fromValue": {"statusCode": 301, "targetUrl": {"value": "https://acme.test/"}}
                    },
                }
            ],
        },
    ),
}


@dataclass(frozen=True)
class Mistake:
    """What is changed in a good resource (path → value, None to take it out), and words of the refusal."""

    name: str
    good: str
    change: dict[str, Any]
    words: str


def put(inputs: Any, path: str, value: Any) -> None:
    """Change what lies at a path; None takes it out."""
    first, _, rest = path.partition(".")
    if isinstance(inputs, list):
        put(inputs[int(first)], rest, value)
    elif rest and first in inputs:
        put(inputs[first], rest, value)
    elif value is None:
        del inputs[path]
    else:
        inputs[path] = value


def planted(
    good: str, change: dict[str, Any], known: Mapping[str, tuple[str, dict[str, Any]]] = GOOD
) -> tuple[str, dict[str, Any]]:
    """Return the type and the inputs of a resource, one of those `known`, that is right but for a change."""
    token, inputs = known[good]
    changed = copy.deepcopy(inputs)
    for path, value in change.items():
        put(changed, path, value)
    return token, changed
