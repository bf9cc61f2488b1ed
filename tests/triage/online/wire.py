"""What the vendors' APIs put on the wire, page by page, with all fields that their references list.

Zendesk: developer.zendesk.com/api-reference/ticketing (account-configuration/support_addresses, business-rules/
triggers, business-rules/automations, tickets/suspended_tickets) and /introduction/pagination. Google: the REST
references of Cloud Run (v1 locations, v2 services), Cloud Functions v2, Logging v2, IAM v1, Resource Manager v1,
Monitoring v3 and Remote Config v1. Numbers of 64 bits are texts there, and what is empty or zero is left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

Body = dict[str, Any]
NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
PLACE = "projects/acme/locations/europe-west1"
ACCOUNT = "api@acme.iam.gserviceaccount.com"
ACCOUNT_NAME = f"projects/acme/serviceAccounts/{ACCOUNT}"
KEY = f"{ACCOUNT_NAME}/keys/0123456789abcdef0123456789abcdef01234567"
POLICY, CHANNEL = "projects/acme/alertPolicies/1", "projects/acme/notificationChannels/1"


def stamp(**more: float) -> str:
    return (NOW - timedelta(**more)).isoformat().replace("+00:00", "Z")


def zendesk(kind: str, *rows: Body, after: str = "") -> Body:
    """One page by cursor; the last one has cursors too, and says only in `has_more` that it is the last."""
    url = f"https://acme.zendesk.com/api/v2/{kind}.json?page%5Bsize%5D=100"
    meta = {"has_more": bool(after), "after_cursor": after or "bGFzdA==", "before_cursor": "Zmlyc3Q="}
    return {kind: list(rows), "meta": meta, "links": {"prev": f"{url}&page%5Bbefore%5D=x", "next": url}}


def address(number: int, email: str, forwarding: str, *, default: bool = False) -> Body:
    return {
        "id": number,
        "name": "Acme",
        "email": email,
        "default": default,
        "brand_id": 360001,
        "forwarding_status": forwarding,
        "spf_status": "verified",
        "cname_status": "verified",
        "domain_verification_status": "verified",
        "domain_verification_code": None,
        "dns_results": "verified",
        "created_at": "2025-01-05T10:38:52Z",
        "updated_at": "2025-01-05T10:38:52Z",
        "url": f"https://acme.zendesk.com/api/v2/recipient_addresses/{number}.json",
    }


def trigger(number: int, title: str, *actions: Body, active: bool = True) -> Body:
    return {
        "id": number,
        "title": title,
        "raw_title": title,
        "active": active,
        "default": False,
        "description": None,
        "position": number,
        "category_id": "20026",
        "conditions": {"all": [{"field": "update_type", "operator": "is", "value": "Create"}], "any": []},
        "actions": list(actions),
        "created_at": "2025-01-05T10:38:52Z",
        "updated_at": "2025-01-05T10:38:52Z",
        "url": f"https://acme.zendesk.com/api/v2/triggers/{number}.json",
    }


def suspended(number: int, cause: str, cause_id: int) -> Body:
    return {
        "id": number,
        "cause": cause,
        "cause_id": cause_id,
        "author": {"id": 1111, "name": "Mr. Roboto", "email": "roboto@mail.test"},
        "subject": "help",
        "content": "I cannot sign in",
        "recipient": "help@acme.test",
        "ticket_id": None,
        "message_id": "<1@mail.test>",
        "error_messages": None,
        "brand_id": 360001,
        "attachments": [],
        "via": {"channel": "email", "source": {"from": {"address": "roboto@mail.test"}, "to": {}, "rel": None}},
        "created_at": "2026-11-28T10:38:52Z",
        "updated_at": "2026-11-28T10:38:52Z",
        "url": f"https://acme.zendesk.com/api/v2/suspended_tickets/{number}.json",
    }


def run_service(name: str, url: str, account: str = ACCOUNT) -> Body:
    return {
        "name": f"{PLACE}/services/{name}",
        "uid": "8a1b",
        "generation": "3",
        "labels": {"app": "acme"},
        "createTime": stamp(days=90),
        "updateTime": stamp(days=2),
        "creator": "ann@mail.test",
        "lastModifier": "ann@mail.test",
        "client": "gcloud",
        "ingress": "INGRESS_TRAFFIC_ALL",
        "launchStage": "GA",
        "template": {
            "revision": f"{name}-00003-abc",
            "scaling": {"maxInstanceCount": 10},
            "timeout": "300s",
            "serviceAccount": account,
            "containers": [{"image": "europe-docker.pkg.dev/acme/x/y", "resources": {"limits": {"cpu": "1000m"}}}],
            "maxInstanceRequestConcurrency": 80,
        },
        "traffic": [{"type": "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST", "percent": 100}],
        "observedGeneration": "3",
        "terminalCondition": {"type": "Ready", "state": "CONDITION_SUCCEEDED", "lastTransitionTime": stamp(days=2)},
        "latestReadyRevision": f"{PLACE}/services/{name}/revisions/{name}-00003-abc",
        "uri": url,
        "urls": [f"https://{name}-123456789012.europe-west1.run.app", url],
        "etag": '"CIS"',
    }


def function(name: str, generation: str) -> Body:
    second = {"service": f"{PLACE}/services/{name.lower()}", "uri": f"https://{name.lower()}-abcdefghij-ew.a.run.app"}
    return {
        "name": f"{PLACE}/functions/{name}",
        "environment": generation,
        "state": "ACTIVE",
        "url": f"https://europe-west1-acme.cloudfunctions.net/{name}",
        "updateTime": stamp(days=2),
        "labels": {"deployment-tool": "cli-firebase"},
        "buildConfig": {"runtime": "nodejs22", "entryPoint": name, "source": {"storageSource": {"bucket": "b"}}},
        "serviceConfig": {
            "timeoutSeconds": 60,
            "availableMemory": "256M",
            "ingressSettings": "ALLOW_ALL",
            "serviceAccountEmail": ACCOUNT,
            **(second if generation == "GEN_2" else {}),
        },
    }


def logged(name: str, kind: str, **more: Any) -> Body:
    """One entry of a service (cloud_run_revision) or of a function of the first generation (cloud_function)."""
    place = {"project_id": "acme", "location": "europe-west1", "revision_name": f"{name}-00003-abc"}
    run = {**place, "service_name": name, "configuration_name": name}
    labels = run if kind == "cloud_run_revision" else {"project_id": "acme", "region": "europe-west1"}
    return {
        "insertId": "65a0b1c2000d1f",
        "resource": {"type": kind, "labels": labels | ({} if labels is run else {"function_name": name})},
        "timestamp": stamp(hours=1),
        "receiveTimestamp": stamp(hours=1),
        "logName": f"projects/acme/logs/{'run.googleapis.com%2Fstdout' if labels is run else 'cloudfunctions'}",
        "labels": {"instanceId": "00f46b"} if labels is run else {"execution_id": "abc123"},
        "trace": "projects/acme/traces/1",
        **more,
    }


def request(name: str, status: int, words: str = "") -> Body:
    """One entry of a service's requests; what Google's front end refused has its words."""
    made = logged(name, "cloud_run_revision", severity="WARNING" if status >= 400 else "INFO")
    made["logName"] = "projects/acme/logs/run.googleapis.com%2Frequests"
    made["httpRequest"] = {
        "requestMethod": "POST",
        "requestUrl": f"https://{name}-abcdefghij-ew.a.run.app/",
        "requestSize": "812",
        "status": status,
        "responseSize": "64",
        "userAgent": "Stripe/1.0",
        "remoteIp": "192.0.2.7",
        "serverIp": "192.0.2.8",
        "latency": "0.041s",
        "protocol": "HTTP/1.1",
    }
    return made | ({"textPayload": words} if words else {})


def ended(name: str, how: str) -> Body:
    words = f"Function execution took 131 ms, finished with status{how}"
    return logged(name, "cloud_function", severity="DEBUG", textPayload=words)


def policy(conditions: list[Body]) -> Body:
    record = {"mutateTime": stamp(days=90), "mutatedBy": "ann@mail.test"}
    return {
        "name": POLICY,
        "displayName": "Errors",
        "documentation": {"content": "See the runbook.", "mimeType": "text/markdown"},
        "userLabels": {"team": "app"},
        "conditions": conditions,
        "combiner": "OR",
        "enabled": True,
        "notificationChannels": [CHANNEL],
        "creationRecord": record,
        "mutationRecord": record,
        "alertStrategy": {"autoClose": "1800s"},
        "severity": "ERROR",
    }


THRESHOLD: Body = {
    "filter": 'resource.type = "cloud_run_revision" AND metric.type = "run.googleapis.com/request_count"',
    "aggregations": [
        {
            "alignmentPeriod": "300s",
            "perSeriesAligner": "ALIGN_DELTA",
            "crossSeriesReducer": "REDUCE_SUM",
            "groupByFields": ["resource.label.service_name", "metric.label.response_code_class"],
        }
    ],
    "comparison": "COMPARISON_GT",
    "thresholdValue": 5,
    "duration": "600s",
    "trigger": {"count": 1},
    "evaluationMissingData": "EVALUATION_MISSING_DATA_INACTIVE",
}
WATCHED: Body = {"name": f"{POLICY}/conditions/1", "displayName": "many errors", "conditionThreshold": THRESHOLD}
OUTSIDE: Body = {
    "name": f"{POLICY}/conditions/2",
    "displayName": "down",
    "conditionThreshold": {
        "filter": (
            'metric.type="monitoring.googleapis.com/uptime_check/check_passed" AND metric.label.check_id="home-x1"'
        ),
        "aggregations": [{"alignmentPeriod": "1200s", "perSeriesAligner": "ALIGN_NEXT_OLDER"}],
        "denominatorFilter": "",
        "comparison": "COMPARISON_GT",
        "thresholdValue": 1,
        "duration": "60s",
    },
}


def opened(hours: float, minutes: float) -> Body:
    return {
        "name": "projects/acme/alerts/0.abc",
        "state": "CLOSED",
        "openTime": stamp(hours=hours),
        "closeTime": stamp(hours=hours, minutes=-minutes),
        "resource": {"type": "cloud_run_revision", "labels": {"service_name": "webhook"}},
        "metric": {"type": "run.googleapis.com/request_count", "labels": {}},
        "metadata": {"systemLabels": {}},
        "policy": {"name": POLICY, "displayName": "Errors", "severity": "ERROR", "userLabels": {"team": "app"}},
    }


def series(kind: str, value: Body, *times: Mapping[str, float]) -> Body:
    return {
        "metric": {"type": "run.googleapis.com/request_count"},
        "resource": {"type": "cloud_run_revision", "labels": {"project_id": "acme", "service_name": "webhook"}},
        "metricKind": "DELTA",
        "valueType": kind,
        "points": [{"interval": {"startTime": stamp(**at), "endTime": stamp(**at)}, "value": value} for at in times],
    }


def bodies() -> Mapping[str, list[Body]]:
    """Return the pages of each answer of a project where all is well, by question."""
    notify = {"field": "notification_group", "value": ["360007", "New ticket", "{{ticket.comments_formatted}}"]}
    greet = {"field": "notification_user", "value": ["requester_and_ccs", "Got it", "We are on it."]}
    return {
        "zendesk/recipient_addresses": [
            zendesk(
                "recipient_addresses", address(1, "help@acme.test", "verified", default=True), after="eyJ2IjoxfQ=="
            ),
            zendesk("recipient_addresses", address(2, "support@acme.zendesk.com", "unknown")),
        ],
        "zendesk/triggers": [
            zendesk("triggers", trigger(7, "Tell the team", notify), trigger(8, "Tell the customer", greet))
        ],
        "zendesk/automations": [
            zendesk("automations", trigger(9, "Close solved", {"field": "status", "value": "closed"}))
        ],
        "zendesk/suspended_tickets": [
            zendesk(
                "suspended_tickets", suspended(1, "Detected as spam", 0), suspended(2, "Automated response mail", 3)
            )
        ],
        "run/locations": [
            {"locations": [{"name": PLACE, "locationId": "europe-west1", "displayName": "Belgium"}]},
        ],
        "run/services": [
            {
                "services": [run_service("webhook", "https://webhook-abcdefghij-ew.a.run.app")],
                "nextPageToken": "ABFM",
            },
            {"services": [run_service("synccrm", "https://synccrm-abcdefghij-ew.a.run.app")]},
        ],
        "functions/functions": [
            {
                "functions": [function("syncCrm", "GEN_2"), function("oldSync", "GEN_1")],
                "unreachable": ["projects/acme/locations/us-east7"],
            }
        ],
        "logging/entries": [
            {"entries": [], "nextPageToken": "EAA4"},  # it had no time to look at everything
            {
                "entries": [
                    request("webhook", 200),
                    logged("webhook", "cloud_run_revision", jsonPayload={"message": "processed", "eventId": "evt_1"}),
                    request("synccrm", 204),
                    ended("oldSync", " code: 200"),
                ]
            },
        ],
        "iam/policy": [
            {
                "version": 3,
                "etag": "BwWKmjvelug=",
                "bindings": [
                    {"role": "roles/owner", "members": ["user:ann@mail.test"]},
                    {"role": "roles/run.invoker", "members": [f"serviceAccount:{ACCOUNT}"]},
                    {
                        "role": "roles/editor",
                        "members": [
                            "serviceAccount:1234@cloudservices.gserviceaccount.com",
                            "deleted:serviceAccount:old@acme.iam.gserviceaccount.com?uid=1",
                        ],
                        "condition": {"title": "office", "expression": "request.time.getHours() < 18"},
                    },
                ],
                "auditConfigs": [{"service": "allServices", "auditLogConfigs": [{"logType": "DATA_READ"}]}],
            }
        ],
        "iam/accounts": [
            {
                "accounts": [
                    {
                        "name": ACCOUNT_NAME,
                        "projectId": "acme",
                        "uniqueId": "100000000000000000001",
                        "email": ACCOUNT,
                        "displayName": "API",
                        "etag": "MDEwMjE5MjA=",
                        "oauth2ClientId": "100000000000000000001",
                    }
                ]
            }
        ],
        "iam/keys": [
            {
                "keys": [
                    {
                        "name": KEY,
                        "validAfterTime": stamp(days=20),
                        "validBeforeTime": "9999-12-31T23:59:59Z",
                        "keyAlgorithm": "KEY_ALG_RSA_2048",
                        "keyOrigin": "GOOGLE_PROVIDED",
                        "keyType": "USER_MANAGED",
                    },
                    {
                        "name": f"{KEY}9",
                        "validAfterTime": stamp(days=400),
                        "validBeforeTime": stamp(days=35),
                        "keyAlgorithm": "KEY_ALG_RSA_2048",
                        "keyOrigin": "USER_PROVIDED",
                        "keyType": "USER_MANAGED",
                    },
                ]
            }
        ],
        "monitoring/policies": [{"alertPolicies": [policy([WATCHED, OUTSIDE])], "totalSize": 1}],
        "monitoring/channels": [
            {
                "notificationChannels": [
                    {
                        "type": "email",
                        "name": CHANNEL,
                        "displayName": "Ann",
                        "labels": {"email_address": "ann@mail.test"},
                        "enabled": True,
                        "creationRecord": {"mutateTime": stamp(days=90)},
                    }
                ],
                "totalSize": 1,
            }
        ],
        "monitoring/uptime": [
            {
                "uptimeCheckConfigs": [
                    {
                        "name": "projects/acme/uptimeCheckConfigs/home-x1",
                        "displayName": "Home",
                        "monitoredResource": {"type": "uptime_url", "labels": {"host": "acme.test"}},
                        "httpCheck": {"useSsl": True, "path": "/", "port": 443, "validateSsl": True},
                        "period": "60s",
                        "timeout": "10s",
                        "checkerType": "STATIC_IP_CHECKERS",
                    }
                ],
                "totalSize": 1,
            }
        ],
        "monitoring/alerts": [{"alerts": [opened(5, 40)], "totalSize": 1}],
        "monitoring/crossings": [
            {
                "timeSeries": [
                    series(
                        "INT64",
                        {"int64Value": "9"},
                        {"hours": 5},
                        {"hours": 5, "minutes": -11},
                    )
                ],
                "unit": "1",
            }
        ],
        "monitoring/latencies": [
            {"timeSeries": [series("DOUBLE", {"doubleValue": 180.4}, {"hours": 1})], "unit": "ms"}
        ],
        "remoteconfig/template": [
            {
                "conditions": [{"name": "ios", "expression": "device.os == 'ios'", "tagColor": "BLUE"}],
                "parameters": {
                    "min_version": {
                        "defaultValue": {"value": "1.0.0"},
                        "conditionalValues": {"ios": {"value": "1.1.0"}, "beta": {"useInAppDefault": True}},
                        "description": "older apps are asked to update",
                        "valueType": "STRING",
                    }
                },
                "parameterGroups": {
                    "gate": {"parameters": {"minimum_build": {"defaultValue": {"value": "40"}, "valueType": "NUMBER"}}}
                },
                "version": {
                    "versionNumber": "6",
                    "updateTime": stamp(days=9),
                    "updateUser": {"email": "ann@mail.test"},
                    "updateOrigin": "CONSOLE",
                    "updateType": "INCREMENTAL_UPDATE",
                },
            }
        ],
    }


GOOGLE_SAYS = {
    "error": {
        "code": 403,
        "message": "Permission denied on resource project acme.",
        "status": "PERMISSION_DENIED",
        "details": [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "CONSUMER_INVALID"}],
    }
}
# service → (status, body, the words that have to be told)
REFUSALS: Mapping[str, list[tuple[int, Body, str]]] = {
    "zendesk": [
        (401, {"error": "Couldn't authenticate you"}, "Couldn't authenticate you"),
        (
            403,
            {"error": {"title": "Forbidden", "message": "You do not have access."}},
            "Forbidden: You do not have access",
        ),
        (
            403,
            {"error": "Forbidden", "description": "You are missing the following required scopes: read"},
            "required scopes",
        ),
        (404, {"error": "RecordNotFound", "description": "Not found"}, "RecordNotFound: Not found"),
    ],
    **{
        service: [(403, GOOGLE_SAYS, "Permission denied on resource project acme.")]
        for service in ("run", "functions", "logging", "iam", "monitoring", "remoteconfig")
    },
}
