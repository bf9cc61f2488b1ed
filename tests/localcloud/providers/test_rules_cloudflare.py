"""Each launch rule of Cloudflare: a case that bites and one that passes."""

from __future__ import annotations

from typing import Any

import pytest

from localcloud.providers.values import UNKNOWN

DOMAIN = "cloudflare:index/workersCustomDomain:WorkersCustomDomain"
ROUTE = "cloudflare:index/workersRoute:WorkersRoute"
RECORD = "cloudflare:index/dnsRecord:DnsRecord"
RULESET = "cloudflare:index/ruleset:Ruleset"
SETTING = "cloudflare:index/zoneSetting:ZoneSetting"
SUBSCRIPTION = "cloudflare:index/zoneSubscription:ZoneSubscription"
LIST = "cloudflare:index/list:List"
BOTS = "cloudflare:index/botManagement:BotManagement"
NOTICE = "cloudflare:index/notificationPolicy:NotificationPolicy"
ACCOUNT = "0" * 32
REDIRECTS = "http_request_dynamic_redirect"


def record(
    zone: str, kind: str, content: str = "192.0.2.1", name: str = "www.acme.test", **more: Any
) -> dict[str, Any]:
    return {"zoneId": zone, "name": name, "type": kind, "content": content, "ttl": 1, **more}


def ruleset(zone: str, phase: str, *rules: dict[str, Any]) -> dict[str, Any]:
    return {"zoneId": zone, "kind": "zone", "name": "r", "phase": phase, "rules": list(rules)}


def rule(action: str, expression: str = "true", **parameters: Any) -> dict[str, Any]:
    return {"action": action, "expression": expression, "actionParameters": parameters}


def redirect(expression: str = "true", target: str = "https://acme.test") -> dict[str, Any]:
    return rule("redirect", expression, fromValue={"statusCode": 301, "targetUrl": {"value": target}})


def limit(period: int) -> dict[str, Any]:
    counted = {"characteristics": ["ip.src", "cf.colo.id"], "period": period, "requestsPerPeriod": 50}
    return {**rule("block"), "ratelimit": counted}


def test_only_what_is_for_the_web_is_proxied(clouds: Any) -> None:
    zone = clouds.zone()
    refused = clouds.cloudflare.refusal(RECORD, "txt", record(zone, "TXT", '"a"', proxied=True))
    assert "proxies only A, AAAA, CNAME records, not TXT" in refused
    assert clouds.cloudflare.up(RECORD, "a", record(zone, "A", proxied=True)).outputs["proxiable"] is True


def test_cloudflare_decides_how_long_a_proxied_answer_lives(clouds: Any) -> None:
    zone = clouds.zone()
    refused = clouds.cloudflare.refusal(RECORD, "a", record(zone, "A", proxied=True, ttl=300))
    assert "Set ttl to 1 (automatic)" in refused
    assert clouds.cloudflare.up(RECORD, "a", record(zone, "A", ttl=300)).id


@pytest.mark.parametrize("ttl", [7, 59, 86_401])
def test_a_ttl_is_within_what_the_api_takes(clouds: Any, ttl: int) -> None:
    _, failures = clouds.cloudflare.check(RECORD, "a", record("z", "A", ttl=ttl))
    assert "1 for automatic, or 60 to 86400 seconds" in failures["ttl"]


@pytest.mark.parametrize(
    ("first", "second", "bites"),
    [
        (("A", {}), ("CNAME", {"content": "x.test"}), True),
        (("CNAME", {"content": "x.test"}), ("TXT", {"content": '"a"'}), True),
        (("CNAME", {"content": "x.test", "proxied": True}), ("TXT", {"content": '"a"'}), False),
        (("CNAME", {"content": "x.test", "proxied": True}), ("AAAA", {"content": "::1"}), True),
        (
            ("CNAME", {"content": "x.test", "name": "acme.test"}),
            ("MX", {"content": "m.test", "name": "acme.test"}),
            False,
        ),
        (("A", {}), ("TXT", {"content": '"a"'}), False),
        (("NS", {"content": "ns.test"}), ("A", {}), True),
    ],
)
def test_a_cname_stands_alone(clouds: Any, first: Any, second: Any, bites: bool) -> None:
    zone = clouds.zone()
    (kind, one), (other, two) = first, second
    clouds.cloudflare.up(RECORD, "first", record(zone, kind, **one))
    wanted = record(zone, other, **{"priority": 1, **two} if other == "MX" else two)
    if bites:
        refused = clouds.cloudflare.refusal(RECORD, "second", wanted)
        assert f'cannot be {other} while "first" makes it {kind}' in refused
        assert "Remove one of the two" in refused
    else:
        assert clouds.cloudflare.up(RECORD, "second", wanted).id


