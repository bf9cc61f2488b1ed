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
        ("google.firestore_location", "EUR3", "Did you mean eur3?"),
        ("google.firestore_location", "NAM5 ", "Did you mean nam5?"),
        ("google.region", "eu-west-1", "Did you mean europe-west1?"),
        ("google.region", "us-east-1", "Did you mean us-east1?"),
        ("google.region", "ap-southeast-1", "Did you mean asia-southeast1?"),
        ("google.region", "europe-west-3", "Did you mean europe-west3?"),
        ("google.region", "europe-west-1-b", "Did you mean europe-west1?"),
        ("google.organization", "organizations/123", "Did you mean 123?"),
        ("google.project", "acme-go0gle", 'holds "go0gle"'),
        ("google.project", "acme-goog1e-app", "Did you mean acme-app?"),
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
        ("mail.provider", "Gmail", "spec.mail.provider:"),
        ("mail.provider", "gsuite", "Did you mean google-workspace?"),
        ("mail.provider", "Office 365", "Did you mean microsoft-365?"),
        ("mail.provider", "outlook", "Did you mean microsoft-365?"),
        ("mail.senders", ["resend", "mailgun"], "spec.mail.senders.1:"),
        ("mail.senders", ["brevo"], "name it under spf_includes and its key under dkim"),
        ("mail.senders", ["Postmark"], "Did you mean postmark?"),
        ("mail.dkim.resend", "resend._domainkey.acme.test", "spec.mail.dkim.resend: aliases lead in a circle"),
        ("records", [{"name": "x", "type": "CNAME", "content": "x.acme.test"}], "spec.records.0: aliases lead in a"),
        ("records", [{"name": "x", "type": "CAA", "content": '0 isue "a.com"'}], "Did you mean issue?"),
        ("records", [{"name": "x", "type": "A", "content": ""}], "spec.records.0.content is empty"),
        ("records", [{"name": "x", "typ": "A", "content": "192.0.2.1"}], "Did you mean type?"),
        ("redirects", [{"sorce": "www.acme.test", "target": "https://acme.test"}], "Did you mean source?"),
        ("redirects", [{"source": "www.acme.org", "target": "https://acme.test"}], "spec.redirects.0:"),
        ("support.smtp", {"sever": "smtp.acme.test:587", "user": "a"}, "Did you mean server?"),
        ("delivery", {"repository_id": "4711", "branch": "refs/heads/main"}, "Did you mean main?"),
        ("delivery", {"repository_id": "4711", "branch": "/main"}, "a branch by its name alone"),
        ("payments.plans", [{"nme": "pro", "prices": ["a"]}], "Did you mean name?"),
        ("delivery", {"repositry_id": "1"}, "Did you mean repository_id?"),
        ("web.headers", {"cf-ray": "x"}, "spec.web.headers.cf-ray: Cloudflare keeps"),
        ("web.headers", {1: "x"}, "spec.web.headers.1"),
        ("other_domains", ["shop.acme.co.uk"], "Did you mean acme.co.uk?"),
        ("other_domains", ["shop.acme.com.au"], "Did you mean acme.com.au?"),
        ("other_domains", ["acme.hosted.app"], "is a host of Firebase"),
        ("other_domains", ["d1234.cloudfront.net"], "is a host of Amazon"),
        ("other_domains", ["acme.test"], "spec.other_domains: acme.test is a zone of this launch already"),
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
        ("support.smtp", {"server": "smtp.acme.test", "user": "a"}, "Did you mean smtp.acme.test:587?"),
        ("support.smtp", {"server": "smtps://smtp.acme.test:465/", "user": "a"}, "Did you mean smtp.acme.test:465?"),
        ("support.drafts", "Gemini 3.5 Flash", "Did you mean gemini-3.5-flash?"),
        ("state.bucket", "gs://Acme_State/", "Did you mean acme-state?"),
        ("payments.plans", [{"name": "pro", "prices": ["prod_NWjs8kKbJWmuuc"]}], "is a product at Stripe"),
        ("moved_pages", [{"source": "acme.test//a", "target": "https://acme.test/b"}], "Did you mean acme.test/a?"),
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
        ("other_domains", ["co.uk", "acme.co.jp", "acme.k12.co.us", "x.co"]),
        ("mail.dkim.mail.2024", "k1.dkim.example.com"),
        ("moved_pages", [{"source": "acme.test/it's", "target": "https://acme.test/its"}]),
        ("domain_of_the_british", "acme.co.uk"),
    ],
)
def test_what_the_clouds_take_is_taken(config: dict[str, Any], path: str, value: Any) -> None:
    if path == "domain_of_the_british":
        config["other_domains"] = [value, "acme.com.br", "acme.org.uk", "acme.github.de", "ac.me"]
    else:
        put(
            config,
            *(("mail.dkim", {**config["mail"]["dkim"], "mail.2024": value}) if ".2024" in path else (path, value)),
        )
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
        ([("acme.test/a", "https://acme.test/b?utm=1#/c?d=1")], "Did you mean https://acme.test/b#/c?d=1?"),
        ([("acme.test/a", "acme.test/#/b")], "Did you mean https://acme.test/#/b?"),
        ([("acme.test/a", "https://acme.test/#/ü")], "Did you mean https://acme.test/#/%C3%BC?"),
        ([("acme.test/a", "https://acme.test/a#b")], "acme.test/a redirects to itself"),
        ([("acme.test/a", "https://acme.test/b#c"), ("acme.test/b", "https://acme.test/a")], "go in a circle"),
        ([("acme.test/", "https://acme.test/b")], "is the start page of acme.test, which the web app answers"),
        ([("https://acme.test", "https://acme.test/b")], "is the start page of acme.test, which the web app answers"),
        ([("acme.test/a?id=1", "https://acme.test/b")], "Did you mean acme.test/a?"),
        ([("acme.test/#/a", "https://acme.test/b")], "Cloudflare compares the path alone"),
        ([("https://acme.test/a", "https://acme.test/b")], "Did you mean acme.test/a?"),
        ([("acme.test/50%", "https://acme.test/b")], "Did you mean acme.test/50%25?"),
        ([("acme.test/a", "https://acme.test/b/*")], "holds a wildcard"),
        ([("acme.org/a", "https://acme.test/b")], "spec.moved_pages.0: acme.org does not serve the web app"),
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


