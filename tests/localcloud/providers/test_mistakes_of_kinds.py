"""Mistakes about kinds: of metrics and what counts them, of widgets, of registries, of actions, of plans."""

from __future__ import annotations

import json
from typing import Any

import pytest

from localcloud.providers.values import UNKNOWN
from tests.localcloud.providers.planted import GOOD, Mistake, planted
from tests.localcloud.providers.planted_rest import REST
from tests.localcloud.providers.planted_zones import EVERY

ALL = {**GOOD, **REST, **EVERY}
CONTAINER = "template.containers.0"
HELLO = "us-docker.pkg.dev/cloudrun/container/hello"
ASKED = {"tcpSocket": {"port": 9000}}
SERVING = {"name": "front", "image": HELLO, "ports": {"containerPort": 8080}}
THRESHOLD = "conditions.0.conditionThreshold"
COUNTED = f"{THRESHOLD}.aggregations.0"
REQUESTS = 'resource.type = "cloud_run_revision" AND metric.type = "run.googleapis.com/request_count"'
LATENCIES = 'resource.type = "cloud_run_revision" AND metric.type = "run.googleapis.com/request_latencies"'
INSTANCES = 'resource.type = "cloud_run_revision" AND metric.type = "run.googleapis.com/container/instance_count"'
PASSED = 'resource.type = "uptime_url" AND metric.type = "monitoring.googleapis.com/uptime_check/check_passed"'
OWN = 'resource.type = "global" AND metric.type = "custom.googleapis.com/depth"'
RATE = {"alignmentPeriod": "60s", "perSeriesAligner": "ALIGN_RATE"}
SLOW_RATE = {**RATE, "alignmentPeriod": "300s"}
FIRST = "rules.0"
PARAMETERS = f"{FIRST}.actionParameters"
FREE = {"zoneId": UNKNOWN}
FREE_RULES = "77454fe2d30c4220b5701f6fdfb893ba"  # the managed ruleset of every plan
FOR_LOG = {"ruleset": "current"}
OWN_WORDS = {"response": {"statusCode": 403, "content": "{}", "contentType": "application/json"}}


def _secret_at(path: str) -> dict[str, Any]:
    keys = {"name": "keys", "secret": {"secret": "key", "items": [{"path": path, "version": "1"}]}}
    return {"template.volumes": [keys], f"{CONTAINER}.volumeMounts": [{"name": "keys", "mountPath": "/keys"}]}


def _counts(filter_: str, aligner: str, **more: Any) -> dict[str, Any]:
    counted = {"alignmentPeriod": "60s", "perSeriesAligner": aligner, **more}
    return {f"{THRESHOLD}.filter": filter_, f"{THRESHOLD}.aggregations": [counted]}


def _ratio(*below: dict[str, Any]) -> dict[str, Any]:
    return {f"{THRESHOLD}.denominatorFilter": REQUESTS, f"{THRESHOLD}.denominatorAggregations": [*below]}


def _shows(**widget: Any) -> dict[str, Any]:
    board = {"displayName": "Launch", "gridLayout": {"columns": "2", "widgets": [{"title": "A", **widget}]}}
    return {"dashboardJson": json.dumps(board)}


def _chart(**told: Any) -> dict[str, Any]:
    return _shows(xyChart={"dataSets": [{"timeSeriesQuery": {"prometheusQuery": "up"}, **told}]})


def _overridden(**overrides: Any) -> dict[str, Any]:
    execute = {"action": "execute", "expression": "true"}
    return {
        "phase": "http_request_firewall_managed",
        "rules": [{**execute, "actionParameters": {"id": FREE_RULES, "overrides": overrides}}],
    }


def _setting(name: str, value: Any) -> dict[str, Any]:
    return {**FREE, "settingId": name, "value": value}