def test_a_record_may_change_beside_itself(clouds: Any) -> None:
    zone = clouds.zone()
    made = clouds.cloudflare.up(RECORD, "c", record(zone, "CNAME", "x.test"))
    assert clouds.cloudflare.change(made, content="y.test").outputs["content"] == "y.test"
    assert clouds.cloudflare.diff(made, type="A").replaces == ["type"]


def test_the_same_record_is_not_made_twice(clouds: Any) -> None:
    zone = clouds.zone()
    clouds.cloudflare.up(RECORD, "one", record(zone, "A"))
    assert "already exists" in clouds.cloudflare.refusal(RECORD, "two", record(zone, "A"))
    assert clouds.cloudflare.up(RECORD, "three", record(zone, "A", "192.0.2.2")).id
    assert "already exists" in clouds.cloudflare.refusal(
        "cloudflare:index/zone:Zone", "again", name="acme.test", account={"id": "b" * 32}
    )


def test_a_record_has_its_value_once_and_its_priority(clouds: Any) -> None:
    zone = clouds.zone()
    assert "for CAA it is data" in clouds.cloudflare.refusal(
        RECORD, "c", {**record(zone, "CAA"), "data": {"tag": "issue"}}
    )
    assert "needs a priority" in clouds.cloudflare.refusal(RECORD, "m", record(zone, "MX", "m.test"))
    assert clouds.cloudflare.up(RECORD, "m", record(zone, "MX", "m.test", priority=10)).id
    data = {"flags": 0, "tag": "issue", "value": "pki.goog"}
    caa = {"zoneId": zone, "name": "acme.test", "type": "CAA", "ttl": 1, "data": data}
    assert clouds.cloudflare.up(RECORD, "c", caa).outputs["content"] == "0 issue pki.goog"


@pytest.mark.parametrize(("kind", "content"), [("A", "192.0.2"), ("AAAA", "192.0.2.1"), ("TXT", '"open'), ("A", "x")])
def test_a_record_holds_what_its_type_says(clouds: Any, kind: str, content: str) -> None:
    _, failures = clouds.cloudflare.check(RECORD, "r", record("z", kind, content))
    assert "Correct its content" in failures[""]
    assert clouds.cloudflare.check(RECORD, "r", record("z", "A", UNKNOWN))[1] == {}


@pytest.mark.parametrize(
    ("kind", "bad", "good"),
    [
        ("CAA", {"flags": 0, "tag": "issue"}, {"flags": 0, "tag": "issue", "value": "pki.goog"}),
        (
            "SRV",
            {"priority": 1, "weight": 1, "port": 5060, "target": "two words"},
            {"priority": 1, "weight": 1, "port": 5060, "target": "sip.acme.test"},
        ),
    ],
)
def test_the_parts_of_a_record_make_dns_data(clouds: Any, kind: str, bad: Any, good: Any) -> None:
    wanted = {"zoneId": UNKNOWN, "name": "_sip._tcp.acme.test", "type": kind, "ttl": 1, "priority": 1}
    _, failures = clouds.cloudflare.check(RECORD, "r", {**wanted, "data": bad})
    assert failures[""].startswith('DnsRecord "r": ')
    assert "Correct its data" in failures[""]
    assert clouds.cloudflare.check(RECORD, "r", {**wanted, "data": good})[1] == {}


