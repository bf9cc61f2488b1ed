"""All that the answers of accounts show, as hits."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime

from triage.model import Hit
from triage.online.answers import Answers
from triage.online.judge import access, desk, payments, people, samples, services, watch


def judged(answers: Answers, handled: Collection[str], app_version: str, now: datetime) -> Iterator[Hit]:
    """Yield every hit; `handled` are the event types that the code handles, `app_version` is the pubspec's."""
    yield from payments.judge(answers, handled, now)
    yield from people.judge(answers)
    yield from desk.judge(answers)
    yield from samples.judge(answers)
    yield from services.judge(answers)
    yield from access.judge(answers, now)
    yield from watch.judge(answers, app_version, now)
