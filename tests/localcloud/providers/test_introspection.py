"""Schemas are read in a process of its own, so that the providers hold no SDK."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from localcloud.providers import introspect
from localcloud.providers.introspection import Introspection

SECRET = "gcp:secretmanager/secret:Secret"
SERVING = """
import sys
from pathlib import Path
from localcloud.base import ports
from localcloud.providers.server import serve
home = Path(sys.argv[1])
ports.allocate(home)
with serve(home, home / "schemas"):
    print(sorted(name for name in sys.modules if name.startswith("pulumi_")), len(list(home.glob("schemas/*/*.json"))))
"""


@pytest.fixture
def introspection() -> Iterator[Introspection]:
    with Introspection(idle=0.5) as started:
        yield started


def children() -> list[psutil.Process]:
    return [child for child in psutil.Process().children() if introspect.__name__ in _command(child)]


def _command(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:  # it has ended
        return []


@pytest.mark.parametrize("token", [SECRET, "pulumi:providers:cloudflare"])
def test_the_answers_are_those_of_the_sdk(token: str, introspection: Introspection) -> None:
    assert introspection(token) == introspect.schema(token)


def test_a_type_that_the_sdk_lacks_is_said_to_be_missing(introspection: Introspection) -> None:
    with pytest.raises(LookupError, match="pulumi_gcp has no resource type gcp:secretmanager/secret:Nothing"):
        introspection("gcp:secretmanager/secret:Nothing")


def test_the_process_ends_when_nothing_more_is_asked_and_comes_back(
    introspection: Introspection, eventually: Callable[[Callable[[], object]], None]
) -> None:
    first = introspection(SECRET)
    eventually(lambda: not children())
    assert introspection(SECRET) == first


def test_an_answer_comes_also_when_the_process_was_killed(introspection: Introspection) -> None:
    introspection(SECRET)
    for child in children():
        child.kill()
        child.wait()
    assert introspection(SECRET).token == SECRET


def test_the_providers_hold_no_sdk_when_they_serve(tmp_path: Path) -> None:
    command = [sys.executable, "-c", SERVING, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=Path(__file__).parents[3])
    assert done.stdout == "[] 2\n"
