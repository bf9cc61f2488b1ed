"""What the real clouds would refuse or ruin at the first launch is refused in the spec, all at once, with a guess."""

from __future__ import annotations

from typing import Any

import pytest

from blueprint.spec import Spec, SpecError, parse

OFFLINE = {"provider": "none", "senders": [], "dkim": {}, "dmarc": {"policy": "reject", "report": "a@acme.test"}}


def problems(config: dict[str, Any]) -> tuple[str, ...]:
    with pytest.raises(SpecError) as caught:
        parse(config)
    return caught.value.problems


def put(config: dict[str, Any], path: str, value: Any) -> None:
    *parents, last = path.split(".")
    for parent in parents:
        config = config.setdefault(parent, {})
    config[last] = value


@pytest.mark.parametrize(
    ("path", "value", "sentence"),
    [
        ("google.region", "europe-west42", "Did you mean europe-west4"),
        ("google.region", "europe-west5", "is not a Google Cloud region"),
        ("google.region", "us-central1-a", "Did you mean us-central1?"),
        ("google.region", "Europe-West1", "Did you mean europe-west1?"),
        ("google.region", "frankfurt", "Did you mean europe-west3?"),
        ("google.region", "EU", "Did you mean europe-west1?"),
        ("google.region", "eur3", "set google.firestore_location to it. Did you mean europe-west1?"),
        ("google.region", "europe-north2", "firestore_location is missing: Firestore keeps no data in europe-north2"),
        ("google.firestore_location", "eu", "Did you mean eur3?"),
        ("google.firestore_location", "us-central2", "Did you mean us-central1"),
        ("google.project", "my-google-app", 'holds "google"'),
        ("google.project", "g00gle-app-1", 'holds "g00g'),
        ("google.project", "goog-acme-1", "Did you mean acme-1?"),
        ("google.project", "acme-ssl-prod", "Did you mean acme-prod?"),
        ("google.project", "Acme_Prod", "Did you mean acme-prod?"),
        ("google.project", "acme.prod", "Did you mean acme-prod?"),
        ("google.apps", {"android": "com.acme-app"}, "Did you mean com.acme_app?"),
        ("google.apps", {"android": "com.1acme.app"}, "each part begins with a letter"),
        ("google.apps", {"android": "acme"}, "is not an app's id"),
        ("google.apps", {"apple": "com.acme_app"}, "Did you mean com.acme-app?"),
        ("cloudflare.plan", "busines", "Did you mean business?"),
        ("mail.spf_includes", ["include:_spf.Acme.com"], "Did you mean _spf.acme.com?"),
        ("mail.resend_region", "us-west-2", "must be 'us-east-1', 'eu-west-1'"),
        ("mail.provider", "google-workspaces", "Did you mean google-workspace"),
        ("support.drafts", "gemini-2.5-flash", "Did you mean gemini-3.5-flash?"),
        ("support.drafts", "gemini-1.5-pro-002", "was retired"),
        ("support.drafts", "gemini-2.0-flash-lite", "was retired"),
        ("support.drafts", "gemini-3-pro-preview", "was retired"),
        ("support.drafts", "gemini-exp-1206", "was retired"),
        ("support.drafts", "gemini-flash-1.5", "was retired"),
        ("support.drafts", "Gemini-2.5-Flash", "Did you mean gemini-3.5-flash?"),
        ("support.drafts", "google/gemini-2.5-flash", "Did you mean gemini-3.5-flash?"),
        ("support.drafts", "publishers/google/models/gemini-3.6-pro", "Did you mean gemini-3.6-pro?"),
        ("support.smtp", {"server": "smtp.acme.test:25", "user": "a"}, "Did you mean smtp.acme.test:587?"),
        ("support.smtp", {"server": "smtp.acme.test:70000", "user": "a"}, "the last one is 65535"),
        ("web.host", "192.0.2.1", "is not a host name"),
        ("domain", "acme.123", "is not a host name"),
        ("contact.email", "a..b@acme.test", "is not an e-mail address"),
        ("contact.email", "ada.@acme.test", "is not an e-mail address"),
        ("adopt", {"Database/firestore": ""}, "is not the id that the resource has"),
        ("adopt", {"Database/firestore": " x "}, "Did you mean x?"),
        ("google.project", "projects/acme-prod", "Did you mean acme-prod?"),
        ("mail.dmarc.report", "mailto:dmarc@acme.test", "Did you mean dmarc@acme.test?"),
        ("alerts.email", "a@acme.test,b@acme.test", "Did you mean a@acme.test?"),
        ("web.headers", {"Strict-Transport-Security": "max-age=63072000"}, "cloudflare.hsts_max_age"),
        ("web.headers", {"Content-Type": "text/html"}, "belongs to each response"),
        ("web.headers", {"Location": "/"}, "belongs to each response"),
        ("web.headers", {"ETag": "1"}, "belongs to each response"),
        ("contact.email", "Ada <Ada@Acme.com>", "Did you mean Ada@acme.com?"),
        ("web.host", "https://acme.web.app/", "Did you mean acme.web.app?"),
        ("domain", "münchen.de", "Did you mean xn--mnchen-3ya.de?"),
        ("domain", "shop.acmecorp.com", "Did you mean acmecorp.com?"),
        ("domain", "acme.web.app", "is a host of Firebase"),
        ("other_domains", ["shop.acmecorp.de"], "Did you mean acmecorp.de?"),
        ("web.headers", {"CF-Ray": "x"}, "Cloudflare keeps the response header CF-Ray for itself"),
        ("web.headers", {"x-cf-anything": "x"}, "Did you mean X-App-anything?"),
        ("web.headers", {"Server": "x"}, "Cloudflare keeps the response header Server for itself"),
        ("web.headers", {"eh-cache-tag": "x"}, "for itself"),
        ("web.headers", {"Set-Cookie": "a=b"}, "would replace every cookie"),
        (
            "web.headers",
            {"Content-Security-Policy": f"img-src {'https://a.example ' * 120}"},
            "has 2,168 characters, and at most 2,048 are taken",
        ),
        ("web.headers", {"Content-Length": "1"}, "belongs to each response"),
        ("web.headers", {"X-A": "1", "x-a": "2"}, "twice, in two spellings"),
        ("web.hots", "x", "Did you mean host?"),
        ("support.sender", "support@elsewhere.com", "Did you mean support@acme.test?"),
        ("support.receiver", "team@app.acme.test", "has no mail servers, only acme.test has"),
        ("mail.bounces", {"send": "u1.wl.sendgrid.net"}, "send.acme.test is claimed by mail.senders resend"),
        ("mail.bounces", {"app": "u1.wl.sendgrid.net"}, "app.acme.test is claimed by web.names"),
        ("mail.bounces", {"api": "u1.wl.sendgrid.net"}, "api.acme.test is claimed by api"),
        ("mail.bounces", {"www": "u1.wl.sendgrid.net"}, "www.acme.test is claimed by redirects"),
    ],
)
def test_it_is_refused_with_what_was_meant(config: dict[str, Any], path: str, value: Any, sentence: str) -> None:
    put(config, path, value)
    found = problems(config)
    assert any(sentence in problem for problem in found), found


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("google.region", "europe-north2"),
        ("google.firestore_location", "nam5"),
        ("google.apps", {"android": "com.Acme_1.app2", "apple": "7com.acme-app.x"}),
        ("mail.spf_includes", ["_spf.firebasemail.com", "SPF.Acme.com."]),
        ("mail.resend_region", "us-east-1"),
        ("web.headers", {"X-Frame-Options": "DENY"}),
        ("domain_of_the_british", "acme.co.uk"),
    ],
)
def test_what_the_clouds_take_is_taken(config: dict[str, Any], path: str, value: Any) -> None:
    if path == "domain_of_the_british":
        config["other_domains"] = [value, "acme.com.br", "acme.org.uk", "acme.github.de", "ac.me"]
    else:
        put(config, path, value)
    if value == "europe-north2":
        config["google"]["firestore_location"] = "eur3"
    if value != "acme.co.uk":
        parse(config)
    else:
        assert all("github" in problem for problem in problems(config))


