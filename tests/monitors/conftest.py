from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml


@pytest.fixture
def tool() -> Callable[[str], str]:
    """Finds a program that the machine may lack; without it the test is left out and says so."""

    def find(name: str) -> str:
        path = shutil.which(name)
        if path is None:
            pytest.skip(f"left out: {name} is not installed")
        return path

    return find


@pytest.fixture
def fires(tool: Callable[[str], str], tmp_path: Path) -> Callable[..., None]:
    """Has promtool play series, a sample a minute, and checks at which minutes the expression has a value.

    `series` maps a selector to values in promtool's notation; `at` maps minutes to whether the alert fires then.
    """
    promtool = tool("promtool")

    def check(expression: str, series: dict[str, str], at: dict[int, bool]) -> None:
        rule = {"alert": "A", "expr": expression}
        (tmp_path / "rules.yml").write_text(yaml.safe_dump({"groups": [{"name": "g", "rules": [rule]}]}))
        test: dict[str, Any] = {
            "interval": "1m",
            "input_series": [{"series": name, "values": values} for name, values in series.items()],
            "alert_rule_test": [
                {"eval_time": f"{minute}m", "alertname": "A", "exp_alerts": [{}] if firing else []}
                for minute, firing in at.items()
            ],
        }
        whole = {"rule_files": ["rules.yml"], "evaluation_interval": "1m", "tests": [test]}
        (tmp_path / "test.yml").write_text(yaml.safe_dump(whole))
        ran = subprocess.run(
            [promtool, "test", "rules", "test.yml"], cwd=tmp_path, capture_output=True, text=True, timeout=60
        )
        assert ran.returncode == 0, f"{expression}\n{ran.stdout}{ran.stderr}"

    return check
