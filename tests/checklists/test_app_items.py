"""What comments in the app accept, as an item of the handover."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from blueprint.finding import Finding, Status
from checklists.handover import Handover, ItemState
from checklists.pages.dates import endings
from checklists.render import to_html, to_markdown

Make = Callable[..., Handover]
HOLDS = Finding(
    "exemption.accepted",
    "client.payment.direct",
    Status.WARN,
    "a reason and a day",
    "accepted until 2027-01-31 at lib/a.dart:1: we migrate in January",
    fix="Repair it by 2027-01-31.",
)
ENDED = Finding(
    "exemption.ended",
    "client.crm.direct",
    Status.FAIL,
    "a reason and a day",
    "accepted until 2026-11-01 at lib/b.dart:1: it was so",
    fix="Repair it and delete the comment.",
)


def state(made: Handover) -> ItemState | None:
    return next((line.state for line in made.lines if line.item.id == "exemptions"), None)


def test_an_app_that_nobody_has_named_has_no_item(made: Make) -> None:
    assert state(made()) is None


def test_what_holds_is_to_be_fixed_and_what_has_ended_has_failed(made: Make) -> None:
    assert state(made(accepted=[])) is ItemState.REHEARSED
    assert state(made(accepted=[HOLDS])) is ItemState.WARNED
    assert state(made(accepted=[HOLDS, ENDED])) is ItemState.FAILED


def test_the_document_names_place_reason_and_day(made: Make) -> None:
    document = made(accepted=[HOLDS, ENDED])
    for text in (to_html(document), to_markdown(document)):
        assert "accepted until 2027-01-31 at lib/a.dart:1: we migrate in January" in text
        assert "Repair it and delete the comment." in text


def test_the_first_day_that_is_ahead_stands_among_what_ends(made: Make) -> None:
    found = [one for one in endings(made(accepted=[ENDED, HOLDS, HOLDS])) if one.what.startswith("exemption")]
    assert [(one.on, one.what) for one in found] == [
        (date(2027, 1, 31), "exemption from client.payment.direct and 1 more")
    ]
