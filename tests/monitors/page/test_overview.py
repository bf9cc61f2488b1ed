from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from html.parser import HTMLParser

import pytest

from blueprint.sunsets import Sunset
from monitors.page.overview import Checks, Incident, Known, Link, Mail, Mood, overview
from monitors.page.render import to_html

NOW = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)
SUNSET = Sunset("x", "Old log-in", date(2026, 12, 9), "It stops.", "The new one.", "", "a page", "V", NOW.date())
ANSWERS = {
    "requests": {"": 600.0},
    "requests_a_minute": {"": 9.6},
    "turned_away": {"": 30.0},
    "failed": {},
    "p95": {"": 120.4},
    "events": {"processed": 1200.0, "final_failure": 2.0},
    "missed": {"": 0.0},
    "tried": {"crm": 40.0},
    "done": {"crm": 38.0},
    "depth": {"crm": 1.0},
    "places": {"usa-iowa": 1.0, "eur-belgium": 1.0},
    "certificate": {"": 61.2},
}
CALM = Known(
    "local",
    "acme.test",
    True,
    NOW,
    ANSWERS,
    [],
    [Mail("oncall@acme.test", "<b>hello</b>", NOW)],
    {"new": 2, "resolved": 5},
    Checks({"E-mail": (47, 47)}, NOW),
    [SUNSET],
    [Link("Logs", "https://console.cloud.google.com/logs")],
)
OUTAGE = Incident("api.acme.test cannot be reached", "CRITICAL", NOW - timedelta(minutes=12), None)