def test_a_record_is_named_in_full_and_lies_in_a_zone_that_exists(clouds: Any) -> None:
    zone = clouds.zone()
    assert "such as www.acme.test" in clouds.cloudflare.refusal(RECORD, "w", record(zone, "A", name="www"))
    assert "there is no such Zone" in clouds.cloudflare.refusal(RECORD, "w", record("0" * 32, "A"))


def test_a_phase_has_one_ruleset(clouds: Any) -> None:
    zone = clouds.zone()
    made = clouds.cloudflare.up(RULESET, "first", ruleset(zone, REDIRECTS, redirect()))
    refused = clouds.cloudflare.refusal(RULESET, "second", ruleset(zone, REDIRECTS, redirect()))
    assert "a second ruleset for phase http_request_dynamic_redirect" in refused
    assert '"first" is there already' in refused
    assert clouds.cloudflare.change(made, rules=[]).outputs["version"] == "2"
    assert clouds.cloudflare.up(RULESET, "third", ruleset(zone, "http_request_firewall_custom")).id
    assert clouds.cloudflare.up(RULESET, "other", ruleset(clouds.zone("other.test"), REDIRECTS)).id


def test_a_ruleset_belongs_to_one_owner(clouds: Any) -> None:
    wanted = {"kind": "zone", "name": "r", "phase": REDIRECTS}
    assert "needs exactly one of accountId, zoneId" in clouds.cloudflare.refusal(RULESET, "r", wanted)


@pytest.mark.parametrize(
    ("phase", "rules", "words", "plan"),
    [
        (REDIRECTS, [redirect()] * 11, "11 rules in phase http_request_dynamic_redirect where 10 fit", "pro"),
        ("http_request_firewall_custom", [rule("block")] * 21, "21 rules in phase", "business"),
        (REDIRECTS, [redirect('http.host matches "a+"')], "a regular expression", "business"),
        (
            "http_request_cache_settings",
            [rule("set_cache_settings", edgeTtl={"mode": "override_origin", "default": 60})],
            "60 s",
            "business",
        ),
        ("http_ratelimit", [limit(60)], "counts over 60 s", "pro"),
        ("http_request_firewall_managed", [rule("execute", id="efb7b8c9")], "a managed ruleset other", "pro"),
    ],
)
def test_a_plan_has_its_limits(clouds: Any, phase: str, rules: list[Any], words: str, plan: str) -> None:
    zone = clouds.zone()
    refused = clouds.cloudflare.refusal(RULESET, "r", ruleset(zone, phase, *rules))
    assert words in refused
    assert "Cloudflare's Free plan does not allow" in refused
    clouds.cloudflare.up(SUBSCRIPTION, "plan", zoneId=zone, ratePlan={"id": plan})
    assert clouds.cloudflare.up(RULESET, "r", ruleset(zone, phase, *rules)).id


@pytest.mark.parametrize(
    ("phase", "rules", "words", "plan", "left_out"),
    [
        (
            "http_request_origin",
            [rule("route", hostHeader="x.run.app")],
            "overrides the origin's hostHeader",
            "enterprise",
            "the phase http_request_origin",
        ),
        (
            "http_request_cache_settings",
            [rule("set_cache_settings", cacheKey={"customKey": {"header": {"includes": ["x"]}}})],
            "cache key depends on header",
            "enterprise",
            "the cache setting cacheKey",
        ),
    ],
)
def test_what_a_plan_has_but_the_edge_cannot_play_is_refused_by_its_name(
    clouds: Any, phase: str, rules: list[Any], words: str, plan: str, left_out: str
) -> None:
    zone = clouds.zone()
    assert words in clouds.cloudflare.refusal(RULESET, "r", ruleset(zone, phase, *rules))
    clouds.cloudflare.up(SUBSCRIPTION, "plan", zoneId=zone, ratePlan={"id": plan})
    refused = clouds.cloudflare.refusal(RULESET, "r", ruleset(zone, phase, *rules))
    assert refused.startswith('Ruleset "r": ')
    assert left_out in refused


