"""Hosts of web hosters, which have a certificate for their own name and show a site under that name alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from blueprint.zone_names import HOSTERS
from infra.edge import FRESH
from infra.web_origin import worker_script
from localcloud.base import network, process
from localcloud.base.world import World
from localcloud.dns.third_party_zones import WEB_HOSTS
from localcloud.internet.proxy import serve

Visit = Callable[..., httpx.Response]
HOST = "shop.acme.test"


@pytest.fixture
def aliased(put: Any) -> Callable[[str], None]:
    """Lead the shop to a host of a web hoster, behind the edge."""
    return lambda target: put("DnsRecord", "shop", name=HOST, type="CNAME", content=target, proxied=True)


@pytest.mark.parametrize("suffix", network.BY_OWN_NAME)
def test_a_web_hoster_has_no_certificate_for_the_founders_domain(
    visit: Visit, aliased: Any, setting: Any, suffix: str
) -> None:
    aliased(f"acme-site{suffix}")
    setting("ssl", "strict")
    refused = visit(f"https://{HOST}/")
    assert (refused.status_code, f"no certificate for {HOST}" in refused.text) == (526, True)
    assert f"acme-site{suffix}" in refused.text


def test_without_a_look_at_the_certificate_it_is_asked_for_a_host_that_it_does_not_know(
    visit: Visit, aliased: Any, setting: Any, site: Any
) -> None:
    aliased("acme-site.web.app")
    setting("ssl", "full")
    refused = visit(f"https://{HOST}/")
    assert (refused.status_code, "Site Not Found" in refused.text) == (404, True)
    assert site.seen == []


def test_a_host_that_knows_the_domain_is_asked_as_ever(visit: Visit, aliased: Any, setting: Any) -> None:
    aliased("acme.hosting.test")
    setting("ssl", "strict")
    assert visit(f"https://{HOST}/page").text == f"{HOST} /page"


def test_a_grey_alias_leads_to_the_hosters_own_certificate(put: Any, world: World, known: Any) -> None:
    put("DnsRecord", "shop", name=HOST, type="CNAME", content="acme-site.web.app", proxied=False)
    found = network.route(world, known, HOST)
    assert found is not None
    assert (found.by_own_name, found.server_name) == (True, "acme-site.web.app")


@pytest.fixture
def asked(visit: Visit, put: Any, aliased: Any, setting: Any, tool: Any, home: Path) -> Callable[..., httpx.Response]:
    """Ask for a page of the shop, whose Worker asks its hoster."""
    tool("node")
    aliased("acme-site.web.app")
    setting("ssl", "strict")
    put("WorkersScript", "script", zoneId=None, scriptName="script", content=worker_script("acme-site.web.app"))
    put("WorkersRoute", "route", pattern=f"{HOST}/*", script="script")

    def ask(path: str, method: str = "GET", **options: Any) -> httpx.Response:
        with process.on_thread(serve(home)):
            return visit(f"https://{HOST}{path}", method, **options)

    return ask


def test_the_worker_asks_the_hoster_by_its_own_name(asked: Any) -> None:
    answer = asked("/any%2Fpage?a=b")
    assert (answer.status_code, answer.text) == (200, "acme-site.web.app /any%2Fpage?a=b")


def test_the_worker_keeps_assets_and_nothing_else(asked: Any, site: Any) -> None:
    fresh = {"cache-control": "max-age=3600"}
    site.pages |= {path: (200, fresh, path.encode()) for path in ("/assets/logo.png", "/main.dart.js", *FRESH_BELOW)}
    assert [asked("/assets/logo.png").headers["cf-cache-status"] for _ in range(2)] == ["MISS", "HIT"]
    for path in ("/main.dart.js", *FRESH_BELOW):
        assert [asked(path).headers.get("cf-cache-status") for _ in range(2)] == ["DYNAMIC", "DYNAMIC"]


FRESH_BELOW = (*(f"/assets/x{end}" for end in FRESH), "/assets/OneSignalSDKWorker.js")


def test_a_redirect_of_the_hoster_keeps_visitors_at_the_domain(asked: Any, site: Any) -> None:
    site.pages["/from"] = (301, {"location": "https://acme-site.web.app/to?a=b"}, b"")
    site.pages["/away"] = (302, {"location": "https://elsewhere.example/x"}, b"")
    site.pages["/near"] = (302, {"location": "/x"}, b"")
    assert asked("/from").headers["location"] == f"https://{HOST}/to?a=b"
    assert asked("/away").headers["location"] == "https://elsewhere.example/x"
    assert asked("/near").headers["location"] in ("/x", f"https://{HOST}/x")


def test_every_hoster_that_serves_by_its_own_name_has_an_address_here() -> None:
    suffixes = {suffix.removeprefix(".") for suffix in network.BY_OWN_NAME}
    assert suffixes <= set(HOSTERS)
    assert suffixes <= set(WEB_HOSTS)
