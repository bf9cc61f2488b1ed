"""The web: redirects, the headers that protect visitors, security.txt, IPv6."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from blueprint.finding import Finding
from verify.answers.page import Page, Request
from verify.group import together
from verify.judge.headers import judge_headers
from verify.judge.ipv6 import judge_answers, judge_published
from verify.judge.redirects import judge_chain, judge_https_redirect, judge_moved_page, judge_redirect
from verify.judge.securitytxt import judge_security_txt
from verify.observe.route import has_route
from verify.scene import Scene
from verify.web.redirect_chain import follow
from verify.web.securitytxt import PATH as SECURITY_TXT

QUERY = "from=verify"
PATH = f"/some/page?{QUERY}"  # a redirect has to keep path and query


async def redirects(scene: Scene) -> Sequence[Finding]:
    """Return the findings on each host's way from http to https and to where it was promised to lead."""
    return await together(_redirects(host, scene) for host in await scene.hosts())


async def _redirects(host: str, scene: Scene) -> list[Finding]:
    promised = scene.subject.promised
    chain = await follow(f"http://{host}{PATH}", scene.fetch, scene.subject.domain)
    kept = [redirect for redirect in (promised.redirects if promised else ()) if redirect.source == host]
    to_one_page = any(redirect.is_to_one_page for redirect in kept)
    found = [judge_https_redirect(host, chain.pages[0]), judge_chain(host, chain, promised is not None, to_one_page)]
    page = await scene.fetch(f"https://{host}{PATH}") if kept else chain.pages[0]
    return [*found, *(judge_redirect(redirect, PATH, page) for redirect in kept)]


async def moved_pages(scene: Scene) -> list[Finding]:
    """Return whether each page that has moved leads to where it is now."""
    moved = scene.subject.promised.moved_pages if scene.subject.promised else ()
    pages = await asyncio.gather(*(scene.fetch(f"https://{one.source}?{QUERY}") for one in moved))
    return [judge_moved_page(one, QUERY, page) for one, page in zip(moved, pages, strict=True)]


async def headers(scene: Scene) -> Sequence[Finding]:
    """Return the findings on the headers of each host that shows pages."""
    promised = scene.subject.promised
    hosts = promised.web_hosts if promised else (scene.subject.domain,)
    pages = await asyncio.gather(*(_front(host, scene) for host in hosts))
    wanted = promised.edge.headers if promised else {}
    return [finding for host, page in zip(hosts, pages, strict=True) for finding in judge_headers(host, page, wanted)]


async def _front(host: str, scene: Scene) -> Page:
    chain = await follow(f"https://{host}/", scene.fetch, scene.subject.domain)
    return chain.pages[-1]


async def security_txt(scene: Scene) -> list[Finding]:
    """Return whether the domain says where to report a weakness."""
    domain = scene.subject.domain
    page = (await follow(f"https://{domain}{SECURITY_TXT}", scene.fetch, domain)).pages[-1]
    return [judge_security_txt(domain, page, scene.now)]


async def ipv6(scene: Scene) -> Sequence[Finding]:
    """Return whether each host has an IPv6 address, and whether it answers where there is a way to it from here."""
    return await together(_ipv6(host, scene) for host in await scene.hosts())


async def _ipv6(host: str, scene: Scene) -> list[Finding]:
    answer = await scene.dns.ask(host, "AAAA")
    places = [place for place in await scene.places(host) if place.public in answer.data and has_route(place.address)]
    pages = await asyncio.gather(*(scene.send(Request(f"https://{host}/", at=place.address)) for place in places))
    answers = {place.public: page for place, page in zip(places, pages, strict=True)}
    return [judge_published(host, answer), *([judge_answers(host, answers)] if answers else [])]


CHECKS = (redirects, moved_pages, headers, security_txt, ipv6)
