"""`./launch tickets` against a running stack."""

from __future__ import annotations

import json
from typing import Any

import pytest

pytestmark = pytest.mark.stack


@pytest.fixture(scope="module")
def ticket(launch: Any) -> str:
    """A ticket that the flows left behind: an agent has replied to it at the helpdesk."""
    found = [json.loads(line) for line in launch.run("tickets", "list", "--json").stdout.splitlines()]
    return str(next(each["ticket"] for each in found if each["state"] == "waiting_on_user"))


def state(launch: Any, *arguments: str) -> str:
    done = launch.run("tickets", *arguments, "--by", "ben", "--json")
    assert done.returncode == 0, done.stderr
    return str(json.loads(done.stdout)["state"])


def history(launch: Any, ticket: str) -> list[dict[str, str]]:
    lines = launch.run("tickets", "show", ticket, "--json").stdout.splitlines()
    return [step for step in map(json.loads, lines) if "step" in step]


def test_a_ticket_is_taken_answered_and_closed_from_the_command_line(launch: Any, ticket: str) -> None:
    assert state(launch, "assign", ticket) == "assigned"
    assert state(launch, "reply", ticket, "--text", "Have you tried it off and on? 🔌") == "waiting_on_user"
    refused = launch.run("tickets", "resolve", ticket)
    assert refused.returncode == 2
    assert "a ticket that is waiting_on_user takes no resolve: it takes assign or reply" in refused.stderr
    state(launch, "assign", ticket)
    assert state(launch, "resolve", ticket) == "resolved"
    shown = launch.run("tickets", "show", ticket).stdout
    assert "Have you tried it off and on? 🔌" in shown
    assert [step["act"] for step in history(launch, ticket) if step["by"] == "ben"] == [
        "assign",
        "reply",
        "assign",
        "resolve",
    ]


def test_a_ticket_that_is_not_there_is_wrong_usage(launch: Any) -> None:
    done = launch.run("tickets", "show", "tkt_nothing")
    assert (done.returncode, "There is no ticket tkt_nothing." in done.stderr) == (2, True)


def test_a_draft_is_shown_and_the_very_text_is_sent_once_it_is_approved(launch: Any, ticket: str) -> None:
    assert launch.run("accept", "--red-team", "--json").returncode == 0
    new = launch.run("tickets", "list", "--state", "new", "--limit", "1", "--json").stdout
    attacked = json.loads(new)["ticket"]
    assert state(launch, "assign", attacked) == "assigned"
    draft = json.loads(launch.run("tickets", "draft", attacked, "--json").stdout)
    assert "[simulated draft]" in draft["text"]
    assert launch.run("tickets", "approve", attacked, "--hash", "0" * 64).returncode == 2
    assert state(launch, "approve", attacked, "--hash", draft["hash"]) == "waiting_on_user"
    assert draft["text"].splitlines()[0] in launch.run("tickets", "show", attacked).stdout
