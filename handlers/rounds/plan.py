"""The order of a round's steps, and how the place in it moves: decisions without any I/O.

A round first looks at what changed since the one before, and then at a seventh of everything; each of those walks keeps
its own place and begins again when a week is over. The first round of all has no round before it and walks everything.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Self

from handlers.rounds import intents, people, subscriptions
from handlers.rounds.pages import Page, Step, Window
from handlers.work.documents import Fields

NIGHTS = 7
LAST_NIGHT = timedelta(days=NIGHTS - 1, hours=-1)  # from then on a walk goes to its end, however much has come

CHANGED: Mapping[str, Step] = {
    "changed subscriptions": subscriptions.of_events,
    "changed users": people.of_events,
    "new accounts": people.new_accounts,
    "new intents": intents.changed,
}
WALKS: Mapping[str, Step] = {
    "subscriptions": subscriptions.every,  # before the users, whose plans it vouches for
    "users": people.every_user,
    "accounts": people.every_account,
    "intents": intents.every,
}
STEPS: Mapping[str, Step] = {**CHANGED, **WALKS, "tickets": people.unopened_tickets}
ORDER = tuple(STEPS)


@dataclass(frozen=True)
class Walk:
    """A walk over everything of one kind: where it goes on, how many it has seen of how many there were last time.

    `total` is -1 before the first walk has ended, `tonight` how many it may still see in this round, and `begun` when
    it began; None while it has not.
    """

    after: str = ""
    seen: int = 0
    total: int = -1
    tonight: int = 0
    begun: datetime | None = None


@dataclass(frozen=True)
class Round:
    """A round and its place: the `step` it is at, empty at the end, and where that goes on. `number` counts pages."""

    number: int = 0
    step: str = ""
    after: str = ""
    since: datetime | None = None
    until: datetime | None = None
    moved: datetime | None = None
    walks: Mapping[str, Walk] = field(default_factory=dict)

    @classmethod
    def parse(cls, fields: Fields | None) -> Self:
        """Return the round that `fields` describe."""
        kept = dict(fields or {})
        walks = {name: Walk(**walk) for name, walk in dict(kept.pop("walks", None) or {}).items()}
        return cls(**kept, walks=walks)

    @property
    def fields(self) -> Fields:
        """The round as it is stored."""
        return asdict(self)

    @property
    def window(self) -> Window:
        """What the round looks at; raises ValueError before one has begun."""
        if self.until is None:
            raise ValueError("no round has begun")
        return Window(self.since or self.until, self.until)


def begun(before: Round, now: datetime) -> Round:
    """Return a new round after one that has ended; one that has not goes on, so that nothing is passed over."""
    if before.step:
        return replace(before, moved=now)
    walks = {name: _tonight(before.walks.get(name, Walk()), now) for name in WALKS}
    first = next(iter(CHANGED if before.until else WALKS))
    made = replace(before, step=first, after="", since=before.until, until=now, moved=now, walks=walks)
    return replace(made, number=before.number + 1, after=_place(made, first))


def gone_on(here: Round, page: Page, now: datetime) -> Round:
    """Return the round after a page."""
    there = replace(here, number=here.number + 1, moved=now)
    if here.step in WALKS:
        walk = _walked(here.walks[here.step], page)
        there = replace(there, walks={**here.walks, here.step: walk})
        is_over = page.after is None or walk.tonight <= 0
    else:
        is_over = page.after is None
    if not is_over:
        return replace(there, after=str(page.after))
    following = next(iter(ORDER[ORDER.index(here.step) + 1 :]), "")
    return replace(there, step=following, after=_place(there, following))


def progress(here: Round) -> Mapping[str, Any]:
    """Return how far each walk has come, in percent of what there was at its last time."""
    return {
        name: min(100, 100 * walk.seen // walk.total) if walk.total > 0 else (0 if walk.begun else 100)
        for name, walk in here.walks.items()
    }


def _tonight(walk: Walk, now: datetime) -> Walk:
    is_new = walk.begun is None
    begun_at = now if walk.begun is None else walk.begun
    is_to_end = walk.total < 0 or now - begun_at >= LAST_NIGHT
    share = -(-max(walk.total, 1) // NIGHTS)
    allowed = _NO_END if is_to_end else share
    return replace(walk, begun=begun_at, tonight=allowed, seen=0 if is_new else walk.seen)


def _walked(walk: Walk, page: Page) -> Walk:
    seen = walk.seen + page.seen
    if page.after is None:
        return Walk(total=seen)
    return replace(walk, after=page.after, seen=seen, tonight=walk.tonight - page.seen)


def _place(here: Round, step: str) -> str:
    return here.walks[step].after if step in WALKS else ""


_NO_END = 2**53