class Text(HTMLParser):
    """Collects what a page says, and which addresses it has."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.addresses: list[str] = []
        self._hidden = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._hidden = tag in ("style", "script")
        self.addresses += [value or "" for name, value in attrs if name in ("src", "href")]

    def handle_data(self, data: str) -> None:
        if not self._hidden and data.strip():
            self.words.append(" ".join(data.split()))


def shown(known: Known) -> Text:
    return Text(to_html(overview(known), "nonce"))


def test_a_calm_launch_says_so_in_its_first_line() -> None:
    page = overview(CALM)
    assert (page.headline, page.mood) == ("All is calm.", Mood.GOOD)


@pytest.mark.parametrize(("severity", "mood"), [("CRITICAL", Mood.BAD), ("ERROR", Mood.BAD), ("WARNING", Mood.WARN)])
def test_an_open_alert_is_the_headline(severity: str, mood: Mood) -> None:
    page = overview(replace(CALM, incidents=[replace(OUTAGE, severity=severity)]))
    assert (page.headline, page.mood) == ("One alert is open.", mood)
    assert OUTAGE.title in shown(page.known).words


def test_an_alert_that_closed_is_history() -> None:
    page = overview(replace(CALM, incidents=[replace(OUTAGE, closed=NOW)]))
    assert (page.headline, page.past) == ("All is calm.", (replace(OUTAGE, closed=NOW),))


@pytest.mark.parametrize("change", [{"unknown": ("measurements",)}, {"answers": {}}])
def test_what_is_not_known_is_never_calm(change: dict[str, object]) -> None:
    page = overview(replace(CALM, **change))  # type: ignore[arg-type]
    assert (page.headline, page.mood) == ("No alert is open, but not everything is known.", Mood.NONE)
    assert to_html(page, "n")


def test_the_way_of_a_request_shows_what_passed_each_stop() -> None:
    stops = {stop.name: stop for stop in overview(CALM).path}
    assert list(stops) == ["The world", "Door", "Events", "Intake", "Payments", "CRM", "Helpdesk", "Mail", "Sign-in"]
    assert [figure.value for figure in stops["Door"].figures] == ["600", "30", "0"]
    assert [figure.value for figure in stops["Events"].figures] == ["1,200", "2", "0"]
    assert [figure.value for figure in stops["CRM"].figures] == ["38", "2", "1"]
    assert [figure.value for figure in stops["Mail"].figures] == ["–", "–", "–"]


@pytest.mark.parametrize(
    ("answers", "stop", "mood"),
    [
        ({"failed": {"": 13.0}}, "Door", Mood.BAD),
        ({"failed": {"": 1.0}}, "Door", Mood.WARN),
        ({"failed": {"": 0.0}}, "Door", Mood.GOOD),
        ({"requests": {}}, "Door", Mood.NONE),
        ({"places": {"usa-iowa": 0.0, "eur-belgium": 1.0}}, "The world", Mood.BAD),
        ({"events": {"final_failure": 3.0, "processed": 200.0}}, "Events", Mood.BAD),
        ({"done": {}, "depth": {"crm": 4.0}}, "CRM", Mood.WARN),
    ],
)
def test_a_stop_shows_how_it_stands(answers: dict[str, dict[str, float]], stop: str, mood: Mood) -> None:
    found = overview(replace(CALM, answers={**ANSWERS, **answers}))
    assert {each.name: each.mood for each in found.path}[stop] is mood


@pytest.mark.parametrize(
    ("answers", "name", "mood"),
    [
        ({"p95": {"": 501.0}}, "95 % answered within", Mood.WARN),
        ({"p95": {"": 1001.0}}, "95 % answered within", Mood.BAD),
        ({"certificate": {"": 13.9}}, "Certificate", Mood.BAD),
        ({"certificate": {"": 29.0}}, "Certificate", Mood.WARN),
        ({"certificate": {}}, "Certificate", Mood.NONE),
    ],
)
def test_a_figure_shows_how_it_stands(answers: dict[str, dict[str, float]], name: str, mood: Mood) -> None:
    found = overview(replace(CALM, answers={**ANSWERS, **answers}))
    assert {each.name: each.mood for each in found.figures}[name] is mood


@pytest.mark.parametrize(
    ("p95", "value"), [(120.4, "120 ms"), (999.0, "999 ms"), (1_240.0, "1.24 s"), (10_000.0, "10 s")]
)
def test_a_long_wait_is_shown_in_seconds(p95: float, value: str) -> None:
    found = overview(replace(CALM, answers={**ANSWERS, "p95": {"": p95}})).figures
    assert {each.name: each.value for each in found}["95 % answered within"] == value


def test_only_tickets_that_are_not_resolved_are_open() -> None:
    assert {each.name: each.value for each in overview(CALM).figures}["Open tickets"] == "2"


def test_what_ended_or_ends_much_later_is_left_out() -> None:
    rows = [replace(SUNSET, id=str(days), on=NOW.date() + timedelta(days=days)) for days in (-1, 0, 30, 31, 270, 271)]
    found = overview(replace(CALM, sunsets=rows)).endings
    assert [(each.days, each.mood) for each in found] == [
        (0, Mood.BAD),
        (30, Mood.WARN),
        (31, Mood.NONE),
        (270, Mood.NONE),
    ]


def test_what_others_wrote_is_shown_as_text_and_nothing_comes_from_elsewhere() -> None:
    page = shown(CALM)
    assert "<b>hello</b>" in page.words
    assert page.addresses == ["data:,", "https://console.cloud.google.com/logs"]


def test_the_page_of_a_stack_whose_mails_and_tickets_cannot_be_seen_says_so() -> None:
    words = " ".join(shown(replace(CALM, is_rehearsal=False, stack="prod", mails=None, tickets=None)).words)
    assert "Could not be read." in words
    assert "The mail provider's log shows them." in words
    assert "stack prod" in words


@pytest.mark.parametrize(
    ("until", "value", "mood"),
    [
        (None, "–", Mood.NONE),
        (date(2026, 11, 30), "1 day", Mood.GOOD),
        (date(2026, 12, 9), "10 days", Mood.GOOD),
        (date(2026, 11, 28), "-1 days", Mood.BAD),
    ],
)
def test_how_long_dnssec_signatures_last_stands_beside_the_certificate(
    until: date | None, value: str, mood: Mood
) -> None:
    (shown,) = [each for each in overview(replace(CALM, signed_until=until)).figures if each.name == "DNSSEC"]
    assert (shown.value, shown.mood) == (value, mood)


def test_probes_are_shown_where_they_are_counted_and_only_there() -> None:
    world = overview(replace(CALM, answers={**ANSWERS, "probes": {"": 4.0}})).path[0]
    assert [(each.name, each.value) for each in world.figures] == [("places", "2 of 2"), ("probes an hour", "4")]
    assert [each.name for each in overview(CALM).path[0].figures] == ["places"]