def test_a_project_that_is_there_may_have_any_id_that_it_got(config: dict[str, Any]) -> None:
    config["google"] |= {"project": "crossland-app", "mode": "existing"}
    assert parse(config).google.project == "crossland-app"


def test_sign_in_on_a_live_project_keeps_its_hosts(config: dict[str, Any]) -> None:
    config["google"] |= {"mode": "existing", "identity_platform": True}
    assert any("sign_in_domains is missing" in problem for problem in problems(config))
    config["google"]["sign_in_domains"] = ["localhost", "old.acme.com"]
    assert parse(config).google.sign_in_domains == ("localhost", "old.acme.com")


def test_the_robots_txt_of_a_live_zone_is_asked_for(config: dict[str, Any]) -> None:
    config["adopt"] = {"Zone/acme.test": "0" * 32}
    assert [problem.split(":")[0] for problem in problems(config)] == ["spec.cloudflare.managed_robots_txt"]
    config["cloudflare"]["managed_robots_txt"] = True
    assert parse(config).cloudflare.managed_robots_txt is True


def test_mistakes_and_contradictions_are_told_all_at_once(config: dict[str, Any]) -> None:
    config["google"]["region"] = "mars"
    config["support"]["sender"] = "support@elsewhere.com"
    config["redirects"] = [{"source": f"{at}.acme.test", "target": f"https://{1 - at}.acme.test"} for at in range(2)]
    config["moved_pages"] = [{"source": "acme.test/a*", "target": "https://acme.test/b"}]
    config["mail"]["dkim"] = {"google": "p=AAAA"}
    found = [problem.split(":")[0] for problem in problems(config)]
    assert {"spec.google.region", "spec.moved_pages.0.source", "spec.mail.dkim.google"} <= set(found)
    config["moved_pages"] = []
    assert {"spec.google.region", "spec.redirects.0", "spec.mail.dkim.google"} <= {
        problem.split(":")[0] for problem in problems(config)
    }


