from __future__ import annotations

import pytest

from cli import reachability
from cli.prepared_stack import at_work
from engine.errors import LaunchError
from engine.home import Home
from engine.problems import Problem
from engine.pulumi import EngineError


def test_an_engine_that_fails_because_a_server_is_gone_names_the_server(home: Home) -> None:
    failed = EngineError("up", (Problem("service intake", "connection refused"),), home.logs / "engine.log")
    with pytest.raises(LaunchError, match="providers and firestore") as raised, at_work(home, "up"):
        raise failed
    assert "connection refused" in raised.value.why
    assert "it starts what is down" in raised.value.cure


def test_an_engine_that_fails_on_real_clouds_is_told_as_it_is(home: Home) -> None:
    prod = Home("prod", home.path.with_name("prod"))
    failed = EngineError("up", (Problem("", "denied"),), prod.logs / "engine.log")
    with pytest.raises(EngineError), at_work(prod, "up"):
        raise failed


def test_what_is_down_is_one_sentence(home: Home) -> None:
    assert reachability.down(home)[:2] == ("providers", "firestore")
    assert reachability.is_down(["dns"]) == "Of the local cloud, dns is down."
    assert reachability.is_down(["dns", "edge"]) == "Of the local cloud, dns and edge are down."
    assert "`./launch logs dns` or `./launch logs edge`" in reachability.cure(["dns", "edge"])
