from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # the corpus' reader lies beside the tests

from cases import made_up

Git = Callable[..., str]


@pytest.fixture
def git(tmp_path: Path) -> Git:
    """Return git in a fresh repository at `tmp_path / "app"`."""
    root = tmp_path / "app"
    root.mkdir()
    plain = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "GIT_CONFIG_NOSYSTEM": "1"}
    names = [f"GIT_{role}_{what}" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")]
    who = dict.fromkeys(names, "dev@acme.test")

    def run(*words: str) -> str:
        done = subprocess.run(["git", *words], cwd=root, env=plain | who, check=True, capture_output=True, text=True)
        return done.stdout

    run("init", "-q", "-b", "main")
    return run


@pytest.fixture(scope="session")
def values() -> Mapping[str, str]:
    """Return values with the shapes of secrets."""
    return made_up()
