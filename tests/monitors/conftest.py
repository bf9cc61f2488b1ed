from __future__ import annotations

import shutil
from collections.abc import Callable

import pytest


@pytest.fixture
def tool() -> Callable[[str], str]:
    """Finds a program that the machine may lack; without it the test is left out and says so."""

    def find(name: str) -> str:
        path = shutil.which(name)
        if path is None:
            pytest.skip(f"left out: {name} is not installed")
        return path

    return find