@pytest.mark.parametrize(
    ("target", "meant"),
    [
        ("http://apps.apple.com/app/id123", "https://apps.apple.com/app/id123"),
        (
            "play.google.com/store/apps/details?id=com.acme.app",
            "https://play.google.com/store/apps/details?id=com.acme.app",
        ),
        ("https://apps.apple.com:443/app/id1", "https://apps.apple.com/app/id1"),
        ("https://apps.apple.com/app/über", "https://apps.apple.com/app/%C3%BCber"),
        ("acme.test/#/join", "https://acme.test/#/join"),
        ("https://acme.test#/join", "https://acme.test/#/join"),
        ("https://acme.test/#/über uns", "https://acme.test/#/%C3%BCber%20uns"),
        ("https://acme.test/a#", "https://acme.test/a"),
        ("http://Acme.test/", "https://acme.test"),
    ],
)
def test_a_redirect_to_one_page_keeps_its_page_in_the_guess(config: dict[str, Any], target: str, meant: str) -> None:
    config["redirects"] = [{"source": "get.acme.test", "target": target}]
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


def test_a_selector_that_was_chosen_in_the_console_is_the_providers(config: dict[str, Any]) -> None:
    keys = config["mail"]["dkim"]
    del keys["google"]
    assert any("dkim has no key for selector google" in problem for problem in problems(config))
    keys["k2"] = "dkim2.mcsv.net"
    assert any("dkim has no key for selector google" in problem for problem in problems(config)), "that is another's"
    keys["mail2026"] = keys["resend"]
    assert "mail2026" in parse(config).mail.dkim


def test_postmark_signs_with_a_selector_of_its_own_date(config: dict[str, Any]) -> None:
    config["mail"]["senders"] = ["postmark"]
    assert any("dkim has no key for selector 20240131120000pm" in problem for problem in problems(config))
    config["mail"]["dkim"]["20260131095959pm"] = config["mail"]["dkim"]["resend"]
    spec: Spec = parse(config)
    assert "20260131095959pm" in spec.mail.dkim
