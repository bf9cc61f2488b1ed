"""What the edge may keep, and for how long: pure.

Sources: developers.cloudflare.com/cache, the pages "Default cache behavior", "Origin Cache Control" (always on below
the Enterprise plan), "Head requests and Set-Cookie headers" and "Cache Rules settings".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from email.utils import parsedate_to_datetime
from typing import Any

from localcloud.edge.expressions import holds
from localcloud.edge.http_message import Request, Response
from localcloud.edge.rules import Rule

_ASSETS = """
7z avi avif apk bin bmp bz2 class css csv doc docx dmg ejs eot eps exe flac gif gz ico iso jar jpg jpeg js mid midi mkv
mp3 mp4 ogg otf pdf pict pls png ppt pptx ps rar svg svgz swf tar tif tiff ttf webm webp woff woff2 xls xlsx zip zst
"""
EXTENSIONS = frozenset(_ASSETS.split())
ROBOTS = "/robots.txt"
DEFAULT_TTL = {200: 7_200, 206: 7_200, 301: 7_200, 302: 1_200, 303: 1_200, 404: 180, 410: 180}  # seconds by status
PRECEDENCE = ("cloudflare-cdn-cache-control", "cdn-cache-control", "cache-control")
FORBIDDING = frozenset({"no-store", "private", "no-cache"})
SHARING = frozenset({"must-revalidate", "public", "s-maxage"})

Directives = Mapping[str, str]


@dataclass(frozen=True)
class CacheSettings:
    """How a request is cached: `cache` is None where no rule says it, the times are in seconds."""

    cache: bool | None = None
    edge_mode: str = "respect_origin"
    edge_ttl: int = 0
    status_ttls: tuple[tuple[range, int], ...] = ()
    browser_mode: str = ""
    browser_ttl: int = 0

    def override(self, status: int) -> int | None:
        """Return the time that a rule sets for a status, None when it is the origin's to say."""
        for statuses, seconds in self.status_ttls:
            if status in statuses:
                return max(seconds, 0)
        return self.edge_ttl if self.edge_mode == "override_origin" and status in DEFAULT_TTL else None


@dataclass(frozen=True)
class Verdict:
    """For how many seconds a response is kept (0: it is not), and the CF-Cache-Status it goes out with."""

    seconds: int
    status: str


def settings(rules: Iterable[Rule], request: Request) -> CacheSettings:
    """Return the settings of all rules that match; where several say something, the last one decides."""
    found = CacheSettings()
    for rule in rules:
        if holds(rule.expression, request):
            found = _merged(found, rule.parameters)
    return found


def is_eligible(request: Request, wanted: CacheSettings) -> bool:
    """Tell whether the request's answer may come from the cache; by default that depends on the file extension."""
    if request.method not in ("GET", "HEAD"):
        return False
    if wanted.cache is not None:
        return wanted.cache
    return request.extension in EXTENSIONS or request.path == ROBOTS


def key(request: Request) -> str:
    """Return the default cache key: scheme, host, path, query and the Origin header."""
    return f"{request.header('origin')} {request.url}"


def judge(request: Request, wanted: CacheSettings, response: Response) -> Verdict:
    """Return whether and how long the response to an eligible request is kept."""
    override = wanted.override(response.status)
    if override is not None:
        return Verdict(override, "MISS" if override else "BYPASS")
    control = _control(response)
    if FORBIDDING & control.keys() or (request.header("authorization") and not SHARING & control.keys()):
        return Verdict(0, "BYPASS")
    if response.header("set-cookie"):
        return Verdict(0, "BYPASS" if wanted.cache is None else "MISS")
    seconds = _freshness(control, response, wanted)
    return Verdict(seconds or 0, "MISS" if seconds or response.status not in DEFAULT_TTL else "BYPASS")


def for_browser(wanted: CacheSettings, zone_ttl: int, response: Response) -> Response:
    """Return the kept response with the lifetime that browsers are told, in seconds; the zone's only ever raises it."""
    if wanted.browser_mode == "respect_origin":
        return response
    told = directives(response.header("cache-control"))
    if wanted.browser_mode == "override_origin":
        seconds = wanted.browser_ttl
    elif zone_ttl <= (_own_freshness(told, response) or 0):
        return response
    else:
        seconds = zone_ttl
    kept = [name + (f"={value}" if value else "") for name, value in told.items() if name != "max-age"]
    return response.without("expires").with_header("cache-control", ", ".join([*kept, f"max-age={seconds}"]))


def directives(control: str) -> dict[str, str]:
    """Return the directives of a Cache-Control header (RFC 9111 section 5.2), names in lower case."""
    pieces = (piece.strip().partition("=") for piece in control.split(",") if piece.strip())
    return {name.strip().lower(): value.strip().strip('"') for name, _, value in pieces}


def _merged(found: CacheSettings, parameters: Mapping[str, Any]) -> CacheSettings:
    edge, browser = parameters.get("edgeTtl"), parameters.get("browserTtl")
    if parameters.get("cache") is not None:
        found = replace(found, cache=bool(parameters["cache"]))
    if edge:
        ttls = tuple((_statuses(one), int(one["value"])) for one in edge.get("statusCodeTtls") or ())
        found = replace(found, edge_mode=edge["mode"], edge_ttl=int(edge.get("default") or 0), status_ttls=ttls)
    if browser:
        found = replace(found, browser_mode=browser["mode"], browser_ttl=int(browser.get("default") or 0))
    return found


def _statuses(ttl: Mapping[str, Any]) -> range:
    if ttl.get("statusCode") is not None:
        return range(int(ttl["statusCode"]), int(ttl["statusCode"]) + 1)
    limits = ttl.get("statusCodeRange") or {}
    return range(int(limits.get("from") or 100), int(limits.get("to") or 999) + 1)


def _control(response: Response) -> Directives:
    return directives(next((value for value in map(response.header, PRECEDENCE) if value), ""))


def _freshness(control: Directives, response: Response, wanted: CacheSettings) -> int | None:
    """Return the seconds that the origin allows, or the default of the status where it says nothing."""
    if response.status not in DEFAULT_TTL:
        return None
    shared = _seconds(control.get("s-maxage"))
    own = _own_freshness(control, response) if shared is None else shared
    if own is None and wanted.edge_mode == "respect_origin":
        return DEFAULT_TTL[response.status]
    return own


def _own_freshness(control: Directives, response: Response) -> int | None:
    age = _seconds(control.get("max-age"))
    return _until_expiry(response) if age is None else age


def _seconds(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() else None


def _until_expiry(response: Response) -> int | None:
    """Return the seconds between Date and Expires (RFC 9111 section 4.2.1); an invalid Expires has passed."""
    expires = response.header("expires")
    if not expires:
        return None
    try:
        span = parsedate_to_datetime(expires) - parsedate_to_datetime(response.header("date"))
    except (ValueError, TypeError):
        return 0
    return max(int(span.total_seconds()), 0)
