"""Which revision gets a request: the shares of a service's traffic, to its latest revision or to one that is named.

https://cloud.google.com/run/docs/reference/rest/v2/TrafficTarget
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

BY_LATEST = "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST"
BY_REVISION = "TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION"
WHOLE = 100  # percent
LATEST = ""  # in place of a revision's name: the newest one that became ready


@dataclass(frozen=True)
class Share:
    """A part of the requests, in percent, and the revision that they go to (LATEST for the newest ready one)."""

    revision: str
    percent: float


Traffic = tuple[Share, ...]
LATEST_ALONE: Traffic = (Share(LATEST, WHOLE),)


def read(targets: Sequence[Mapping[str, Any]] | None) -> Traffic:
    """Return the shares of traffic targets as a resource has them; without any, the latest revision gets all."""
    shares = tuple(Share(_revision(target), float(target.get("percent") or 0)) for target in targets or ())
    return tuple(share for share in shares if share.percent) or LATEST_ALONE


def chosen(traffic: Traffic, draw: float) -> str:
    """Return the revision for a request, or LATEST; `draw` is a random number, at least 0 and below 1."""
    reached, wanted = 0.0, draw * sum(share.percent for share in traffic)
    for share in traffic:
        reached += share.percent
        if wanted < reached:
            return share.revision
    return traffic[-1].revision


def _revision(target: Mapping[str, Any]) -> str:
    return str(target.get("revision") or LATEST) if target.get("type") == BY_REVISION else LATEST
