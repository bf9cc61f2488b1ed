from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.home import Home


@pytest.fixture
def home(tmp_path: Path) -> Home:
    project = tmp_path / "project"
    project.mkdir()
    return Home("local", tmp_path / "launch" / "local", project)


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def python_program(program: Callable[..., Path]) -> Callable[..., Path]:
    """Writes a small executable in Python."""

    def write(name: str, body: str, folder: str = "bin") -> Path:
        return program(name, body, folder, sys.executable)

    return write