def test_all_that_is_wrong_with_the_mail_is_told_at_once(config: dict[str, Any]) -> None:
    config["mail"] |= {"senders": ["sendgrid", "postmark"], "bimi": "https://acme.test/a.svg"}
    config["mail"]["dmarc"]["policy"] = "none"
    found = " ".join(problems(config))
    assert all(words in found for words in ("dkim has no key", "bounces has no subdomain", "bimi needs"))


@pytest.mark.parametrize(
    ("pages", "sentence"),
    [
        ([("acme.test/über", "https://acme.test/b")], "Did you mean acme.test/%C3%BCber?"),
        ([("acme.test/a b", "https://acme.test/b")], "Did you mean acme.test/a%20b?"),
        ([("münchen.de/a", "https://acme.test/b")], "Did you mean xn--mnchen-3ya.de/a?"),
        ([("acme.test/blog/*", "https://acme.test/b")], "holds a wildcard"),
        ([("*.acme.test/a", "https://acme.test/b")], "holds a wildcard"),
        ([("https://acme.test/a", "https://acme.test/b")], "is not the address of a page"),
        ([("acme.test/a", "https://acme.test/b?utm=1")], "Did you mean https://acme.test/b?"),
        ([("acme.test/a", "https://acme.test/b#top")], "has a query or a fragment"),
        ([("acme.test/a", "https://acme.test/größe")], "Did you mean https://acme.test/gr%C3%B6%C3%9Fe?"),
        (
            [("acme.test/a", "https://acme.test/b"), ("acme.test/b", "https://acme.test/a")],
            "in a circle, from acme.test/a to acme.test/b to acme.test/a",
        ),
        (
            [(f"acme.test/{at}", f"https://acme.test/{(at + 1) % 4}") for at in range(4)],
            "in a circle, from acme.test/0 to acme.test/1 to acme.test/2 to acme.test/3 to acme.test/0",
        ),
        ([("acme.test/a", "https://www.acme.test/a")], "in a circle"),
    ],
)
def test_moved_pages_lead_to_a_page(config: dict[str, Any], pages: list[tuple[str, str]], sentence: str) -> None:
    config["moved_pages"] = [{"source": source, "target": target} for source, target in pages]
    found = problems(config)
    assert any(sentence in problem for problem in found), found


