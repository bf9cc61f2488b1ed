"""Mistakes that the real providers or APIs refuse, planted one at a time into resources that they take."""

from __future__ import annotations

from typing import Any

import pytest

from localcloud.providers.values import UNKNOWN
from tests.localcloud.providers.planted import GOOD, RULE, Mistake, planted

LIMITS = "template.containers.0.resources.limits"
PROBE = "template.containers.0.startupProbe"
QUERY = "conditions.0.conditionPrometheusQueryLanguage"
MISTAKES = [
    # What the providers' schemas refuse
    Mistake("index order shortened", "index", {"fields.1.order": "DESC"}, "ASCENDING, DESCENDING"),
    Mistake(
        "budget basis of the API, not the provider",
        "budget",
        {"thresholdRules.0.spendBasis": "BASIS_UNSPECIFIED"},
        "CURRENT_SPEND",
    ),
    Mistake("port beyond the last", "srv", {"data.port": 65536}, "65535"),
    Mistake("alert type that was never there", "notice", {"alertType": "weekly_account_overview"}, "not what"),
    Mistake("zone type of another vendor", "zone", {"type": "primary"}, "full"),
    Mistake(
        "status class without its prefix",
        "uptime",
        {"httpCheck.acceptedResponseStatusCodes.0.statusClass": "2XX"},
        "STATUS_CLASS_2XX",
    ),
    Mistake(
        "aligner that does not exist",
        "threshold",
        {"conditions.0.conditionThreshold.aggregations.0.perSeriesAligner": "ALIGN_AVERAGE"},
        "ALIGN_MEAN",
    ),
    Mistake("window of 31 days", "slo", {"rollingPeriodDays": 31}, "1 to 30"),
    Mistake("certificates of two kinds", "proxy", {"certificateManagerCertificates": ["x"]}, "sslCertificates"),
    Mistake("host name and matcher", "entry", {"matcher": "PRIMARY"}, "exactly one of"),
    Mistake("endpoints of two kinds", "neg", {"cloudFunction": {"function": "f"}}, "cloudRun"),
    Mistake("endpoints of nothing", "neg", {"cloudRun": {}}, "at least one of"),
    Mistake("written value without its version", "value", {"secretDataWoVersion": None}, "secretDataWoVersion"),
    Mistake(
        "six notification channels",
        "budget",
        {"allUpdatesRule": {"monitoringNotificationChannels": list("abcdef")}},
        "at most 5",
    ),
    Mistake("role of no permissions", "role", {"permissions": []}, "at least 1"),
    Mistake("index of no fields", "index", {"fields": []}, "at least 1"),
    Mistake("eleven ranges", "armor", {"rules.0.match.config.srcIpRanges": ["192.0.2.1"] * 11}, "1 to 10"),
    Mistake("content type and none", "object", {"forceEmptyContentType": True}, "contentType"),
    Mistake("two kinds of identity", "github", {"aws": {"accountId": "1"}}, "exactly one of"),
    Mistake("sms by two rules", "signin", {"smsRegionConfig.allowlistOnly": {}}, "exactly one of"),
    Mistake("buckets of no kind", "metric", {"bucketOptions": {}}, "at least one of"),
    Mistake("good and total of nothing", "slo", {"requestBasedSli.goodTotalRatio": {}}, "at least one of"),
    Mistake("method in lower case", "uptime", {"httpCheck.requestMethod": "get"}, "GET"),
    Mistake("action of another firewall", "waf", {"rules.0.action": "deny"}, "block"),
    # Cloud Run
    Mistake("three CPUs", "run", {f"{LIMITS}.cpu": "3"}, "400"),
    Mistake("four CPUs and little memory", "run", {f"{LIMITS}.cpu": "4"}, "2Gi"),
    Mistake("much memory for one CPU", "run", {f"{LIMITS}.memory": "8Gi"}, "at most 4Gi"),
    Mistake("half a CPU for many requests", "run", {f"{LIMITS}.cpu": "500m"}, "maxInstanceRequestConcurrency"),
    Mistake("memory in a unit that is none", "run", {f"{LIMITS}.memory": "512MB"}, "512Mi"),
    Mistake("hardly any memory", "run", {f"{LIMITS}.memory": "64Mi"}, "128Mi"),
    Mistake("an hour and a second", "run", {"template.timeout": "3601s"}, "3600"),
    Mistake("a thousand and one requests", "run", {"template.maxInstanceRequestConcurrency": 1001}, "1000"),
    Mistake("traffic that does not add up", "run", {"traffics.0.percent": 90}, "90"),
    Mistake("more at least than at most", "run", {"template.scaling.minInstanceCount": 5}, "maxInstanceCount"),
    Mistake("probe that overlaps itself", "run", {f"{PROBE}.timeoutSeconds": 20}, "periodSeconds"),
    Mistake("probe of two kinds", "run", {f"{PROBE}.tcpSocket": {"port": 8080}}, "one of"),
    Mistake("probe that waits too long", "run", {f"{PROBE}.periodSeconds": 120, f"{PROBE}.failureThreshold": 3}, "240"),
    Mistake("port that is none", "run", {"template.containers.0.ports.containerPort": 70000}, "65535"),
    Mistake("a variable twice", "run", {"template.containers.0.envs": [{"name": "A", "value": "1"}] * 2}, "twice"),
    # Cloud Scheduler
    Mistake("minute 61", "cron", {"schedule": "61 * * * *"}, "minute"),
    Mistake("three fields", "cron", {"schedule": "0 3 *"}, "five fields"),
    Mistake("day that is none", "cron", {"schedule": "0 3 * * FUNDAY"}, "day of the week"),
    Mistake("city misspelled", "cron", {"timeZone": "Europe/Berlln"}, "Europe/Berlin"),
    Mistake("deadline of ten seconds", "cron", {"attemptDeadline": "10s"}, "15s"),
    Mistake("deadline of an hour", "cron", {"attemptDeadline": "3600s"}, "1800s"),
    # IAM
    Mistake("user without address", "grant", {"member": "user:ada"}, "address"),
    Mistake("account by its name", "grant", {"member": "serviceAccount:intake"}, "address"),
    Mistake("everyone in capitals", "grant", {"member": "AllUsers"}, "allUsers"),
    Mistake("role misspelled", "grant", {"role": "roles/run.viewr"}, "roles/run.viewer"),
    Mistake("role in capitals", "grant", {"role": "roles/Editor"}, "roles/editor"),
    Mistake("permission misspelled", "role", {"permissions": ["run.services.gett"]}, "run.services.get"),
    Mistake("permission with a star", "role", {"permissions": ["storage.objects.*"]}, "one by one"),
    Mistake(
        "permission that projects cannot give",
        "role",
        {"permissions": ["resourcemanager.projects.list"]},
        "organization",
    ),
    Mistake(
        "address instead of identity",
        "github",
        {"attributeMapping": {"attribute.ref": "assertion.ref"}},
        "google.subject",
    ),
    Mistake("attribute without its prefix", "github", {"attributeMapping.ref": "assertion.ref"}, "attribute.ref"),
    Mistake("issuer without https", "github", {"oidc.issuerUri": "http://token.acme.test"}, "https"),
    Mistake(
        "condition that does not end",
        "github",
        {"attributeCondition": "assertion.ref == 'refs/heads/main"},
        "condition",
    ),
    # Firestore, Firebase
    Mistake("place that is none", "database", {"locationId": "europe-west99"}, "location"),
    Mistake("continent", "database", {"locationId": "eu"}, "eur3"),
    Mistake("index of one field", "index", {"fields": [{"fieldPath": "user", "order": "ASCENDING"}]}, "one field"),
    Mistake(
        "two lists in an index",
        "index",
        {"fields": [{"fieldPath": name, "arrayConfig": "CONTAINS"} for name in "ab"]},
        "array",
    ),
    Mistake("a field twice", "index", {"fields.1.fieldPath": "user"}, "twice"),
    Mistake("package of one word", "android", {"packageName": "acme"}, "dot"),
    Mistake("bundle with an underscore", "apple", {"bundleId": "test.acme_app"}, "letters"),
    Mistake("domain with its scheme", "signin", {"authorizedDomains": ["https://acme.test"]}, "acme.test"),
    # Monitoring and logging
    Mistake("query that does not end", "promql", {f"{QUERY}.query": "sum(rate(up[5m])"}, "PromQL"),
    Mistake("rate of no window", "promql", {f"{QUERY}.query": "rate(up) > 1"}, "[5m]"),
    Mistake("function that is none", "promql", {f"{QUERY}.query": "average(up) > 1"}, "avg"),
    Mistake("window left open", "promql", {f"{QUERY}.query": "increase(up[5m) > 1"}, "PromQL"),
    Mistake("evaluated every 45 s", "promql", {f"{QUERY}.evaluationInterval": "45s"}, "30"),
    Mistake("closed after a minute", "promql", {"alertStrategy.autoClose": "60s"}, "1800s"),
    Mistake(
        "filter for no metric",
        "threshold",
        {"conditions.0.conditionThreshold.filter": 'resource.type = "x"'},
        "metric.type",
    ),
    Mistake("duration of 45 s", "threshold", {"conditions.0.conditionThreshold.duration": "45s"}, "60"),
    Mistake("no rate limit for log matches", "logmatch", {"alertStrategy": None}, "notificationRateLimit"),
    Mistake(
        "filter with an open bracket",
        "logmatch",
        {"conditions.0.conditionMatchedLog.filter": "(severity>=ERROR"},
        "filter",
    ),
    Mistake("channel without an address", "channel", {"labels": {}}, "email_address"),
    Mistake("label misspelled", "channel", {"labels": {"email": "oncall@acme.test"}}, "email_address"),
    Mistake("kind of channel that is none", "channel", {"type": "mail"}, "email"),
    Mistake("filter without a value", "metric", {"filter": "resource.type="}, "filter"),
    Mistake("filter with two operators", "metric", {"filter": "severity >> ERROR"}, "filter"),
    # Others of Google's
    Mistake("shortest longer than longest", "queue", {"retryConfig.minBackoff": "90s"}, "maxBackoff"),
    Mistake("kept for a minute", "subscription", {"messageRetentionDuration": "60s"}, "600s"),
    Mistake("expires within a day", "subscription", {"expirationPolicy.ttl": "3600s"}, "86400s"),
    Mistake("topic named by Google", "topic", {"name": "goog-events"}, "goog"),
    Mistake("key turned every hour", "key", {"rotationPeriod": "3600s"}, "86400"),
    Mistake("bucket named after Google", "bucket", {"name": "acme-google-state"}, "google"),
    Mistake("age in words", "repository", {"cleanupPolicies.0.condition.olderThan": "30 days"}, "2592000s"),
    Mistake("budget of half an euro", "budget", {"amount.specifiedAmount.units": "50.5"}, "whole"),
    # Cloudflare
    Mistake("no way to be told", "notice", {"mechanisms": {}}, "mechanisms"),
    Mistake("worker in capitals", "worker", {"scriptName": "Api_Forwarder"}, "lower-case"),
    Mistake("worker with a long name", "worker", {"scriptName": "a" * 256}, "255"),
    Mistake("certificate authority's tag misspelled", "caa", {"data.tag": "isue"}, "issue"),
    Mistake("flags beyond a byte", "caa", {"data.flags": 300}, "300"),
    Mistake("comment like a letter", "txt", {"comment": "x" * 501}, "500"),
    Mistake("age as a text", "hsts", {"value.strict_transport_security.max_age": "86400"}, "number"),
    Mistake("switch as a text", "hsts", {"value.strict_transport_security.enabled": "on"}, "true or false"),
    Mistake("browsers keep for 61 s", "ttl", {"value": 61}, "14400"),
    Mistake("limit over 11 s", "limit", {"rules.0.ratelimit.period": 11}, "10"),
    Mistake("a reference twice", "waf", {"rules": [RULE, RULE]}, "ref"),
    Mistake(
        "six rules of one's own on the free plan",
        "waf",
        {"zoneId": UNKNOWN, "rules": [{**RULE, "ref": f"r{at}"} for at in range(6)]},
        "Free plan does not allow",
    ),
    Mistake(
        "more rules than any plan has", "waf", {"rules": [{**RULE, "ref": f"r{at}"} for at in range(1001)]}, "1000"
    ),
    Mistake("plan that is not sold", "plan", {"ratePlan.id": "premium"}, "business"),
]


@pytest.mark.parametrize("name", GOOD)
def test_what_is_right_passes_the_preview(check: Any, name: str) -> None:
    assert check(*GOOD[name]) == ""


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.name)
def test_a_mistake_is_refused_in_the_preview(check: Any, mistake: Mistake) -> None:
    assert mistake.words in check(*planted(mistake.good, mistake.change))
