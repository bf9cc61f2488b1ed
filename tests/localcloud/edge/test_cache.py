"""The cache of a running edge, as its visitors see it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import httpx

Visit = Callable[..., httpx.Response]
Set = Callable[[str, Any], None]
Rules = Callable[..., None]
CACHE = "http_request_cache_settings"


def statuses(visit: Visit, path: str, count: int = 2, **options: Any) -> list[str]:
    return [visit(f"https://acme.test{path}", **options).headers["cf-cache-status"] for _ in range(count)]


def keep(**parameters: Any) -> dict[str, Any]:
    return {"cache": True} | parameters


def test_assets_are_kept_and_what_is_personal_is_not(visit: Visit, site: Any) -> None:
    site.pages["/cookie.js"] = (200, {"set-cookie": "a=b"}, b"")
    site.pages["/private.js"] = (200, {"cache-control": "private"}, b"")
    assert statuses(visit, "/app.js") == ["MISS", "HIT"]
    assert statuses(visit, "/app.js?v=2") == ["MISS", "HIT"]
    assert statuses(visit, "/page") == ["DYNAMIC", "DYNAMIC"]
    assert statuses(visit, "/app.js", method="POST") == ["DYNAMIC", "DYNAMIC"]
    assert statuses(visit, "/cookie.js") == ["BYPASS", "BYPASS"]
    assert statuses(visit, "/private.js") == ["BYPASS", "BYPASS"]
    assert statuses(visit, "/own.js", headers={"Authorization": "Bearer x"}) == ["BYPASS", "BYPASS"]


def test_a_hit_has_the_same_body_and_an_age_and_spares_the_origin(visit: Visit, site: Any) -> None:
    site.pages["/big.js"] = (200, {"etag": '"1"', "content-type": "text/javascript"}, b"x" * 300_000)
    first, second = visit("https://acme.test/big.js"), visit("https://acme.test/big.js")
    assert first.content == second.content
    assert ("age" in first.headers, second.headers["age"].isdigit()) == (False, True)
    assert second.headers["content-type"] == "text/javascript"
    assert first.headers["cf-ray"] != second.headers["cf-ray"]
    assert len(site.seen) == 1


def test_hosts_schemes_and_queries_are_kept_apart(visit: Visit, put: Callable[..., None]) -> None:
    put("DnsRecord", "app", name="app.acme.test", type="CNAME", content="acme.hosting.test", proxied=True)
    urls = ["https://acme.test/a.js", "http://acme.test/a.js", "https://app.acme.test/a.js", "https://acme.test/a.js?b"]
    assert [visit(url).headers["cf-cache-status"] for url in urls] == ["MISS"] * 4
    assert visit("https://app.acme.test/a.js").text == "app.acme.test /a.js"


def test_head_fills_the_cache_for_get(visit: Visit, site: Any) -> None:
    head = visit("https://acme.test/a.css", method="HEAD")
    assert (head.headers["cf-cache-status"], head.content) == ("MISS", b"")
    assert visit("https://acme.test/a.css").text == "acme.test /a.css"
    assert [method for method, *_ in site.seen] == ["GET"]


def test_a_visitor_who_has_it_already_gets_304(visit: Visit, site: Any) -> None:
    site.pages["/a.js"] = (200, {"etag": '"one"', "last-modified": "Mon, 23 Nov 2026 10:00:00 GMT"}, b"body")
    visit("https://acme.test/a.js", headers={"If-None-Match": '"other"'})
    known = visit("https://acme.test/a.js", headers={"If-None-Match": 'W/"one"'})
    assert (known.status_code, known.content, known.headers["cf-cache-status"]) == (304, b"", "HIT")
    since = {"If-Modified-Since": "Mon, 23 Nov 2026 11:00:00 GMT"}
    assert visit("https://acme.test/a.js", headers=since).status_code == 304
    assert visit("https://acme.test/a.js", headers={"If-None-Match": '"two"'}).status_code == 200


def test_what_is_stale_is_asked_for_again(visit: Visit, site: Any) -> None:
    site.pages["/a.js"] = (200, {"cache-control": "max-age=1", "etag": '"one"'}, b"one")
    site.pages["/b.js"] = (200, {"cache-control": "max-age=1"}, b"one")
    assert statuses(visit, "/a.js") + statuses(visit, "/b.js") == ["MISS", "HIT"] * 2
    time.sleep(1.1)
    site.pages["/a.js"] = (304, {}, b"")
    site.pages["/b.js"] = (200, {}, b"two")
    assert statuses(visit, "/a.js") == ["REVALIDATED", "HIT"]
    assert site.seen[-1][2]["if-none-match"] == '"one"'
    assert statuses(visit, "/b.js") == ["EXPIRED", "HIT"]
    assert visit("https://acme.test/b.js").text == "two"


def test_the_last_cache_rule_that_matches_decides(visit: Visit, ruleset: Rules) -> None:
    override = {"mode": "override_origin", "default": 7200.0}
    ruleset(
        CACHE,
        ("true", "set_cache_settings", keep(edgeTtl=override)),
        ('starts_with(http.request.uri.path, "/api")', "set_cache_settings", {"cache": False}),
    )
    assert statuses(visit, "/page") == ["MISS", "HIT"]
    assert statuses(visit, "/api/x.js") == ["DYNAMIC", "DYNAMIC"]


def test_an_override_keeps_what_the_origin_would_not_and_drops_its_cookies(
    visit: Visit, ruleset: Rules, site: Any
) -> None:
    site.pages["/page"] = (200, {"cache-control": "no-store", "set-cookie": "a=b"}, b"")
    ruleset(CACHE, ("true", "set_cache_settings", keep(edgeTtl={"mode": "override_origin", "default": 7200.0})))
    assert statuses(visit, "/page") == ["MISS", "HIT"]
    assert "set-cookie" not in visit("https://acme.test/page").headers
    ruleset(CACHE, ("true", "set_cache_settings", keep()))
    site.pages["/other"] = (200, {"set-cookie": "a=b"}, b"")
    assert statuses(visit, "/other") == ["MISS", "MISS"]
    assert visit("https://acme.test/other").headers["set-cookie"] == "a=b"


def test_browsers_are_told_the_lifetime_of_the_zone_or_the_rule(
    visit: Visit, ruleset: Rules, setting: Set, site: Any
) -> None:
    site.pages["/a.js"] = (200, {"cache-control": "public, max-age=60"}, b"")

    def told() -> str:
        return visit(f"https://acme.test/a.js?{time.monotonic_ns()}").headers["cache-control"]

    assert told() == "public, max-age=14400"
    setting("browser_cache_ttl", 0.0)
    assert told() == "public, max-age=60"
    ruleset(CACHE, ("true", "set_cache_settings", keep(browserTtl={"mode": "override_origin", "default": 30.0})))
    assert told() == "public, max-age=30"
    setting("browser_cache_ttl", 14400.0)
    ruleset(CACHE, ("true", "set_cache_settings", keep(browserTtl={"mode": "respect_origin"})))
    assert told() == "public, max-age=60"


def test_errors_of_the_origin_are_not_kept(visit: Visit, site: Any) -> None:
    site.pages["/a.js"] = (500, {}, b"")
    site.pages["/gone.js"] = (404, {}, b"")
    assert statuses(visit, "/a.js") == ["MISS", "MISS"]
    assert statuses(visit, "/gone.js") == ["MISS", "HIT"]
