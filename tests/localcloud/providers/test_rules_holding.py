"""What is in use cannot be deleted: each rule has a case that bites and one that passes."""

from __future__ import annotations

from typing import Any

import grpc
import pytest

HERE = {"project": "acme-app"}
ACCOUNT = "0123456789abcdef0123456789abcdef"
ALERT = "gcp:monitoring/alertPolicy:AlertPolicy"
CHANNEL = "gcp:monitoring/notificationChannel:NotificationChannel"
METRIC = "gcp:logging/metric:Metric"
CHECK = "gcp:monitoring/uptimeCheckConfig:UptimeCheckConfig"
LIST = "cloudflare:index/list:List"
RULESET = "cloudflare:index/ruleset:Ruleset"


def promql(query: str) -> list[dict[str, Any]]:
    return [{"displayName": "x", "conditionPrometheusQueryLanguage": {"query": query, "disableMetricValidation": True}}]


def alert(clouds: Any, query: str, **more: Any) -> Any:
    wanted = {**HERE, "displayName": "x", "combiner": "OR", "conditions": promql(query)}
    return clouds.gcp.up(ALERT, "late", wanted, **more)


def refuses(clouds: Any, made: Any, words: str) -> None:
    with pytest.raises(grpc.RpcError, match=words):
        clouds.gcp.delete(made)


def test_a_channel_goes_after_the_policies_that_notify_it(clouds: Any) -> None:
    clouds.project()
    wanted = {**HERE, "type": "email", "labels": {"email_address": "oncall@acme.test"}}
    channel = clouds.gcp.up(CHANNEL, "email", wanted)
    policy = alert(clouds, "up", notificationChannels=[channel.outputs["name"]])
    refuses(clouds, channel, r'still used by AlertPolicy "late" \(notificationChannels\)')
    clouds.gcp.delete(policy)
    clouds.gcp.delete(channel)


@pytest.mark.parametrize("form", ['{{"logging.googleapis.com/user/{}"}}', "logging_googleapis_com:user_{}"])
def test_a_log_metric_goes_after_the_policies_that_count_it(clouds: Any, form: str) -> None:
    clouds.project()
    descriptor = {"metricKind": "DELTA", "valueType": "INT64"}
    metrics = [
        clouds.gcp.up(METRIC, name, {**HERE, "name": name, "filter": "x", "metricDescriptor": descriptor})
        for name in ("sweeps", "sweep")
    ]
    policy = alert(clouds, f"rate({form.format('sweeps')}[5m]) < 1")
    refuses(clouds, metrics[0], r'still used by AlertPolicy "late" \(conditions\)')
    clouds.gcp.delete(metrics[1])  # its name only begins like it
    clouds.gcp.delete(policy)
    clouds.gcp.delete(metrics[0])


def test_an_uptime_check_goes_after_the_policies_that_ask_for_it(clouds: Any) -> None:
    clouds.project()
    asked = {"type": "uptime_url", "labels": {"host": "api.acme.test", "project_id": "acme-app"}}
    wanted = {**HERE, "displayName": "api", "timeout": "10s", "monitoredResource": asked, "httpCheck": {"path": "/"}}
    check = clouds.gcp.up(CHECK, "api", wanted)
    policy = alert(clouds, f'up{{check_id="{check.outputs["name"].rpartition("/")[2]}"}} < 1')
    refuses(clouds, check, "still used by AlertPolicy")
    clouds.gcp.delete(policy)
    clouds.gcp.delete(check)


def test_a_list_goes_after_the_rules_that_use_it(clouds: Any) -> None:
    kept = clouds.cloudflare.up(LIST, "moved", accountId=ACCOUNT, kind="redirect", name="moved")
    played = {
        "action": "redirect",
        "ref": "moved",
        "description": "moved",
        "expression": "http.request.full_uri in $moved",
        "actionParameters": {"fromList": {"name": "moved", "key": "http.request.full_uri"}},
    }
    wanted = {"accountId": ACCOUNT, "kind": "root", "name": "moved", "phase": "http_request_redirect"}
    rules = clouds.cloudflare.up(RULESET, "moved", wanted, rules=[played])
    with pytest.raises(grpc.RpcError, match=r'still used by Ruleset "moved" \(rules\)'):
        clouds.cloudflare.delete(kept)
    clouds.cloudflare.delete(rules)
    clouds.cloudflare.delete(kept)