@pytest.mark.parametrize(
    ("phase", "rules", "words"),
    [
        (
            "http_ratelimit",
            [limit(10) | {"expression": 'http.host eq "acme.test"'}],
            "rate limits of the Free plan know cf.client.bot, http.request.uri.path, not http.host",
        ),
        ("http_request_firewall_managed", [rule("execute")], "execute needs the id"),
        ("http_request_firewall_managed", [rule("block")], "the action block does not exist"),
        ("ddos_l7", [rule("execute", 'http.host eq "acme.test"', id="4d21")], "of a whole zone"),
    ],
)
def test_rules_of_the_firewall_are_ones_that_cloudflare_takes(
    clouds: Any, phase: str, rules: list[Any], words: str
) -> None:
    assert words in clouds.cloudflare.refusal(RULESET, "r", ruleset(clouds.zone(), phase, *rules))


def test_redirects_come_from_a_list_that_exists_by_the_one_phase_of_an_account(clouds: Any) -> None:
    from_list = {"name": "moved", "key": "http.request.full_uri"}
    plays = rule("redirect", "http.request.full_uri in $moved", fromList=from_list)
    wanted = {"accountId": ACCOUNT, "kind": "root", "name": "r", "phase": "http_request_redirect", "rules": [plays]}
    assert "the list moved, which is not there" in clouds.cloudflare.refusal(RULESET, "r", wanted)
    elsewhere = {**wanted, "phase": REDIRECTS, "rules": [redirect()]}
    assert "takes the Enterprise plan" in clouds.cloudflare.refusal(RULESET, "r", elsewhere)
    clouds.cloudflare.up(LIST, "moved", accountId=ACCOUNT, kind="redirect", name="moved")
    other = {**wanted, "rules": [plays | {"expression": "true"}]}
    assert "by the expression http.request.full_uri in $NAME" in clouds.cloudflare.refusal(RULESET, "r", other)
    assert clouds.cloudflare.up(RULESET, "r", wanted).id


def test_an_account_holds_only_so_many_lists_and_redirects(clouds: Any) -> None:
    goal = "https://acme.test/b"
    items = [{"redirect": {"sourceUrl": f"acme.test/{number}", "targetUrl": goal}} for number in range(10_001)]
    wanted = {"accountId": ACCOUNT, "kind": "redirect"}
    long = {**wanted, "name": "long", "items": items}
    assert "10001 redirects where 10000 fit" in clouds.cloudflare.refusal(LIST, "long", long)
    for number in range(5):
        clouds.cloudflare.up(LIST, f"list{number}", {**wanted, "name": f"list{number}"})
    assert "the account's list 6" in clouds.cloudflare.refusal(LIST, "one-more", {**wanted, "name": "one_more"})


def test_bots_and_notices_are_those_of_the_plan(clouds: Any) -> None:
    zone = clouds.zone()
    assert "Free plan does not allow" in clouds.cloudflare.refusal(BOTS, "b", zoneId=zone, sbfmVerifiedBots="allow")
    assert clouds.cloudflare.up(BOTS, "b", zoneId=zone, fightMode=False).id
    notice = {"accountId": ACCOUNT, "name": "n", "mechanisms": {"emails": [{"id": "oncall@acme.test"}]}}
    for alert, words in (
        ("http_alert_origin_error", "take the Enterprise plan"),
        ("gossip", "is not what the provider takes"),
    ):
        assert words in clouds.cloudflare.refusal(NOTICE, "n", {**notice, "alertType": alert})
    assert clouds.cloudflare.up(NOTICE, "n", {**notice, "alertType": "dos_attack_l7"}).id


def test_a_preview_knows_the_plan_that_the_same_run_buys(clouds: Any) -> None:
    for zone in (clouds.zone(), UNKNOWN):
        wanted = ruleset(zone, REDIRECTS, *[{**redirect(), "ref": f"r{at}"} for at in range(11)])
        assert "Free plan does not allow" in clouds.cloudflare.check(RULESET, "r", wanted)[1][""]
        clouds.cloudflare.preview(SUBSCRIPTION, "plan", zoneId=zone, ratePlan={"id": "pro"})
        assert clouds.cloudflare.check(RULESET, "r", wanted)[1] == {}
    elsewhere = ruleset("0" * 32, REDIRECTS, *[{**redirect(), "ref": f"r{at}"} for at in range(11)])
    assert clouds.cloudflare.check(RULESET, "r", elsewhere)[1] == {}


