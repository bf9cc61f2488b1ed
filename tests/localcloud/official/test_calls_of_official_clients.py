"""The calls of official clients against the stand-ins: each works, or says at once that it does not.

Never a hang, a 404 for what the vendor has, a 400 for what it takes, or a success that forgets half of what was asked.
The lists are beside this file, and each is played in a folder of the test's own, into which the client is fetched by
its package manager; so they run at full length only. Stripe's client is among our own packages: its list is played
every day (tests/localcloud/saas/test_calls_of_official_stripe.py).
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from localcloud.base.ports import Ports

pytestmark = [pytest.mark.long, pytest.mark.timeout(1_800)]

LISTS = Path(__file__).parent
WEB_SDK = Path(__file__).parents[2] / "firestore" / "node"  # the lock of the web SDK
FETCHED, PLAYED = 600, 1_200  # seconds

Play = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def in_python(tmp_path_factory: pytest.TempPathFactory) -> Play:
    """A Python of the test's own; returns what installs a client into it and plays the client's list."""
    home = tmp_path_factory.mktemp("clients")
    own = home / "bin" / "python"
    subprocess.run([sys.executable, "-m", "venv", home], check=True, timeout=FETCHED)

    def play(package: str, calls: str, *addresses: str) -> dict[str, Any]:
        subprocess.run([own, "-m", "pip", "install", "--quiet", package], check=True, timeout=FETCHED)
        return played([str(own), str(LISTS / calls), *addresses])

    return play


@pytest.fixture(scope="module")
def under_node(tmp_path_factory: pytest.TempPathFactory) -> Play:
    """A folder with the locked web SDK; returns what plays a list there."""
    home = tmp_path_factory.mktemp("web")
    for name in ("package.json", "package-lock.json"):
        shutil.copy(WEB_SDK / name, home)
    fetch = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    subprocess.run(fetch, cwd=home, check=True, timeout=FETCHED, capture_output=True)

    def play(calls: str, *addresses: str) -> dict[str, Any]:
        shutil.copy(LISTS / calls, home)
        return played(["node", str(home / calls), *addresses])

    return play


def played(command: list[str]) -> dict[str, Any]:
    environment = {name: value for name, value in os.environ.items() if not name.upper().endswith("_PROXY")}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=PLAYED, check=False)
    assert done.returncode == 0, done.stderr[-4000:]
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def check(told: dict[str, Any], works: int, not_done: int) -> None:
    """Hold each call's outcome against what the list expects of it, and the list against its counts in the guide."""
    expected = {name: outcome for outcome, names in told["expected"].items() for name in names}
    assert told["outcomes"] == expected
    assert {outcome: len(names) for outcome, names in told["expected"].items()} == {
        "works": works,
        "not done": not_done,
    }


def test_zenpy(rehearsal: Ports, in_python: Play) -> None:
    check(in_python("zenpy==2.0.57", "zenpy_calls.py", f"http://{rehearsal.address('helpdesk')}"), 27, 47)


def test_hubspots_client(rehearsal: Ports, in_python: Play) -> None:
    crm = f"http://{rehearsal.address('crm')}"
    check(in_python("hubspot-api-client==12.0.0", "hubspot_client_calls.py", crm), 23, 32)


def test_hubspots_next_client(rehearsal: Ports, in_python: Play) -> None:
    check(in_python("hubspot-sdk==0.1.0a9", "hubspot_sdk_calls.py", f"http://{rehearsal.address('crm')}"), 16, 17)


def test_firebases_admin_client(rehearsal: Ports, in_python: Play) -> None:
    addresses = rehearsal.address("google"), rehearsal.address("firestore")
    check(in_python("firebase-admin==7.7.0", "firebase_admin_calls.py", *addresses), 51, 16)


def test_firebases_web_client(rehearsal: Ports, under_node: Play) -> None:
    check(under_node("web_sdk_calls.mjs", rehearsal.address("google"), rehearsal.address("firestore")), 43, 8)
