from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import handlers
from infra import firewall
from infra.cloudflare_alerts import CloudflareAlerts, CloudflareAlertsConfig
from infra.firewall import DDOS, FREE_MANAGED, Firewall, FirewallConfig, custom_rules, ddos_rules, managed_rules
from localcloud.edge import rules

CONFIG = FirewallConfig("free", "api.acme.test", requests=100)
WEBHOOKS = '(http.host eq "api.acme.test" and starts_with(http.request.uri.path, "/webhooks/"))'


@pytest.fixture(params=["free", "pro", "business"])
def made(request: Any, provision: Any) -> Any:
    return provision(lambda: Firewall("firewall", replace(CONFIG, plan=request.param, ddos="low"), "zone-1"))


def test_every_plan_takes_the_rules_that_it_gets(made: Any, request: Any) -> None:
    plan = request.node.callspec.params["made"]
    for one in made.of("ruleset:Ruleset"):
        assert rules.problems(one.inputs, plan) == []


def test_no_robot_check_stands_where_webhooks_enter(made: Any) -> None:
    assert made.one("BotManagement").inputs["fightMode"] is False
    assert "isRobotsTxtManaged" not in made.one("BotManagement").inputs


def test_webhooks_skip_whatever_could_stop_them(made: Any) -> None:
    first = custom_rules(CONFIG)[0]
    assert (first["expression"], first["action"]) == (WEBHOOKS, "skip")
    assert set(first["action_parameters"]["phases"]) == {
        "http_ratelimit",
        "http_request_firewall_managed",
        "http_request_sbfm",
    }
    assert managed_rules(CONFIG)[0]["expression"] == WEBHOOKS


def test_one_address_sends_only_so_many_intents(made: Any) -> None:
    (rule,) = made.one("ruleset:Ruleset", "rate-limits").inputs["rules"]
    assert rule["expression"] == '(starts_with(http.request.uri.path, "/v1/"))'
    assert rule["ratelimit"] == {
        "characteristics": ["cf.colo.id", "ip.src"],
        "period": 10,
        "requestsPerPeriod": 100,
        "mitigationTimeout": 10,
    }


def test_managed_rules_are_as_many_as_the_plan_has() -> None:
    assert [rule["action_parameters"].get("id") for rule in managed_rules(CONFIG)] == [None, FREE_MANAGED]
    assert len(managed_rules(replace(CONFIG, plan="pro"))) == 3


def test_the_ddos_protection_is_left_alone_unless_the_spec_says_otherwise() -> None:
    assert ddos_rules(CONFIG) == []
    (rule,) = ddos_rules(replace(CONFIG, ddos="medium"))
    assert rule["action_parameters"] == {"id": DDOS, "overrides": {"sensitivity_level": "medium"}}


def test_every_door_is_either_a_webhook_or_limited() -> None:
    source = (Path(handlers.__file__).parent / "app.py").read_text()
    doors = set(re.findall(r'"(/(?!health)[a-z0-9/_{}]+)"', source[: source.index("def _sync_payments")]))
    assert {"/webhooks/stripe", "/v1/intents/{kind}"} <= doors
    assert [path for path in doors if not path.startswith((firewall.WEBHOOKS, firewall.INTENT_PATH))] == []


def test_a_limit_that_lets_nobody_in_is_refused() -> None:
    with pytest.raises(ValueError, match="nobody could send an intent"):
        replace(CONFIG, requests=0)


def test_cloudflare_tells_of_attacks_origins_and_certificates(provision: Any) -> None:
    made = provision(
        lambda: CloudflareAlerts("notices", CloudflareAlertsConfig("acme.test", "0" * 32, "oncall@acme.test"))
    )
    policies = made.of("NotificationPolicy")
    assert {one.inputs["alertType"] for one in policies} == {
        "dos_attack_l7",
        "real_origin_monitoring",
        "universal_ssl_event_type",
    }
    assert all(one.inputs["mechanisms"] == {"emails": [{"id": "oncall@acme.test"}]} for one in policies)
