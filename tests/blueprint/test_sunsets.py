from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from blueprint.finding import Status
from blueprint.sunsets import by_id, table

TODAY = date(2026, 11, 29)


def test_what_has_ended_fails_and_what_will_end_warns() -> None:
    assert by_id("google-nodejs20").status(TODAY) is Status.FAIL
    assert by_id("firebase-extensions").status(TODAY) is Status.WARN
    assert by_id("firebase-extensions").status(date(2027, 2, 27)) is Status.WARN


def test_a_row_that_was_not_checked_for_90_days_is_unknown() -> None:
    row = by_id("google-nodejs20")
    assert row.status(row.checked + timedelta(days=90)) is Status.FAIL
    assert row.status(row.checked + timedelta(days=91)) is Status.UNKNOWN
    assert "last looked up" in row.in_words(row.checked + timedelta(days=91))


def test_a_row_that_nobody_could_confirm_is_unknown_on_any_day_and_says_why() -> None:
    row = by_id("apple-ios27-sdk")
    assert row.unconfirmed
    assert [row.status(day) for day in (TODAY, date(2027, 6, 1))] == [Status.UNKNOWN, Status.UNKNOWN]
    assert row.in_words(TODAY) == f"{row.what}: said to end on {row.on}, but unconfirmed: {row.unconfirmed}."
    assert row.label == f"{row.what} (day unconfirmed)"
    sure = replace(row, unconfirmed="")
    assert sure.status(TODAY) is Status.WARN
    assert sure.label == row.what


def test_a_row_that_rests_on_third_parties_says_so() -> None:
    for row in table():
        assert row.sure == "V" or "third part" in row.source or "as quoted in" in row.source, row.id


def test_the_last_of_two_steps_decides() -> None:
    row = by_id("google-nodejs22")
    fresh = replace(row, checked=date(2027, 10, 1))
    assert fresh.status(date(2027, 10, 30)) is Status.WARN
    assert fresh.status(date(2027, 10, 31)) is Status.FAIL


def test_a_mild_row_warns_afterwards_too() -> None:
    assert by_id("gha-node20-actions").status(TODAY) is Status.WARN


def test_each_row_is_whole() -> None:
    assert len(table()) >= 40
    for row in table():
        assert all((row.source, row.instead, row.breaks, row.detect)), row.id
        assert row.sure in {"V", "T"}, row.id
        assert row.checked <= TODAY, row.id
        assert row.in_words(TODAY).startswith(row.what), row.id


def test_a_row_without_a_source_cannot_be_made() -> None:
    with pytest.raises(ValueError, match="names no source"):
        replace(table()[0], source="")
