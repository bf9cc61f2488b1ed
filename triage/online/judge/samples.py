"""Samples of Firestore documents: records that name no user, and records that are there twice."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from itertools import pairwise
from typing import Any

from triage.model import Hit
from triage.online.answers import Answers, Row, inside
from triage.online.judge.records import USERS, hit, ids, moment
from triage.project.schema import ABOUT_USERS, USER_ID

ONCE = re.compile(
    r"(?i)^(stripe_?)?(event|session|payment_?intent|charge|invoice|checkout_?session|order|transaction|idempotency"
    r"|request|ticket)_?(id|key|number)$|^(payment_?intent|idempotency_?key)$"
)
CLOCK = re.compile(r"(?i)(at|date|time|timestamp|on)$|^(id|uuid)$")
CLOSE = timedelta(minutes=2)  # two equal records within that time are one that was sent twice


def judge(answers: Answers) -> Iterator[Hit]:
    """Yield what the samples show of the data model and of doubled work."""
    groups: dict[str, list[Row]] = defaultdict(list)
    for row in answers.of("firestore/documents"):
        groups[str(row.get("collection"))].append(row)
    for name, rows in groups.items():
        if ABOUT_USERS.match(name.rsplit("/", 1)[-1]):
            lacking = [row for row in rows if not any(USER_ID.search(key) for key in inside(row, "fields"))]
            if lacking and "users/" not in name:
                words = f"{len(lacking)} of {len(rows)} documents in {name} carry no user id."
                yield hit("online.data.no-user", name, words, ids(lacking))
        doubled = list(_doubled(rows)) if name not in USERS else []
        if doubled:
            words = f"{len(doubled)} records in {name} are there more than once."
            yield hit("online.data.double", name, words, doubled)


def _doubled(rows: Sequence[Row]) -> Iterator[str]:
    """Yield the ids of documents that are one: the same key of another system, or the same but for their clocks."""
    told: set[str] = set()
    for key in sorted({key for row in rows for key in inside(row, "fields") if ONCE.search(key)}):
        by_value: dict[str, list[str]] = defaultdict(list)
        for row in rows:
            value = inside(row, "fields").get(key)
            if isinstance(value, str) and len(value) >= 4:
                by_value[value].append(str(row.get("id")))
        if len([one for one in by_value.values() if len(one) > 1]) > len(by_value) / 2 and len(by_value) < 3 < len(
            rows
        ):
            continue  # a key that nearly all share belongs to something else
        for found in by_value.values():
            if len(found) > 1 and not told & set(found):
                told |= set(found)
                yield "+".join(found)
    yield from _same(rows, told)


def _same(rows: Sequence[Row], told: set[str]) -> Iterator[str]:
    by_content: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        content = _content(inside(row, "fields"))
        if content != "{}" and str(row.get("id")) not in told:
            by_content[content].append(row)
    for found in by_content.values():
        made = sorted((when, str(row.get("id"))) for row in found if (when := moment(row.get("createTime"))))
        for (first, one), (second, other) in pairwise(made):
            if second - first <= CLOSE:
                yield f"{one}+{other}"
                break


def _content(fields: Mapping[str, Any]) -> str:
    kept = {key: value for key, value in fields.items() if not CLOCK.search(key)}
    return json.dumps(kept, sort_keys=True, default=str) if len(kept) >= 2 else "{}"
