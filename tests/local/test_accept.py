"""`./launch accept` on a stack that runs, with real IAM, edge and front end around the services."""

from __future__ import annotations

import json
from typing import Any

import pytest

pytestmark = pytest.mark.stack

DOORS = ("accept.billing.closed", "accept.billing.private")
ACCEPT = ("accept", "--json", "--only", "billing.closed", "--only", "billing.private")


def test_what_was_accepted_is_recorded_and_handed_over(launch: Any) -> None:
    before = set((launch.home / "evidence").glob("accept-*.json"))
    done = launch.run(*ACCEPT)
    assert done.returncode == 0, done.stdout + done.stderr
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert [each["id"] for each in found] == list(DOORS)
    assert "sync-payments-100000000001" in found[0]["evidence"]
    (record,) = set((launch.home / "evidence").glob("accept-*.json")) - before
    assert [each["id"] for each in json.loads(record.read_text())["criteria"]] == list(DOORS)
    assert set(DOORS) <= {each["id"] for each in launch.findings()}
    assert "nobody writes billing without proof" in (launch.home / "HANDOVER.md").read_text()


def test_verify_leaves_alone_what_was_accepted(launch: Any) -> None:
    launch.well(*ACCEPT)
    launch.well("verify")
    assert set(DOORS) <= {each["id"] for each in launch.findings()}
