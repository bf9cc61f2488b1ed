"""More resources that the real providers and APIs take, of the types that planted.py has none of."""

from __future__ import annotations

from typing import Any

from tests.localcloud.providers.planted import ACCOUNT, HERE, ZONE

BACKEND = "https://www.googleapis.com/compute/v1/projects/acme-app/global/backendServices/intake"
CREATED = {"attribute": "type", "value": "google.cloud.firestore.document.v1.created"}
DATABASE = {"attribute": "database", "value": "(default)"}

MORE: dict[str, tuple[str, dict[str, Any]]] = {
    "job": (
        "gcp:cloudrunv2/job:Job",
        {
            **HERE,
            "name": "nightly",
            "location": "europe-west1",
            "template": {
                "taskCount": 2,
                "parallelism": 1,
                "template": {"maxRetries": 1, "containers": [{"image": "us-docker.pkg.dev/cloudrun/container/job"}]},
            },
        },
    ),
    "tick": (
        "gcp:cloudscheduler/job:Job",
        {
            **HERE,
            "name": "tick",
            "region": "europe-west1",
            "schedule": "*/5 * * * *",
            "pubsubTarget": {"topicName": "projects/acme-app/topics/events", "data": "eA=="},
        },
    ),
    "field": (
        "gcp:firestore/field:Field",
        {**HERE, "database": "(default)", "collection": "events", "field": "until", "ttlConfig": {}},
    ),
    "trigger": (
        "gcp:eventarc/trigger:Trigger",
        {
            **HERE,
            "name": "on-intent",
            "location": "eur3",
            "serviceAccount": "intake@acme-app.iam.gserviceaccount.com",
            "eventDataContentType": "application/protobuf",
            "matchingCriterias": [CREATED, DATABASE],
            "destination": {"cloudRunService": {"service": "intake", "region": "europe-west1"}},
        },
    ),
    "hosted": (
        "gcp:firebase/hostingCustomDomain:HostingCustomDomain",
        {**HERE, "siteId": "acme-app-web", "customDomain": "app.acme.test"},
    ),
    "audit": (
        "gcp:projects/iAMAuditConfig:IAMAuditConfig",
        {
            **HERE,
            "service": "allServices",
            "auditLogConfigs": [{"logType": "DATA_READ", "exemptedMembers": ["user:ada@acme.test"]}],
        },
    ),
    "certificate": (
        "gcp:certificatemanager/certificate:Certificate",
        {
            **HERE,
            "name": "api",
            "managed": {
                "domains": ["*.acme.test"],
                "dnsAuthorizations": ["projects/acme-app/locations/global/dnsAuthorizations/api"],
            },
        },
    ),
    "tls": ("gcp:compute/sSLPolicy:SSLPolicy", {**HERE, "name": "modern", "profile": "MODERN"}),
    "urls": (
        "gcp:compute/uRLMap:URLMap",
        {
            **HERE,
            "name": "launch",
            "defaultService": BACKEND,
            "hostRules": [{"hosts": ["api.acme.test"], "pathMatcher": "api"}],
            "pathMatchers": [{"name": "api", "defaultService": BACKEND}],
        },
    ),
    "backend": (
        "gcp:compute/backendService:BackendService",
        {**HERE, "name": "intake", "protocol": "HTTPS", "loadBalancingScheme": "EXTERNAL_MANAGED"},
    ),
    "dashboard": (
        "gcp:monitoring/dashboard:Dashboard",
        {**HERE, "dashboardJson": '{"displayName": "Launch", "gridLayout": {"widgets": []}}'},
    ),
    "list": (
        "cloudflare:index/list:List",
        {**ACCOUNT, "kind": "ip", "name": "blocked", "items": [{"ip": "192.0.2.0/24"}]},
    ),
    "headers": (
        "cloudflare:index/ruleset:Ruleset",
        {
            **ZONE,
            "kind": "zone",
            "name": "headers",
            "phase": "http_response_headers_transform",
            "rules": [
                {
                    "ref": "a",
                    "action": "rewrite",
                    "expression": "true",
                    "actionParameters": {"headers": {"X-Frame-Options": {"operation": "set", "value": "DENY"}}},
                }
            ],
        },
    ),
}
