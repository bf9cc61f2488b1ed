from __future__ import annotations

import pytest

from infra.preflight import WrongCloudsError, require_matching_clouds

ATTACHED = {"PULUMI_DEBUG_PROVIDERS": "gcp:1,cloudflare:2", "CLOUD_BUILD_EMULATOR_HOST": "127.0.0.1:3"}


def test_the_rehearsal_runs_with_the_local_cloud() -> None:
    require_matching_clouds("local", ATTACHED)


@pytest.mark.parametrize("stack", ["prod", "staging"])
def test_production_runs_without_it(stack: str) -> None:
    require_matching_clouds(stack, {})


def test_the_rehearsal_never_reaches_the_real_clouds() -> None:
    with pytest.raises(WrongCloudsError, match=r"needs the local cloud.*\./launch up"):
        require_matching_clouds("local", {})


@pytest.mark.parametrize("stack", ["prod", "staging"])
def test_production_is_never_written_into_the_local_cloud(stack: str) -> None:
    with pytest.raises(WrongCloudsError, match="is for the real clouds, but the local cloud is attached"):
        require_matching_clouds(stack, ATTACHED)


def test_a_test_may_rehearse_production() -> None:
    require_matching_clouds("prod", {**ATTACHED, "LAUNCH_REHEARSE_PROD": "1"})
    with pytest.raises(WrongCloudsError):
        require_matching_clouds("prod", {**ATTACHED, "LAUNCH_REHEARSE_PROD": "0"})


def test_no_image_is_built_for_real_during_a_rehearsal() -> None:
    with pytest.raises(WrongCloudsError, match="CLOUD_BUILD_EMULATOR_HOST"):
        require_matching_clouds("local", {"PULUMI_DEBUG_PROVIDERS": "gcp:1"})
