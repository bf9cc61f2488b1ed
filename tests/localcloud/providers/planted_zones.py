"""Resources that Cloudflare takes, and a few of Google's, of which the other lists have none."""

from __future__ import annotations

from typing import Any

from tests.localcloud.providers.planted import ACCOUNT, HERE, ZONE
from tests.localcloud.providers.planted_rest import KNOWN


def _record(kind: str, name: str, **more: Any) -> tuple[str, dict[str, Any]]:
    return "cloudflare:index/dnsRecord:DnsRecord", {**ZONE, "name": name, "type": kind, "ttl": 300, **more}


def _ruleset(phase: str, action: str, **parameters: Any) -> tuple[str, dict[str, Any]]:
    rule = {"ref": "a", "action": action, "expression": "true", "actionParameters": parameters}
    return "cloudflare:index/ruleset:Ruleset", {**ZONE, "kind": "zone", "name": "x", "phase": phase, "rules": [rule]}


RULES = """rules_version = '2';
service cloud.firestore { match /databases/{d}/documents { match /a/{b} { allow read: if true; } } }
"""
ZONES: dict[str, tuple[str, dict[str, Any]]] = {
    "bots": ("cloudflare:index/botManagement:BotManagement", {**ZONE, "fightMode": True}),
    "domain": (
        "cloudflare:index/workersCustomDomain:WorkersCustomDomain",
        {**ACCOUNT, **ZONE, "hostname": "api.acme.test", "service": "api-acme"},
    ),
    "origin": _ruleset("http_request_origin", "route", origin={"port": 8443}),
    "rewrite": _ruleset("http_request_transform", "rewrite", uri={"path": {"value": "/a"}}),
    "config": _ruleset("http_config_settings", "set_config", ssl="full"),
    "compress": _ruleset("http_response_compression", "compress_response", algorithms=[{"name": "zstd"}]),
    "errors": _ruleset("http_custom_errors", "serve_error", content="x", contentType="text/html", statusCode=500),
    "cname": _record("CNAME", "www.acme.test", content="acme.test"),
    "tlsa": _record(
        "TLSA", "_443._tcp.acme.test", data={"usage": 3, "selector": 1, "matchingType": 1, "certificate": "ab" * 32}
    ),
    "https": _record("HTTPS", "acme.test", data={"priority": 1, "target": ".", "value": 'alpn="h2,h3"'}),
    "uri": _record("URI", "_ftp._tcp.acme.test", priority=10, data={"weight": 1, "target": "ftp://ftp.acme.test/"}),
    "rules": (
        "gcp:firebaserules/ruleset:Ruleset",
        {**HERE, "source": {"files": [{"name": "firestore.rules", "content": RULES}]}},
    ),
    "weekly": (
        "gcp:firestore/backupSchedule:BackupSchedule",
        {**HERE, "database": "(default)", "retention": "604800s", "weeklyRecurrence": {"day": "SUNDAY"}},
    ),
}
EVERY = {**KNOWN, **ZONES}
