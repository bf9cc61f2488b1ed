"""What `./launch reconcile` says of a repair: what its effects came to, not that it was sent."""

from __future__ import annotations

from typing import Any

import pytest

from cli.reconcile import came_to


def kept(event: str, *effects: tuple[str, str]) -> dict[str, Any]:
    ids = [f"rec_1.{number}" for number, _ in enumerate(effects)]
    named = zip(ids, effects, strict=True)
    outbox = {f"outbox/{id_}": {"kind": kind, "state": state} for id_, (kind, state) in named}
    return {"inbox/rec_1": {"state": event, "effects": ids}, **outbox}


@pytest.mark.parametrize(
    ("documents", "state"),
    [
        ({}, "pending"),
        (kept("received"), "pending"),
        (kept("processing"), "pending"),
        (kept("dead"), "dead"),
        (kept("done"), "done"),
        (kept("ignored"), "done"),
        (kept("done", ("crm_contact", "pending")), "pending"),
        (kept("done", ("crm_contact", "done"), ("custom_claims", "done")), "done"),
        (kept("done", ("crm_contact", "failed"), ("custom_claims", "done")), "failed"),
        (kept("done", ("crm_contact", "failed"), ("custom_claims", "pending")), "pending"),
        (kept("done", ("notification", "unknown")), "unknown"),
        (kept("done", ("timer", "pending"), ("crm_contact", "done")), "done"),
    ],
)
def test_a_repair_came_to_what_its_effects_came_to(documents: dict[str, Any], state: str) -> None:
    assert came_to(documents.get, "rec_1") == state
