"""Decides which revisions served before the last change of the services; pure.

All services run one image, so the last change is either a new image, which gave each of them a new revision, or new
settings, which gave some of them one and left the image. Cloud Run keeps the revisions, not which change made them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

TOGETHER = timedelta(minutes=5)  # revisions of one `up` that leaves the image are made within it


@dataclass(frozen=True)
class Revision:
    """One revision that became ready: its short name, its image by digest, and when it was made."""

    name: str
    image: str
    created: datetime


@dataclass(frozen=True)
class RunningService:
    """A service with its ready revisions, the newest first.

    `serving` maps the names of revisions to percent of the requests; it is empty where the newest one gets them all.
    """

    name: str
    revisions: tuple[Revision, ...]
    serving: Mapping[str, float]

    @property
    def newest(self) -> Revision:
        """The revision that a deployment made last."""
        return self.revisions[0]

    def is_at(self, revision: Revision) -> bool:
        """Tell whether all requests go to that revision, by its name."""
        return dict(self.serving) == {revision.name: 100}


def former(services: Sequence[RunningService]) -> dict[str, Revision]:
    """Return for each service that the last change touched its revision before it; none where there was no other."""
    changed = [service for service in services if len(service.revisions) > 1]
    if not changed:
        return {}
    last = max(changed, key=lambda service: service.newest.created)
    if last.newest.image != last.revisions[1].image:
        return _with_another_image(services, last.newest.image)
    since = last.newest.created - TOGETHER
    return {
        service.name: service.revisions[1]
        for service in changed
        if service.newest.created >= since and service.newest.image == service.revisions[1].image
    }


def with_image(services: Sequence[RunningService], image: str) -> dict[str, Revision]:
    """Return for each service its newest revision of that image; services that never ran it are left out."""
    found = {service.name: _first(service, lambda revision: revision.image == image) for service in services}
    return {name: revision for name, revision in found.items() if revision}


def _with_another_image(services: Sequence[RunningService], image: str) -> dict[str, Revision]:
    """Return the newest revision with another image, for services whose newest one runs `image`."""
    found = {
        service.name: _first(service, lambda revision: revision.image != image)
        for service in services
        if service.revisions and service.newest.image == image
    }
    return {name: revision for name, revision in found.items() if revision}


def _first(service: RunningService, fits: Callable[[Revision], bool]) -> Revision | None:
    return next((revision for revision in service.revisions if fits(revision)), None)
