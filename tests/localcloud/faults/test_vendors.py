"""What a caller sees of a vendor's stand-in with a fault, and what was done nevertheless."""

from __future__ import annotations

import time
from contextlib import suppress

import pytest
import requests

from localcloud.base import ports
from localcloud.base.process import on_thread
from localcloud.base.world import World
from localcloud.faults import TARGETS
from localcloud.saas.server import serve

ME = {"Authorization": "Bearer pat-1"}
CONTACTS = "/crm/objects/2026-09/contacts"


class Crm:
    """The CRM and the door that switches its faults."""

    def __init__(self, address: str) -> None:
        self.url = f"http://{address}"

    def create(self, name: str, timeout: float = 5.0) -> requests.Response:
        body = {"properties": {"firstname": name}}
        return requests.post(self.url + CONTACTS, json=body, headers=ME, timeout=timeout)

    def names(self) -> list[str]:
        found = requests.get(f"{self.url}{CONTACTS}?limit=100", headers=ME, timeout=5).json()["results"]
        return [each["properties"]["firstname"] for each in found]

    def switch(self, **fault) -> requests.Response:
        return requests.post(f"{self.url}/_rehearsal/faults", json=fault, timeout=5)

    def on(self) -> list[dict]:
        found: list[dict] = requests.get(f"{self.url}/_rehearsal/faults", timeout=5).json()["faults"]
        return found

    def heal(self, query: str = "") -> None:
        assert requests.delete(f"{self.url}/_rehearsal/faults{query}", timeout=5).status_code == 204


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    ports.allocate(home)
    with on_thread(serve(home)):
        yield home


@pytest.fixture
def crm(home):
    found = Crm(ports.load(home).address("crm"))
    yield found
    found.heal()


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_refusal_is_answered_at_once_and_nothing_is_done(crm, status):
    crm.switch(target="crm", kind=str(status))
    answer = crm.create(f"refused {status}")
    assert answer.status_code == status
    assert ("retry-after" in answer.headers) == (status != 500)
    crm.heal()
    assert f"refused {status}" not in crm.names()
    assert crm.create("after").status_code == 201


def test_a_reset_connection_carries_no_answer_and_nothing_is_done(crm):
    crm.switch(target="crm", kind="reset")
    with pytest.raises(requests.ConnectionError, match="reset by peer"):
        crm.create("reset")
    crm.heal()
    assert "reset" not in crm.names()


def test_a_slow_stand_in_answers_after_five_seconds_and_sooner_when_it_is_healed(crm):
    crm.switch(target="crm", kind="slow")
    begun = time.monotonic()
    assert crm.create("slow", timeout=10).status_code == 201
    assert 5.0 <= time.monotonic() - begun < 9.0


def test_an_answer_that_is_cut_off_was_worked_for(crm):
    crm.switch(target="crm", kind="cut")
    with pytest.raises(requests.exceptions.ChunkedEncodingError, match="IncompleteRead"):
        crm.create("cut")
    crm.heal()
    assert crm.names().count("cut") == 1


def test_who_times_out_does_not_know_that_it_was_done(crm):
    crm.switch(target="crm", kind="late")
    with pytest.raises(requests.ReadTimeout):
        crm.create("late", timeout=0.5)
    crm.heal()
    assert crm.names().count("late") == 1


@pytest.mark.parametrize(("kind", "is_done"), [("hold", False), ("hold-after", True)])
def test_a_call_is_held_until_the_fault_is_switched_off(crm, kind, is_done):
    number = crm.switch(target="crm", kind=kind, match=["POST", f"held {kind}"]).json()["id"]
    with suppress(requests.ReadTimeout):
        crm.create(f"held {kind}", timeout=0.5)
    assert (f"held {kind}" in crm.names()) == is_done
    assert [each["met"] for each in crm.on()] == [1]
    crm.heal(f"?id={number}")
    assert crm.on() == []


def test_only_the_calls_that_a_fault_names_meet_it_and_only_so_often(crm):
    crm.switch(target="crm", kind="503", match=["POST", "chosen"], times=2)
    assert [crm.create(name).status_code for name in ("chosen", "other", "chosen", "chosen")] == [503, 201, 503, 201]
    assert crm.on() == []


def test_a_fault_of_one_stand_in_leaves_the_others_alone(crm):
    crm.switch(target="helpdesk", kind="503")
    assert crm.create("spared").status_code == 201


def test_a_forgotten_fault_heals_by_itself(crm):
    crm.switch(target="crm", kind="503", seconds=0.3)
    assert crm.create("soon").status_code == 503
    time.sleep(0.4)
    assert crm.create("soon").status_code == 201


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ({"target": "crm", "kind": "404"}, "the kinds are slow, reset, 429"),
        ({"target": "postbox", "kind": "503"}, f"the stand-ins are {', '.join(TARGETS)}"),
        ({"target": "crm", "kind": "503", "until": 3}, "unknown: until"),
        ({"target": "crm", "kind": "503", "match": "u1"}, "match must be a list"),
        ({"target": "crm", "kind": "503", "match": [""]}, "none of them empty"),
        ({"target": "crm", "kind": "503", "times": -1}, "times is -1"),
        ({"target": "crm", "kind": "503", "times": True}, "times must be a whole number"),
        ({"target": "crm", "kind": "503", "seconds": 86_400}, "at most 3600"),
        ({"target": "crm", "kind": "503", "seconds": "60"}, "seconds must be a number"),
    ],
)
def test_what_is_no_fault_is_refused_with_what_is(crm, fault, words):
    answer = crm.switch(**fault)
    assert answer.status_code == 400
    assert words in answer.json()["error"]
    assert crm.on() == []


def test_each_call_that_met_a_fault_stands_in_the_journal_without_its_body(crm, home):
    crm.switch(target="crm", kind="503", match=["journaled"])
    crm.create("journaled")
    world = World(home / "world.db")
    (entry,) = [each for each in world.journal("fault", "crm") if "journaled" in each.data["call"]]
    world.close()
    assert entry.data["kind"] == "503"
    assert entry.data["call"].startswith(f"POST {CONTACTS}\n")
