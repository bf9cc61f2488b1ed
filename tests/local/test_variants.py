"""Every variant of a launch comes up in rough weather, in one run, and nothing changes after it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tools.variants.play import play, workbench
from tools.variants.table import VARIANTS, Variant

pytestmark = [pytest.mark.stack, pytest.mark.long, pytest.mark.timeout(2_400)]
PROJECT = Path(__file__).parents[2]


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda variant: variant.name)
def test_a_variant_is_up_after_one_run_and_rests(
    variant: Variant, tmp_path: Path, verdict: Callable[[object], None]
) -> None:
    with workbench(variant, PROJECT, tmp_path) as bench:
        is_well = play(bench)
        verdict(f"{variant.name}: {' | '.join(ran.last for ran in bench.runs)}")
        assert is_well, bench.runs[-1].said
