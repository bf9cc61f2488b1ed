"""In rough weather the program comes up in one run, because it waits; one that does not wait is refused."""

from __future__ import annotations

from typing import Any

import pytest

pytestmark = [pytest.mark.stack, pytest.mark.long, pytest.mark.timeout(900)]

PLAIN = "pulumi {0} --yes --skip-preview --stack local --non-interactive"


def test_in_rough_weather_a_launch_comes_up_in_one_run_and_without_its_pauses_it_does_not(fresh: Any) -> None:
    said = fresh.well("up", "--weather", "rough")
    assert "pause apis" in said
    assert "LAUNCH_SETTLING=8" in fresh.well("env")
    assert fresh.shell(PLAIN.format("destroy")).returncode == 0
    hasty = fresh.shell(f"LAUNCH_SETTLING=0 {PLAIN.format('up')}")
    assert hasty.returncode != 0
    assert "Error 403" in hasty.stdout + hasty.stderr
    assert "has not been used in project" in hasty.stdout + hasty.stderr
