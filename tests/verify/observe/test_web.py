"""Pages and chains of redirects, fetched from real servers."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable
from pathlib import Path

import pytest
import trustme

from verify.answers.page import Page, Request
from verify.observe.web import fetch, send
from verify.reach import ANY, Address, Reach
from verify.web.assets import first_asset
from verify.web.redirect_chain import LONGEST, follow

Serve = Callable[..., Address]
Issue = Callable[..., trustme.LeafCert]
HOST = "acme.test"


def test_a_page_is_fetched_from_the_named_address_for_its_own_host(
    website: Serve, certificate: Issue, ca_file: Path
) -> None:
    address = website({"acme.test/": (200, {"X-Mark": "1"}, "hello")}, certificate(HOST))
    found = fetch("https://acme.test/", Reach(addresses={(ANY, 443): address}, ca_file=ca_file))
    assert (found.status, found.body, found.headers["x-mark"], found.error) == (200, "hello", "1", "")


def test_a_request_goes_to_the_address_that_it_names_itself(website: Serve) -> None:
    address = website({"acme.test/": (201, {}, "made")})
    nowhere = Reach(addresses={(ANY, 80): ("127.0.0.1", 1)})
    assert send(Request("http://acme.test/", "POST", {"X-Mark": "1"}, b"{}", address), nowhere).status == 201


def test_cookies_are_kept_apart(website: Serve) -> None:
    address = website({"acme.test/": (200, {"Set-Cookie": "a=1; Secure\nb=2; Path=/"}, "")})
    page = send(Request("http://acme.test/", at=address), Reach())
    assert page.cookies == ("a=1; Secure", "b=2; Path=/")


def test_a_redirect_is_shown_and_not_followed(website: Serve) -> None:
    address = website({"acme.test/": (301, {"Location": "https://acme.test/"}, "")})
    page = fetch("http://acme.test/", Reach(addresses={(HOST, 80): address}))
    assert page.headers["location"] == "https://acme.test/"


def test_a_page_of_an_untrusted_host_is_an_error_and_no_exception(website: Serve, certificate: Issue) -> None:
    address = website({}, certificate(HOST))
    found = fetch("https://acme.test/", Reach(addresses={(ANY, 443): address}))
    assert found.status == 0
    assert "certificate" in found.error.lower()


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
def test_a_page_whose_encoding_is_a_lie_is_an_error(website: Serve, encoding: str) -> None:
    address = website({"acme.test/": (200, {"Content-Encoding": encoding}, "plain")})
    assert fetch("http://acme.test/", Reach(addresses={(ANY, 80): address})).error


def followed(url: str, answers: dict[str, str]) -> tuple[list[str], str, bool]:
    """Follow redirects, each address with its target, and return what was asked, the end, and whether it loops."""

    async def ask(url: str) -> Page:
        return Page(url, 301, {"location": answers[url]}) if url in answers else Page(url, 200)

    chain = asyncio.run(follow(url, ask, "acme.test"))
    return [page.url for page in chain.pages], chain.end, chain.loops


def test_a_chain_ends_at_its_page() -> None:
    hops = {"http://acme.test/a?b": "https://acme.test/a?b", "https://acme.test/a?b": "/c"}
    urls = ["http://acme.test/a?b", "https://acme.test/a?b", "https://acme.test/c"]
    assert followed("http://acme.test/a?b", hops) == (urls, "https://acme.test/c", False)


@pytest.mark.parametrize("target", ["https://other.test/", "https://notacme.test/", "https://[", "mailto:a@acme.test"])
def test_a_chain_is_not_followed_out_of_its_domain(target: str) -> None:
    assert followed("http://acme.test/", {"http://acme.test/": target})[:2] == (["http://acme.test/"], target)


def test_a_further_domain_is_followed_into_the_launchs_own() -> None:
    urls = ["http://acme.example/", "https://acme.example/", "https://acme.test/"]
    hops = dict(itertools.pairwise(urls))
    assert followed(urls[0], hops)[0] == urls


def test_a_circle_is_followed_once() -> None:
    hops = {"https://acme.test/": "https://www.acme.test/", "https://www.acme.test/": "https://acme.test/"}
    assert followed("https://acme.test/", hops) == (list(hops), "https://acme.test/", True)


def test_a_chain_without_end_is_left() -> None:
    hops = {f"https://acme.test/{number}": f"/{number + 1}" for number in range(100)}
    assert len(followed("https://acme.test/0", hops)[0]) == LONGEST


def test_the_first_asset_is_one_of_the_own_host_below_a_prefix() -> None:
    html = '<link href="/style.css"><script src="https://cdn.test/assets/x.js"></script><img src="/assets/a.png">'
    assert first_asset("https://acme.test/", html, ["/assets/"]) == "https://acme.test/assets/a.png"
    assert first_asset("https://acme.test/", "<p>", ["/assets/"]) is None
