"""The edge's cache: what may be kept, for how long, and what is kept now.

Source: developers.cloudflare.com/cache (default cache behaviour, cache responses, cache rules).
"""

from __future__ import annotations

import re
from collections import OrderedDict
from dataclasses import dataclass

from localcloud.edge.evaluating import matches
from localcloud.edge.request import Answer, Request
from localcloud.edge.zones import Zone

EXTENSIONS = frozenset(
    [
        "7z",
        "apk",
        "avi",
        "avif",
        "bin",
        "bmp",
        "bz2",
        "class",
        "css",
        "csv",
        "dmg",
        "doc",
        "docx",
        "eot",
        "eps",
        "exe",
        "flac",
        "gif",
        "gz",
        "ico",
        "iso",
        "jar",
        "jpeg",
        "jpg",
        "js",
        "mid",
        "midi",
        "mkv",
        "mp3",
        "mp4",
        "ogg",
        "otf",
        "pdf",
        "pict",
        "pls",
        "png",
        "ppt",
        "pptx",
        "ps",
        "rar",
        "svg",
        "svgz",
        "swf",
        "tar",
        "tif",
        "tiff",
        "ttf",
        "wasm",
        "webm",
        "webp",
        "woff",
        "woff2",
        "xls",
        "xlsx",
        "zip",
        "zst",
    ]
)
DEFAULT_TTL = 7_200  # seconds that a 200 is kept when its origin says nothing
CAPACITY = 512  # answers
_AGE = re.compile(r"(s-maxage|max-age)=(\d+)")
_NEVER = ("private", "no-store", "no-cache")


@dataclass(frozen=True)
class Policy:
    """How a request is treated: eligible or not, and an edge lifetime in seconds that overrides the origin's."""

    eligible: bool
    bypassed: bool = False
    lifetime: int | None = None


@dataclass(frozen=True)
class Kept:
    """An answer in the cache, with the times (seconds since the epoch) it was stored at and is fresh until."""

    answer: Answer
    stored: float
    until: float


class Cache:
    """Answers by address, the oldest dropped first; in memory only, so that a restarted edge begins cold."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, Kept] = OrderedDict()

    def find(self, request: Request) -> Kept | None:
        """Return what is kept for the request's address, fresh or not."""
        return self._kept.get(request.full_uri)

    def store(self, request: Request, answer: Answer, now: float, lifetime: int) -> None:
        """Keep the answer for `lifetime` seconds."""
        self._kept[request.full_uri] = Kept(answer, now, now + lifetime)
        self._kept.move_to_end(request.full_uri)
        while len(self._kept) > CAPACITY:
            self._kept.popitem(last=False)


def policy(zone: Zone, request: Request) -> Policy:
    """Return how the zone's cache rules treat the request; where several match, the last one decides."""
    extension = request.path.rpartition("/")[2].rpartition(".")[2].lower()
    found = Policy(eligible=extension in EXTENSIONS)
    for rule in zone.phase("http_request_cache_settings"):
        if matches(rule["expression"], request):
            parameters = rule["actionParameters"]
            ttl = parameters.get("edgeTtl") or {}
            override = int(ttl["default"]) if ttl.get("mode") == "override_origin" else None
            cached = bool(parameters.get("cache", found.eligible))
            found = Policy(cached, bypassed=not cached, lifetime=override)
    if request.method not in ("GET", "HEAD"):
        return Policy(False)
    if "authorization" in request.headers:
        return Policy(False, bypassed=True)
    return found


def lifetime(wanted: Policy, answer: Answer) -> int:
    """Return for how many seconds an eligible answer may be kept; 0 when it may not."""
    control = answer.header("cache-control").lower()
    if answer.status != 200 or answer.header("set-cookie"):
        return 0
    if wanted.lifetime is not None:
        return wanted.lifetime
    if any(word in control for word in _NEVER):
        return 0
    ages = {name: int(seconds) for name, seconds in _AGE.findall(control)}
    return ages.get("s-maxage", ages.get("max-age", DEFAULT_TTL))
