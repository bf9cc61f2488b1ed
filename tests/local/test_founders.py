"""Production with the answers of ten typical founders, rehearsed: what stops it is a step that only a person can do."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tools.variants.founders import REHEARSED, Founder, founders, rehearsed
from tools.variants.play import copied

pytestmark = [pytest.mark.stack, pytest.mark.long, pytest.mark.timeout(2_400)]
PROJECT = Path(__file__).parents[2]


@pytest.mark.parametrize("founder", founders(), ids=lambda founder: founder.name)
def test_a_founders_launch_stops_at_a_persons_step_alone(
    founder: Founder, tmp_path: Path, verdict: Callable[[object], None]
) -> None:
    with copied(PROJECT, tmp_path, "prod", **REHEARSED) as bench:
        is_well = rehearsed(founder, bench)
        verdict(f"{founder.name}: {' | '.join(ran.last for ran in bench.runs)}")
        assert is_well, bench.runs[-1].said
