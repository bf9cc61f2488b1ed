"""The commands of the README, in a folder that holds only what they need, with the real engine."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from engine import locate
from localcloud.base.supervisor.processes import MARK
from localcloud.base.supervisor.server_code import ServerCode

pytestmark = [pytest.mark.stack, pytest.mark.timeout(400)]

ROOT = Path(__file__).parents[2]
README = ROOT / "localcloud" / "README.md"


def commands() -> str:
    """Everything that the README gives a shell to run, in its order."""
    return "".join(re.findall(r"^```sh\n(.*?)^```$", README.read_text(), re.MULTILINE | re.DOTALL))


@pytest.fixture
def alone(tmp_path: Path) -> Path:
    """The local cloud without the toolkit around it."""
    for package in ServerCode(ROOT).packages:
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__", ".localcloud"))
    shutil.copy(ROOT / "requirements.txt", tmp_path)
    return tmp_path


def environ(folder: Path) -> dict[str, str]:
    engine = locate.find(os.environ)
    if engine is None:
        pytest.fail("There is no Pulumi engine on this machine. Run `./launch up` once: it installs or builds one.")
    path = f"{Path(sys.executable).parent}:{engine.folder}:{os.environ['PATH']}"
    own = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return {**own, "PATH": path, "PULUMI_HOME": str(folder / ".pulumi"), "CLOUDFLARE_API_TOKEN": "a real one"}


def left_running(home: Path) -> list[psutil.Process]:
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get(MARK) == str(home):
                found.append(process)
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return found


def test_the_commands_of_the_readme_do_what_it_says(alone: Path) -> None:
    home = alone / "localcloud" / "example" / ".localcloud"
    script = f"set -eu\n{commands()}\necho token: ${{CLOUDFLARE_API_TOKEN:-unset}}\n"
    done = subprocess.run(
        ["bash", "-c", script], cwd=alone, env=environ(alone), capture_output=True, text=True, timeout=380, check=False
    )
    said = done.stdout + done.stderr
    try:
        assert done.returncode == 0, said
        for expected in ("+ 6 created", "6 unchanged", "- 6 deleted", "Ended providers", "token: unset"):
            assert expected in said, f"nothing said {expected!r}:\n{said}"
        assert re.search(r"^dns +up \(process \d+\) +dns 127\.0\.0\.1:\d+", said, re.MULTILINE), said
        assert left_running(home) == []
    finally:
        for process in left_running(home):
            process.kill()
