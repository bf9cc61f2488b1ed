"""Where the acceptance criteria are played, and where not."""

from __future__ import annotations

import subprocess
from collections.abc import Callable

from engine.home import Home
from localcloud.base import ports as listening

Run = Callable[..., subprocess.CompletedProcess[str]]


def test_production_is_refused_with_the_reason(run: Run) -> None:
    done = run("accept", "--stack", "prod")
    assert (done.returncode, done.stdout) == (2, "")
    assert "The criteria are not played on stack prod." in done.stderr
    assert "real customers would notice" in done.stderr
    assert "./launch accept" in done.stderr


def test_a_criterion_that_is_not_there_is_wrong_usage_and_changes_nothing(run: Run, brought_up: Home) -> None:
    listening.allocate(brought_up.path)
    before = brought_up.findings.read_text()
    done = run("accept", "--only", "signup.twice")
    assert done.returncode == 2
    assert "there is no criterion signup.twice; the criteria are latency, signup.once" in done.stderr
    assert brought_up.findings.read_text() == before
    assert not brought_up.evidence.exists()
