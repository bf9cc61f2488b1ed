from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from blueprint.spec import MovedPage, Redirect
from infra.redirects import MOST_LISTED, Redirects, RedirectsConfig, redirect_rule

WWW = Redirect(source="www.acme.test", target="https://acme.test")
PAGE = MovedPage(source="acme.test/old", target="https://acme.test/new", status=308)
MANY = tuple(Redirect(source=f"r{n}.acme.test", target="https://acme.test") for n in range(11))
CONFIG = RedirectsConfig("acme.test", "0" * 32, "free", (WWW,))


def test_a_redirect_keeps_path_and_query() -> None:
    rule = redirect_rule(WWW)
    assert rule["expression"] == '(http.host eq "www.acme.test")'
    assert rule["action_parameters"]["from_value"] == {
        "status_code": 301,
        "target_url": {"expression": 'concat("https://acme.test", http.request.uri.path)'},
        "preserve_query_string": True,
    }


def test_a_host_is_one_rule_of_the_zone(provision: Any) -> None:
    made = provision(lambda: Redirects("redirects", CONFIG, "zone-1"))
    assert made.one("ruleset:Ruleset").inputs["phase"] == "http_request_dynamic_redirect"
    assert made.of("list:List") == []


def test_nothing_that_moved_makes_no_empty_ruleset(provision: Any) -> None:
    made = provision(lambda: Redirects("redirects", replace(CONFIG, hosts=()), "zone-1"))
    assert made.of("ruleset:Ruleset") == []


def test_what_the_rules_have_no_room_for_goes_into_a_list_of_the_account(provision: Any) -> None:
    made = provision(lambda: Redirects("redirects", replace(CONFIG, hosts=MANY), "zone-1"))
    assert len(made.one("ruleset:Ruleset", "redirects").inputs["rules"]) == 10
    (item,) = made.one("list:List").inputs["items"]
    assert item["redirect"] == {
        "sourceUrl": "r10.acme.test/",
        "targetUrl": "https://acme.test",
        "statusCode": 301,
        "includeSubdomains": False,
        "preservePathSuffix": True,
        "preserveQueryString": True,
        "subpathMatching": True,
    }


def test_a_larger_plan_has_room_for_more(provision: Any) -> None:
    made = provision(lambda: Redirects("redirects", replace(CONFIG, hosts=MANY, plan="pro"), "zone-1"))
    assert len(made.one("ruleset:Ruleset").inputs["rules"]) == 11


def test_a_page_that_moved_takes_nothing_below_it_along(provision: Any) -> None:
    made = provision(lambda: Redirects("redirects", replace(CONFIG, pages=(PAGE,)), "zone-1"))
    (item,) = made.one("list:List").inputs["items"]
    assert (item["redirect"]["sourceUrl"], item["redirect"]["statusCode"]) == ("acme.test/old", 308)
    assert item["redirect"]["subpathMatching"] is False
    rules = made.one("ruleset:Ruleset", "moved").inputs
    assert (rules["kind"], rules["accountId"], rules["phase"]) == ("root", "0" * 32, "http_request_redirect")
    assert rules["rules"][0]["expression"] == "http.request.full_uri in $launch_acme_test"


def test_a_page_that_moved_to_a_fragment_takes_no_query_along(provision: Any) -> None:
    page = MovedPage(source="acme.test/app", target="https://acme.test/#/new")
    made = provision(lambda: Redirects("redirects", replace(CONFIG, pages=(PAGE, page)), "zone-1"))
    items = [item["redirect"] for item in made.one("list:List").inputs["items"]]
    assert [(item["targetUrl"], item["preserveQueryString"]) for item in items] == [
        ("https://acme.test/new", True),
        ("https://acme.test/#/new", False),
    ]


def test_more_than_an_account_keeps_are_refused() -> None:
    with pytest.raises(ValueError, match="10001 redirects are more than the 10000"):
        replace(CONFIG, pages=(PAGE,) * (MOST_LISTED + 1))


@pytest.mark.parametrize(
    ("target", "keeps_query"),
    [
        ("https://apps.apple.com/app/id123", True),
        ("https://play.google.com/store/apps/details?id=com.acme.app", False),
        ("https://acme.test/#/join", False),
    ],
)
def test_a_host_may_lead_to_one_page(provision: Any, target: str, keeps_query: bool) -> None:
    redirect = Redirect(source="get.acme.test", target=target)
    sent = redirect_rule(redirect)["action_parameters"]["from_value"]
    assert (sent["target_url"], sent["preserve_query_string"]) == ({"value": target}, keeps_query)
    made = provision(lambda: Redirects("redirects", replace(CONFIG, hosts=(*MANY[:10], redirect)), "zone-1"))
    (item,) = made.one("list:List").inputs["items"]
    flags = {name: item["redirect"][name] for name in ("targetUrl", "preservePathSuffix", "preserveQueryString")}
    assert flags == {"targetUrl": target, "preservePathSuffix": False, "preserveQueryString": keeps_query}
