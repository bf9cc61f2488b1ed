from __future__ import annotations

from pathlib import Path

import pytest

from localcloud.base.supervisor.home import StandaloneHome


@pytest.fixture
def home(tmp_path: Path) -> StandaloneHome:
    project = tmp_path / "project"
    project.mkdir()
    return StandaloneHome(tmp_path / "home", project)