def test_the_free_plan_is_not_bought_and_a_bought_one_is_not_given_back(clouds: Any) -> None:
    zone = clouds.zone()
    refused = clouds.cloudflare.refusal(SUBSCRIPTION, "plan", zoneId=zone, ratePlan={"id": "free"})
    assert "Leave the ZoneSubscription out" in refused
    bought = clouds.cloudflare.up(SUBSCRIPTION, "plan", zoneId=zone, ratePlan={"id": "pro"})
    clouds.cloudflare.delete(bought)
    assert clouds.cloudflare.up(RULESET, "r", ruleset(zone, REDIRECTS, *[redirect()] * 11)).id


def test_an_expression_that_no_plan_knows_is_refused_in_the_preview(clouds: Any) -> None:
    wanted = {**ruleset("", REDIRECTS, redirect("http.hots eq 1")), "zoneId": UNKNOWN}
    _, failures = clouds.cloudflare.check(RULESET, "r", wanted)
    assert failures[""] == (
        'Ruleset "r": rule 1: http.hots is not a field of the Rules language; did you mean http.host? '
        "Correct what is named, or leave it out of this stack."
    )
    late = {**wanted, "rules": [{**redirect(), "expression": UNKNOWN}]}
    assert clouds.cloudflare.check(RULESET, "r", late)[1] == {}


@pytest.mark.parametrize(
    ("phase", "bad", "words", "good"),
    [
        (REDIRECTS, redirect("http.hots eq 1"), "rule 1: ", redirect('http.host eq "www.acme.test"')),
        (REDIRECTS, rule("redirect", fromValue={"targetUrl": {}}), "either a value or an expression", redirect()),
        ("http_request_firewall_custom", rule("redirect"), "the action redirect does not exist", rule("block")),
        (
            "http_response_headers_transform",
            rule("rewrite", headers={"Server": {"operation": "set", "value": "x"}}),
            "the header Server cannot be changed",
            rule("rewrite", headers={"X-Frame-Options": {"operation": "set", "value": "DENY"}}),
        ),
    ],
)
def test_a_rule_that_the_edge_would_skip_is_refused(clouds: Any, phase: str, bad: Any, words: str, good: Any) -> None:
    zone = clouds.zone()
    refused = clouds.cloudflare.refusal(RULESET, "r", ruleset(zone, phase, bad))
    assert refused.startswith('Ruleset "r": ')
    assert words in refused
    assert "Correct what is named" in refused
    made = clouds.cloudflare.up(RULESET, "r", ruleset(zone, phase, good))
    assert clouds.cloudflare.change(made, rules=[]).outputs["rules"] == []


def test_paid_features_are_refused(clouds: Any) -> None:
    zone = clouds.zone()
    pack = {
        "zoneId": zone,
        "certificateAuthority": "google",
        "type": "advanced",
        "validationMethod": "txt",
        "validityDays": 90,
    }
    certificate = clouds.cloudflare.refusal("cloudflare:index/certificatePack:CertificatePack", "c", pack)
    assert "paid add-on Advanced Certificate Manager" in certificate
    check = {"zoneId": zone, "name": "h", "address": "acme.test"}
    health = clouds.cloudflare.refusal("cloudflare:index/healthcheck:Healthcheck", "h", check)
    assert "take the Pro plan or larger" in health
    partial = {"name": "p.test", "account": {"id": "a" * 32}, "type": "partial"}
    assert "Business" in clouds.cloudflare.refusal("cloudflare:index/zone:Zone", "p", partial)


