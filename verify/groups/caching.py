"""The edge's cache: assets come from it, the API's answers and those to a cookie never do."""

from __future__ import annotations

from blueprint.finding import Finding
from verify.answers.page import Page, Request
from verify.judge import caching as judge
from verify.scene import Scene
from verify.web.assets import first_asset

CACHE_TRIES = 3  # an asset's first fetch fills the cache, and the second may come while it fills
TWICE = 2  # what the first fetch of an answer puts into a cache, the second gets from it
COOKIE = {"Cookie": "session=verify"}


async def assets(scene: Scene) -> list[Finding]:
    """Return whether the web app's assets come from the cache."""
    promised = scene.subject.promised
    if promised is None:
        return []
    front = f"https://{promised.domain}/"
    asset = first_asset(front, (await scene.fetch(front)).body, promised.edge.cached_prefixes)
    return [judge.judge_cached(asset or front, await _until_hit(asset, scene) if asset else [])]


async def api(scene: Scene) -> list[Finding]:
    """Return whether the API's answers are kept out of it, with a cookie and without."""
    promised = scene.subject.promised
    if promised is None:
        return []
    url = promised.health_url
    return [
        judge.judge_never_cached(url, await _several(Request(url), scene)),
        judge.judge_cookie_uncached(url, await _several(Request(url, headers=COOKIE), scene)),
    ]


async def pages(scene: Scene) -> list[Finding]:
    """Return whether a page that sets a cookie is kept."""
    front = f"https://{scene.subject.domain}/"
    return judge.judge_cookies_unkept(front, (await _several(Request(front), scene))[-1])


async def _until_hit(url: str, scene: Scene) -> list[Page]:
    found: list[Page] = []
    while len(found) < CACHE_TRIES and not (found and found[-1].headers.get(judge.STATE) == "HIT"):
        found.append(await scene.fetch(url))
    return found


async def _several(ask: Request, scene: Scene) -> list[Page]:
    return [await scene.send(ask) for _ in range(TWICE)]


CHECKS = (assets, api, pages)
