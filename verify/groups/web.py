"""The web: the way from http to https, redirects, HSTS, caching."""

from __future__ import annotations

from collections.abc import Sequence

from blueprint.finding import Finding
from verify.assets import first_asset
from verify.group import together
from verify.judge import web
from verify.observe.web import Page
from verify.scene import Scene

CACHE_TRIES = 3  # an asset's first fetch fills the cache, and the second may come while it fills
PATH = "/some/page?from=verify"  # a redirect has to keep path and query
ONE_YEAR = 31_536_000  # seconds of HSTS for a domain that promised nothing: hstspreload.org's least


async def hosts(scene: Scene) -> Sequence[Finding]:
    """Return the findings on each host's way from http to https, HSTS, and its redirect if promised."""
    return await together(_host(host, scene) for host in scene.subject.hosts)


async def _host(host: str, scene: Scene) -> list[Finding]:
    promised = scene.subject.promised
    redirects = promised.redirects if promised else ()
    page = await scene.fetch(f"https://{host}{PATH}")
    return [
        web.judge_https_redirect(host, await scene.fetch(f"http://{host}{PATH}")),
        web.judge_hsts(host, promised.edge.hsts_max_age if promised else ONE_YEAR, page),
        *(web.judge_redirect(redirect, PATH, page) for redirect in redirects if redirect.source == host),
    ]


async def caching(scene: Scene) -> list[Finding]:
    """Return whether the web app's assets are cached, and the API's answers are not."""
    promised = scene.subject.promised
    if promised is None:
        return []
    front = f"https://{promised.domain}/"
    asset = first_asset(front, (await scene.fetch(front)).body, promised.edge.cached_prefixes)
    pages = await _fetch_until_hit(asset, scene) if asset else []
    return [
        web.judge_cached(asset or front, pages),
        web.judge_never_cached(promised.health_url, await scene.fetch(promised.health_url)),
    ]


async def _fetch_until_hit(url: str, scene: Scene) -> list[Page]:
    pages: list[Page] = []
    while len(pages) < CACHE_TRIES and not (pages and pages[-1].headers.get("cf-cache-status") == "HIT"):
        pages.append(await scene.fetch(url))
    return pages


CHECKS = (hosts, caching)