@pytest.mark.parametrize(
    ("setting", "value", "words"),
    [
        ("ssl", "on", "ssl cannot be 'on'. Use 'off', 'flexible', 'full', 'strict'"),
        ("min_tls_version", "1.4", "Use '1.0', '1.1', '1.2', '1.3'"),
        ("always_https", "on", "has no zone setting always_https"),
        ("brotli", "on", "has no zone setting brotli"),  # retired: Cloudflare compresses by compression rules
        ("security_header", {"enabled": True}, "strict_transport_security"),
        ("always_use_https", True, "cannot be True"),
        ("polish", "lossless", "take the Pro plan"),
    ],
)
def test_a_setting_takes_what_cloudflare_takes(clouds: Any, setting: str, value: Any, words: str) -> None:
    zone = clouds.zone()
    assert words in clouds.cloudflare.refusal(SETTING, "s", zoneId=zone, settingId=setting, value=value)


def test_a_setting_stays_as_it_is_when_it_is_deleted_and_may_be_set_again(clouds: Any) -> None:
    zone = clouds.zone()
    made = clouds.cloudflare.up(SETTING, "ssl", zoneId=zone, settingId="ssl", value="strict")
    clouds.cloudflare.delete(made)
    assert clouds.world.resource(SETTING, made.id).inputs["value"] == "strict"
    assert clouds.cloudflare.up(SETTING, "ssl", zoneId=zone, settingId="ssl", value="full").outputs["value"] == "full"


def test_what_the_rehearsal_cannot_play_is_said_plainly(clouds: Any) -> None:
    import grpc

    with pytest.raises(grpc.RpcError, match="issues no Origin CA certificates"):
        clouds.cloudflare.check("cloudflare:index/originCaCertificate:OriginCaCertificate", "c", {})


def test_a_name_holds_only_so_much_text(clouds: Any) -> None:
    zone = clouds.zone()
    for at in range(2):
        clouds.cloudflare.up(RECORD, f"long-{at}", record(zone, "TXT", str(at) * 3_900, name="acme.test"))
    third = record(zone, "TXT", "x" * 500, name="acme.test")
    refused = clouds.cloudflare.refusal(RECORD, "third", third)
    assert "the TXT records of acme.test hold 8300 characters together, and Cloudflare takes 8192" in refused
    assert clouds.cloudflare.up(RECORD, "third", {**third, "name": "more.acme.test"}).id


def test_a_worker_answers_for_hosts_of_its_zone(clouds: Any) -> None:
    zone, account = clouds.zone(), {"accountId": "a" * 32}
    script = {"scriptName": "api", "content": "export default { fetch() {} }", "mainModule": "worker.mjs"}
    clouds.cloudflare.up("cloudflare:index/workersScript:WorkersScript", "api", account, **script)
    route = {"zoneId": zone, "script": "api"}
    refused = clouds.cloudflare.refusal(ROUTE, "r", route, pattern="api.other.test/*")
    assert "api.other.test does not lie in the zone acme.test (Cloudflare answers 400, code 10022)" in refused
    for pattern in ("*/*", "*acme.test/*", "https://api.acme.test/v1/*"):
        assert clouds.cloudflare.up(ROUTE, pattern, route, pattern=pattern).id
    domain = {**account, "zoneId": zone, "service": "api"}
    assert "does not lie in the zone" in clouds.cloudflare.refusal(DOMAIN, "d", domain, hostname="api.other.test")
    clouds.cloudflare.up(RECORD, "old", record(zone, "A", name="api.acme.test"))
    held = clouds.cloudflare.refusal(DOMAIN, "d", domain, hostname="api.acme.test")
    assert 'api.acme.test has the A record "old" (Cloudflare answers 409, code 100117)' in held
    clouds.cloudflare.up(RECORD, "text", record(zone, "TXT", '"a"', name="new.acme.test"))
    assert clouds.cloudflare.up(DOMAIN, "d", domain, hostname="new.acme.test").id


def test_a_zone_is_a_registered_domain(clouds: Any) -> None:
    clouds.zone()
    zone = {"account": {"id": "a" * 32}}
    refused = clouds.cloudflare.refusal("cloudflare:index/zone:Zone", "sub", zone, name="sub.acme.test")
    assert "sub.acme.test is a subdomain of acme.test" in refused
    assert clouds.cloudflare.up("cloudflare:index/zone:Zone", "beside", zone, name="my-acme.test").id
