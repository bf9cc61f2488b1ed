"""Intents that were written as documents and never got a status: those of the last days, and a seventh of all."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from handlers.intent_kinds import KINDS
from handlers.rounds.pages import MOST_ALTERNATIVES, Outside, Page, Window, batched, in_time, tombstones
from handlers.work import intent_retention, statuses
from handlers.work.documents import PATH, Found, Query
from handlers.work.odd_documents import plain, spared

PLACE = re.compile(r"users/([^/]{1,128})/intents/([^/]{1,1500})")
SETTLING = timedelta(hours=1)  # what is younger may still be on its way
SIZE = 300


def changed(outside: Outside, window: Window, after: str) -> Page:
    """Look at the intents that were made since the last round."""
    begin, end = window.since - SETTLING, window.until - SETTLING
    made = (("kind", "in", sorted(KINDS)), ("createdAt", ">", begin), ("createdAt", "<=", end))
    query = Query("intents", made, "createdAt", SIZE, everywhere=True)
    return _page(outside, window, *in_time(outside.documents, query, after))


def every(outside: Outside, window: Window, after: str) -> Page:
    """Look at all intents, by their paths."""
    found = outside.documents.find(Query("intents", limit=SIZE, after=after, everywhere=True))
    return _page(outside, window, found, found[-1].path if len(found) == SIZE else None)


def _page(outside: Outside, window: Window, found: Sequence[Found], after: str | None) -> Page:
    """Have the intents without a status accepted, and delete those that were kept long enough."""
    intents = [(place[1], place[2], each) for each in found if (place := PLACE.fullmatch(each.path))]
    stones = tombstones(outside.documents, (user_id for user_id, _, _ in intents))
    left = []
    for user_id, client_id, each in intents:
        if intent_retention.is_over(each, user_id, window.until, lambda path: {} if path in stones else None):
            outside.documents.delete(each.path)
        elif not _is_young(each, window.until):
            left.append((user_id, client_id, each))
    forgotten = 0
    for user_id, client_id, each in _without_status(outside, left):
        with spared(outside.log, each.path):
            outside.take(user_id, client_id, plain(each.fields))
            forgotten += 1
    return Page(len(found), after, forgotten=forgotten)


def _is_young(found: Found, now: datetime) -> bool:
    """Tell whether an intent may still be on its way; its time may be of any type."""
    created = found.fields.get("createdAt")
    return isinstance(created, datetime) and now - created < SETTLING


def _without_status(outside: Outside, intents: Sequence[tuple[str, str, Found]]) -> Iterator[tuple[str, str, Found]]:
    """Yield the intents that have no status. Counting costs one read for all of a batch, where nothing is missing."""
    for some in batched(intents, MOST_ALTERNATIVES):
        paths = [statuses.path(user_id, client_id) for user_id, client_id, _ in some]
        if outside.documents.count(Query("statuses", ((PATH, "in", paths),), everywhere=True)) < len(paths):
            missing = [each for each, path in zip(some, paths, strict=True) if outside.documents.get(path) is None]
            yield from missing
