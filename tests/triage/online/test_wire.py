"""Zendesk and Google, as their references say that they answer: pages, empty answers, refusals."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
import wire
from planted import good, rows_of
from test_live import ASKED, told

from triage.online.answers import RefusedError
from triage.online.judge import services
from triage.online.questions import QUESTIONS

BODIES = wire.bodies()
EACH = {
    name: [row] for name, row in {"iam/keys": {"name": wire.ACCOUNT_NAME}, "run/services": {"name": wire.PLACE}}.items()
}


def each_of(name: str) -> list[dict[str, Any]]:
    """The rows that a question is asked about."""
    if name == "monitoring/crossings":
        return [wire.policy([wire.WATCHED])]
    return EACH.get(name, [])


@pytest.mark.parametrize("name", sorted(BODIES))
def test_every_page_is_read_and_none_more(name: str) -> None:
    source, transport = told(*(httpx.Response(200, json=page) for page in BODIES[name]))
    assert source.ask(ASKED[name], each_of(name)) == rows_of(name, BODIES[name])
    assert len(transport.seen) == len(BODIES[name])


@pytest.mark.parametrize("name", sorted(name for name, pages in BODIES.items() if len(pages) > 1))
def test_the_next_page_is_asked_for_by_the_cursor_of_the_last(name: str) -> None:
    source, transport = told(*(httpx.Response(200, json=page) for page in BODIES[name]))
    source.ask(ASKED[name], each_of(name))
    first = BODIES[name][0]
    token = first.get("nextPageToken") or first["meta"]["after_cursor"]
    second = transport.seen[1]
    asked = json.loads(second.content) if second.content else dict(second.url.params)
    assert asked[ASKED[name].cursor] == token


@pytest.mark.parametrize("name", sorted(name for name in BODIES if ASKED[name].rows))
def test_an_account_that_has_none_answers_without_the_list(name: str) -> None:
    assert told(httpx.Response(200, json={}))[0].ask(ASKED[name], each_of(name)) == []


@pytest.mark.parametrize(
    ("name", "status", "body", "words"),
    [(question.id, *refusal) for question in QUESTIONS for refusal in wire.REFUSALS.get(question.service, ())],
)
def test_a_refusal_is_told_in_the_words_of_the_vendor(name: str, status: int, body: wire.Body, words: str) -> None:
    with pytest.raises(RefusedError, match=words):
        told(httpx.Response(status, json=body))[0].ask(ASKED[name], each_of(name))


def test_a_vendor_that_names_a_day_to_come_back_on_is_asked_again() -> None:
    busy = httpx.Response(429, text="slow", headers={"Retry-After": "Sun, 29 Nov 2026 12:00:00 GMT"})
    source, transport = told(busy, httpx.Response(200, json={}))
    assert source.ask(ASKED["zendesk/triggers"], ()) == []
    assert len(transport.seen) == 2


def test_services_are_asked_for_in_each_region() -> None:
    source, transport = told(httpx.Response(200, json={}))
    source.ask(ASKED["run/services"], [{"name": wire.PLACE}, {"name": "projects/acme/locations/us-east1"}])
    assert [one.url.path for one in transport.seen] == [
        "/v2/projects/acme/locations/europe-west1/services",
        "/v2/projects/acme/locations/us-east1/services",
    ]


def test_a_condition_is_asked_for_as_it_counts() -> None:
    ratio = {**wire.WATCHED, "conditionThreshold": {**wire.THRESHOLD, "denominatorFilter": 'metric.type="x"'}}
    twice = {
        **wire.WATCHED,
        "conditionThreshold": {**wire.THRESHOLD, "aggregations": [*wire.THRESHOLD["aggregations"]] * 2},
    }
    source, transport = told(httpx.Response(200, json={}))
    source.ask(ASKED["monitoring/crossings"], [wire.policy([wire.WATCHED, ratio, twice])])
    first, second = (one.url.params for one in transport.seen)  # no series holds a ratio
    assert first.get_list("aggregation.groupByFields") == wire.THRESHOLD["aggregations"][0]["groupByFields"]
    assert "secondaryAggregation.perSeriesAligner" not in first
    assert second["secondaryAggregation.perSeriesAligner"] == "ALIGN_DELTA"


def test_both_generations_of_functions_are_known_by_what_they_log() -> None:
    found = services.services(good()["logging/entries"])
    assert {name: service.requests for name, service in found.items()} == {"webhook": 1, "synccrm": 1, "oldSync": 1}
    assert services.logged_as(wire.function("syncCrm", "GEN_2")) == "synccrm"
    assert services.logged_as(wire.function("oldSync", "GEN_1")) == "oldSync"


@pytest.mark.parametrize(
    ("how", "failed"),
    [
        (" code: 200", 0),
        (": 'ok'", 0),
        (": 'timeout'", 1),
        (": 'crash'", 1),
        (": 'connection error'", 1),
        (" code: 503", 1),
    ],
)
def test_an_execution_counts_by_how_it_ended(how: str, failed: int) -> None:
    service = services.services([wire.ended("oldSync", how)])["oldSync"]
    assert (service.requests, len(service.errors)) == (1, failed)


def test_a_request_that_found_no_container_was_refused() -> None:
    words = "The request was aborted because there was no available instance."
    assert services.services([wire.request("webhook", 429, words)])["webhook"].refused == 1
    assert services.services([wire.request("webhook", 429, "")])["webhook"].refused == 0