MISTAKES = [
    # Cloud Run
    Mistake("variable of Google's", "run", {f"{CONTAINER}.envs.0.name": "X_GOOGLE_PROJECT"}, "keeps for itself"),
    Mistake("image at GitHub", "run", {f"{CONTAINER}.image": "ghcr.io/acme/intake:1"}, "images of ghcr.io"),
    Mistake("image at Amazon", "run", {f"{CONTAINER}.image": "public.ecr.aws/nginx/nginx"}, "Push the image"),
    Mistake(
        "image on this machine", "run", {f"{CONTAINER}.image": "localhost:5000/intake"}, "images of localhost:5000"
    ),
    Mistake(
        "waits for nobody's word",
        "run",
        {"template.containers": [{**SERVING, "dependsOns": ["back"]}, {"name": "back", "image": HELLO}]},
        "depends on back, which has no startupProbe",
    ),
    Mistake(
        "wait for each other",
        "run",
        {
            "template.containers": [
                {**SERVING, "dependsOns": ["back"]},
                {"name": "back", "image": HELLO, "startupProbe": ASKED, "dependsOns": ["front"]},
            ]
        },
        "wait for each other: ",
    ),
    Mistake("secret beside its folder", "run", _secret_at("../key"), "a path below the mount"),
    # Metrics
    Mistake("rate of a state", "threshold", _counts(INSTANCES, "ALIGN_RATE"), "a GAUGE of INT64, to which ALIGN_RATE"),
    Mistake("rate of latencies", "threshold", _counts(LATENCIES, "ALIGN_RATE"), "Use ALIGN_PERCENTILE_95"),
    Mistake("mean of latencies", "threshold", _counts(LATENCIES, "ALIGN_MEAN"), "a DELTA of DISTRIBUTION"),
    Mistake("percentile of a count", "threshold", _counts(REQUESTS, "ALIGN_PERCENTILE_95"), "Use ALIGN_RATE"),
    Mistake("rate of yes and no", "threshold", _counts(PASSED, "ALIGN_RATE"), "Use ALIGN_FRACTION_TRUE"),
    Mistake(
        "requests of a machine",
        "threshold",
        {f"{THRESHOLD}.filter": REQUESTS.replace("cloud_run_revision", "gce_instance")},
        "is told of cloud_run_revision, not of gce_instance",
    ),
    Mistake(
        "sets that are grouped",
        "promql",
        {"conditions.0.conditionPrometheusQueryLanguage.query": "a > 1 and on(b) group_left c"},
        "goes with arithmetic and comparisons",
    ),
    Mistake("aligned over nothing", "threshold", {f"{COUNTED}.alignmentPeriod": None}, "without an alignmentPeriod"),
    Mistake("ratio over two times", "threshold", _ratio(SLOW_RATE), "aligned over 60s and 300s"),
    Mistake(
        "and twice", "metric", {"filter": "severity>=ERROR AND AND jsonPayload.a=1"}, "'AND' at character 21 stands"
    ),
    # Dashboards
    Mistake("chart of another vendor", "dashboard", _shows(lineChart={}), "lineChart, which the API does not know"),
    Mistake("chart and text", "dashboard", _shows(text={}, scorecard={}), "scorecard and text"),
    Mistake("chart of nothing", "dashboard", _shows(xyChart={}), "a chart without dataSets"),
    Mistake("bars", "dashboard", _chart(plotType="BAR"), "STACKED_BAR"),
    Mistake("third axis", "dashboard", _chart(targetAxis="Y3"), "Use one of Y1, Y2"),
    Mistake("text as a page", "dashboard", _shows(text={"content": "a", "format": "HTML"}), "MARKDOWN, RAW"),
    Mistake(
        "columns in words",
        "dashboard",
        {"dashboardJson": '{"displayName": "A", "mosaicLayout": {"columns": "twelve", "tiles": []}}'},
        "Write a whole number",
    ),
    # Lengths in bytes, names, roles
    Mistake(
        "runbook of umlauts", "promql", {"documentation": {"content": "ü" * 6_000}}, "12000 bytes, and Google takes"
    ),
    Mistake("name of umlauts", "account", {"displayName": "ü" * 60}, "120 bytes, and Google takes 100"),
    Mistake("title of umlauts", "role", {"title": "ü" * 60}, "120 bytes, and Google takes 100"),
    Mistake("index of the old mode", "index", {"queryScope": "COLLECTION_RECURSIVE"}, "DATASTORE_MODE_API alone"),
    Mistake(
        "service by its API", "budget", {"budgetFilter": {"services": ["services/run.googleapis.com"]}}, "price list"
    ),
    Mistake("density of another API", "index", {"density": "SPARSE_ANY"}, "SPARSE_ALL is the only one"),
    Mistake("everybody of a domain", "grant", {"member": "user:*@acme.test"}, "has no address"),
    Mistake(
        "key in America",
        "run",
        {"template.encryptionKey": "projects/acme-app/locations/us-east1/keyRings/r/cryptoKeys/k"},
        "Use a key of europe-west1",
    ),
    Mistake("endpoints twice", "backend", {"backends": [{"group": "a"}, {"group": "a"}]}, "in backends twice"),
    Mistake("everything in a bucket", "reads bucket", {"role": "roles/viewer"}, "given on projects alone"),
    # Rules at Cloudflare
    Mistake(
        "skips the cache",
        "waf",
        {f"{FIRST}.action": "skip", PARAMETERS: {"phases": ["http_request_cache_settings"]}},
        "http_request_cache_settings cannot be skipped",
    ),
    Mistake(
        "limit beside its phase",
        "waf",
        {f"{FIRST}.ratelimit": {"characteristics": ["cf.colo.id", "ip.src"], "period": 10, "requestsPerPeriod": 9}},
        "goes with the phase http_ratelimit alone",
    ),
    Mistake(
        "answer of no type",
        "waf",
        {PARAMETERS: {"response": {"statusCode": 403, "content": "{}", "contentType": "text/json"}}},
        "application/json, text/html",
    ),
    Mistake("override by nothing", "waf", _overridden(action="deny"), "deny, which is no action"),
    Mistake("own words for free", "waf", {**FREE, PARAMETERS: OWN_WORDS}, "takes the Pro plan"),
    Mistake(
        "managed rule that logs",
        "waf",
        {**FREE, **_overridden(rules=[{"id": "a" * 32, "action": "log"}])},
        "with log",
    ),
    Mistake(
        "target by an expression of the larger plans",
        "redirect",
        {
            **FREE,
            f"{PARAMETERS}.fromValue.targetUrl": {"expression": 'regex_replace(http.request.full_uri, "^a", "b")'},
        },
        "take the Business plan",
    ),
    Mistake("HTTP/2 off for free", "setting", _setting("http2", "off"), "take the Pro plan"),
    Mistake("flattened for free", "cname", {**FREE, "settings": {"flattenCname": True}}, "take the Pro plan"),
    Mistake("WordPress for free", "bots", {**FREE, "optimizeWordpress": True}, "take the Pro plan"),
    Mistake("key in two lines", "txt", {"content": "v=DKIM1; p=AAAA\nBBBB"}, "code 9051"),
    Mistake("text of nothing", "txt", {"content": ""}, "its text is empty"),
    Mistake("flag of Wrangler's", "worker", {"compatibilityFlags": ["node_compat"]}, "Did you mean nodejs_compat?"),
]
RIGHT = [
    ("run", {f"{CONTAINER}.envs.0.name": "GOOGLE_CLOUD_PROJECT"}),
    ("run", {f"{CONTAINER}.image": "nginx"}),
    ("run", {f"{CONTAINER}.image": "acme/intake:1"}),
    ("run", {f"{CONTAINER}.image": "docker.io/library/nginx:1.27"}),
    ("run", {f"{CONTAINER}.image": "eu.gcr.io/acme-app/intake"}),
    ("run", {f"{CONTAINER}.image": "mirror.gcr.io/library/nginx"}),
    ("run", {f"{CONTAINER}.image": "europe-west1-docker.pkg.dev/acme-app/ghcr/acme/intake:1"}),
    (
        "run",
        {
            "template.containers": [
                {**SERVING, "dependsOns": ["back", "cache"]},
                {"name": "back", "image": HELLO, "startupProbe": ASKED, "dependsOns": ["cache"]},
                {"name": "cache", "image": HELLO, "startupProbe": ASKED},
            ]
        },
    ),
    ("run", {"template.containers": [SERVING, {"name": "back", "image": HELLO, "dependsOns": ["front"]}]}),
    ("run", _secret_at("keys/..api")),
    ("threshold", _counts(LATENCIES, "ALIGN_PERCENTILE_99", crossSeriesReducer="REDUCE_MAX")),
    ("threshold", _counts(LATENCIES, "ALIGN_DELTA", crossSeriesReducer="REDUCE_PERCENTILE_95")),
    ("threshold", _counts(LATENCIES, "ALIGN_SUM")),
    ("threshold", _counts(REQUESTS, "ALIGN_DELTA")),
    ("threshold", _counts(REQUESTS, "ALIGN_SUM")),
    ("threshold", _counts(INSTANCES, "ALIGN_MAX")),
    ("threshold", _counts(PASSED, "ALIGN_NEXT_OLDER")),
    ("threshold", _counts(PASSED, "ALIGN_COUNT_FALSE")),
    ("threshold", _counts(OWN, "ALIGN_RATE")),
    ("threshold", {f"{THRESHOLD}.aggregations": [{"perSeriesAligner": "ALIGN_NONE"}]}),
    ("threshold", {f"{THRESHOLD}.aggregations": [RATE, {**RATE, "perSeriesAligner": "ALIGN_MAX"}]}),
    ("threshold", _ratio(RATE)),
    ("promql", {"conditions.0.conditionPrometheusQueryLanguage.query": "a / on(b) group_left(c) d > 1 and on(b) e"}),
    ("run", {"template.encryptionKey": "projects/acme-app/locations/europe-west1/keyRings/r/cryptoKeys/k"}),
    ("grant", {"role": "roles/owner"}),
    ("metric", {"filter": "severity>=ERROR AND NOT jsonPayload.a=1 OR textPayload:gone"}),
    ("dashboard", _chart(plotType="STACKED_BAR", targetAxis="Y1")),
    ("dashboard", _shows(text={"content": "a"}, id="text")),
    ("dashboard", _shows(scorecard={"sparkChartView": {"sparkChartType": "SPARK_LINE"}})),
    ("promql", {"documentation": {"content": "ü" * 5_000, "subject": "x" * 300}}),
    ("index", {"density": "SPARSE_ALL"}),
    ("index", {"queryScope": "COLLECTION_RECURSIVE", "apiScope": "DATASTORE_MODE_API"}),
    ("budget", {"budgetFilter": {"services": ["services/152E-C115-5142"]}}),
    ("reads bucket", {"role": "roles/storage.legacyBucketReader"}),
    ("waf", {f"{FIRST}.action": "skip", PARAMETERS: {"phases": ["http_ratelimit", "http_request_sbfm"]}}),
    ("waf", {**FREE, f"{FIRST}.action": "skip", PARAMETERS: FOR_LOG, f"{FIRST}.logging": {"enabled": True}}),
    ("waf", {PARAMETERS: OWN_WORDS}),
    ("waf", _overridden(action="log")),
    ("waf", _overridden(categories=[{"category": "wordpress", "action": "managed_challenge"}])),
    (
        "redirect",
        {
            **FREE,
            f"{PARAMETERS}.fromValue.targetUrl": {
                "expression": 'wildcard_replace(http.request.full_uri, "a*", "b${1}")'
            },
        },
    ),
    ("setting", _setting("http2", "on")),
    ("setting", {"settingId": "http2", "value": "off"}),
    ("cname", {**FREE, "settings": {"flattenCname": False}}),
    ("txt", {"content": '"v=DKIM1; p=AAAA" "BBBB"'}),
    ("txt", {"content": "plain"}),
    ("txt", {"content": '"Grüße"'}),
]


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.name)
def test_a_mistake_about_a_kind_is_refused_in_the_preview(check: Any, mistake: Mistake) -> None:
    assert mistake.words in check(*planted(mistake.good, mistake.change, ALL))


@pytest.mark.parametrize(("good", "change"), RIGHT)
def test_what_is_of_the_right_kind_passes(check: Any, good: str, change: dict[str, Any]) -> None:
    assert check(*planted(good, change, ALL)) == ""