@pytest.mark.parametrize("length", [2, 3, 7])
def test_redirects_that_lead_round_are_refused_once(config: dict[str, Any], length: int) -> None:
    config["redirects"] = [
        {"source": f"h{at}.acme.test", "target": f"https://h{(at + 1) % length}.acme.test"} for at in range(length)
    ]
    (problem,) = problems(config)
    assert problem.startswith("spec.redirects.0: visitors would go in a circle")


@pytest.mark.parametrize(
    ("target", "meant"),
    [
        ("https://acme.test", "https://acme.test/"),
        ("http://acme.test/b", "https://acme.test/b"),
        ("acme.test/b", "https://acme.test/b"),
        ("https://Acme.test/b", "https://acme.test/b"),
        ('https://acme.test/"b"', "https://acme.test/%22b%22"),
        ("https://acme.test/a b", "https://acme.test/a%20b"),
        ("https://acme.test:8443/b", "https://acme.test/b"),
    ],
)
def test_a_moved_page_leads_to_an_https_address(config: dict[str, Any], target: str, meant: str) -> None:
    config["moved_pages"] = [{"source": "acme.test/a", "target": target}]
    (problem,) = problems(config)
    assert problem.startswith("spec.moved_pages.0.target:")
    assert problem.endswith(f"Did you mean {meant}?")


@pytest.mark.parametrize(
    ("source", "meant"),
    [
        ("acme.test/%61bout", "acme.test/about"),
        ("acme.test/%c3%a4", "acme.test/%C3%A4"),
        ("acme.test/a/../b", "acme.test/b"),
        ("acme.test/./b/.", "acme.test/b/"),
        ("acme.test/ä", "acme.test/%C3%A4"),
    ],
)
def test_a_page_is_named_as_cloudflare_compares_it(config: dict[str, Any], source: str, meant: str) -> None:
    config["moved_pages"] = [{"source": source, "target": "https://acme.test/new"}]
    assert problems(config)[0].endswith(f"Did you mean {meant}?")


def test_redirects_that_end_somewhere_pass(config: dict[str, Any]) -> None:
    config["other_domains"] = ["acme.example"]
    config["redirects"] = [
        {"source": "a.acme.test", "target": "https://b.acme.test"},
        {"source": "b.acme.test", "target": "https://acme.example"},
        {"source": "www.acme.test", "target": "https://acme.test"},
    ]
    config["moved_pages"] = [{"source": "acme.test/a", "target": "https://b.acme.test/c"}]
    assert len(parse(config).redirects) == 3


def test_addresses_at_domains_that_refuse_mail_are_refused(config: dict[str, Any]) -> None:
    config["other_domains"] = ["acme.example"]
    config["mail"]["dmarc"]["report"] = "dmarc@acme.example"
    config["mail"]["tls_rpt"] = "tls@mail.acme.example"
    config["alerts"]["email"] = "oncall@api.acme.test"
    assert sorted(problem.split(":")[0] for problem in problems(config)) == [
        "spec.alerts.email",
        "spec.mail.dmarc.report",
        "spec.mail.tls_rpt",
    ]
    config["mail"] = OFFLINE
    found = problems(config)
    assert any(problem.startswith("spec.mail.dmarc.report: nothing reaches a@acme.test") for problem in found)


def test_a_subdomain_is_a_zone_on_the_enterprise_plan(config: dict[str, Any]) -> None:
    whole = {**config, "redirects": [], "domain": "shop.acme.test", "cloudflare": {**config["cloudflare"]}}
    whole["support"] = {**config["support"], "sender": "support@shop.acme.test"}
    assert any("takes one as a zone on the Enterprise plan only" in problem for problem in problems(whole))
    whole["cloudflare"]["plan"] = "enterprise"
    assert parse(whole).domain == "shop.acme.test"


def test_postmark_signs_with_a_selector_of_its_own_date(config: dict[str, Any]) -> None:
    config["mail"]["senders"] = ["postmark"]
    assert any("dkim has no key for selector 20240131120000pm" in problem for problem in problems(config))
    config["mail"]["dkim"]["20260131095959pm"] = config["mail"]["dkim"]["resend"]
    spec: Spec = parse(config)
    assert "20260131095959pm" in spec.mail.dkim
