"""What Cloudflare answers beyond what it was told is a change for ever, unless the program says it or ignores it."""

from __future__ import annotations

from typing import Any

import pytest

from infra.cloudflare_rulesets import rule
from infra.theirs import ignored
from localcloud.base.world import Resource
from localcloud.dns.parent_zones import REGISTRATION

DNSSEC = "cloudflare:index/zoneDnssec:ZoneDnssec"
NOTICE = "cloudflare:index/notificationPolicy:NotificationPolicy"
BOTS = "cloudflare:index/botManagement:BotManagement"
SETTING = "cloudflare:index/zoneSetting:ZoneSetting"
RULESET = "cloudflare:index/ruleset:Ruleset"
ACCOUNT = "0123456789abcdef0123456789abcdef"
ADDRESSES = {"emails": [{"id": "oncall@acme.test"}]}
PASSING = {"ruleset": "current"}


def refreshed(clouds: Any, made: Any) -> Any:
    """The resource as a refresh finds it."""
    return clouds.cloudflare.read(made)


def registered(clouds: Any, zone: str, ds: list[str]) -> None:
    values = {"zone": zone, "nameServers": ["ada.ns.cloudflare.com"], "ds": ds}
    clouds.world.put(Resource(REGISTRATION, zone, "", values, values))


@pytest.fixture
def signed(clouds: Any) -> Any:
    return clouds.cloudflare.up(DNSSEC, "dnssec", zoneId=clouds.zone(), status="active")


def test_signing_is_pending_until_the_ds_record_is_at_the_registrar(clouds: Any, signed: Any) -> None:
    registered(clouds, "acme.test", [])
    found = refreshed(clouds, signed)
    assert found.outputs["status"] == "pending"
    assert clouds.cloudflare.diff(found, status="active").kinds == {"status": "UPDATE"}
    assert clouds.cloudflare.diff(found, ("status",), status="active").kinds == {}
    registered(clouds, "acme.test", ["2371 13 2 ABCD"])
    assert refreshed(clouds, signed).outputs["status"] == "active"


def test_a_notification_is_answered_with_all_ways_to_send(clouds: Any) -> None:
    given = {"accountId": ACCOUNT, "name": "acme.test: certificates", "alertType": "universal_ssl_event_type"}
    made = clouds.cloudflare.up(NOTICE, "certificates", **given, mechanisms=ADDRESSES)
    found = refreshed(clouds, made)
    left_out = {"description": None, "alertInterval": None, "filters": None, "mechanisms": ADDRESSES}
    assert set(clouds.cloudflare.diff(found, **left_out).kinds) >= {"description"}
    left = ignored(NOTICE, [*given, "mechanisms"], adopted=False)
    assert clouds.cloudflare.diff(found, tuple(left), **left_out).kinds == {}


def test_a_rule_that_skips_says_that_it_is_logged_as_cloudflare_answers_anyway() -> None:
    assert rule("pass", "d", "true", "skip", PASSING)["logging"] == {"enabled": True}
    assert "logging" not in rule("stop", "d", "true", "block")


@pytest.mark.parametrize("said", [{}, {"logging": {"enabled": True}}], ids=["left out", "said"])
def test_a_rule_that_skips_is_answered_as_logged_and_rests(clouds: Any, said: dict[str, Any]) -> None:
    bare = {name: value for name, value in rule("pass", "d", "true", "skip", PASSING).items() if name != "logging"}
    skips = {{"action_parameters": "actionParameters"}.get(name, name): value for name, value in bare.items()} | said
    entry = {"zoneId": clouds.zone(), "name": "it", "kind": "zone", "phase": "http_request_firewall_custom"}
    made = clouds.cloudflare.up(RULESET, "it", **entry, rules=[skips])
    found = refreshed(clouds, made)
    assert found.outputs["rules"][0]["logging"] == {"enabled": True}
    assert clouds.cloudflare.diff(found, rules=[skips]).kinds == {}
    switched_off = clouds.cloudflare.diff(found, rules=[{**skips, "logging": {"enabled": False}}])
    assert switched_off.kinds != {}


def test_early_data_makes_tls_1_3_another_value(clouds: Any) -> None:
    zone = clouds.zone()
    made = clouds.cloudflare.up(SETTING, "tls_1_3", zoneId=zone, settingId="tls_1_3", value="on")
    early = clouds.cloudflare.up(SETTING, "0rtt", zoneId=zone, settingId="0rtt", value="on")
    found = refreshed(clouds, made)
    assert clouds.cloudflare.diff(found, value="on").kinds == {"value": "UPDATE"}
    clouds.cloudflare.change(early, value="off")
    assert refreshed(clouds, made).outputs["value"] == "on"


def test_what_is_answered_of_bots_and_was_never_said_is_no_change(clouds: Any) -> None:
    made = clouds.cloudflare.up(BOTS, "bots", zoneId=clouds.zone(), fightMode=False)
    found = refreshed(clouds, made)
    assert found.outputs["aiBotsProtection"] == "disabled"
    said = {name: None for name in found.inputs if name not in ("zoneId", "fightMode")}
    assert clouds.cloudflare.diff(found, ("isRobotsTxtManaged",), **said).kinds == {}


def test_rules_of_the_dashboard_are_replaced_once_and_rest(clouds: Any) -> None:
    """Parts that the program leaves out drift for ever elsewhere: terraform-provider-cloudflare#7128."""
    rate = {"characteristics": ["cf.colo.id", "ip.src"], "period": 10, "requestsPerPeriod": 50, "mitigationTimeout": 10}
    bare = {"ref": "x", "description": "d", "expression": '(http.request.uri.path eq "/a")', "enabled": True}
    passing = {"phases": ["http_ratelimit"], "products": ["waf"]}
    for phase, theirs, ours in (
        (
            "http_ratelimit",
            {**bare, "action": "block", "ratelimit": {**rate, "countingExpression": bare["expression"]}},
            {**bare, "action": "block", "ratelimit": rate},
        ),
        (
            "http_request_firewall_custom",
            {**bare, "action": "skip", "actionParameters": {**passing, "ruleset": "current"}},
            {**bare, "action": "skip", "actionParameters": passing, "logging": {"enabled": True}},
        ),
    ):
        entry = {"zoneId": clouds.zone(f"{phase.replace('_', '-')}.test"), "kind": "zone", "phase": phase}
        made = clouds.cloudflare.up(RULESET, phase, **entry, name="default", rules=[theirs])
        found = clouds.cloudflare.look_up(RULESET, phase, made.id)
        left = tuple(ignored(RULESET, [*entry, "name", "rules"], adopted=True))
        assert clouds.cloudflare.diff(found, left, name=phase, rules=[ours]).kinds != {}
        assert clouds.cloudflare.diff(found, left, name=phase, rules=[ours]).replaces == []
        changed = clouds.cloudflare.change(found, left, name=phase, rules=[ours])
        again = refreshed(clouds, changed)
        assert clouds.cloudflare.diff(again, left, name=phase, rules=[ours]).kinds == {}
        assert again.outputs["name"] == "default"
