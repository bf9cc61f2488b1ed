from __future__ import annotations

from typing import Any

from engine.adopted import remembered

RECORD = "cloudflare:index/dnsRecord:DnsRecord"
ADOPTED = {"DnsRecord/mx-acme.test-1": "zone/record"}


def state(**fields: str) -> dict[str, Any]:
    mx = {"type": RECORD, "urn": f"urn:pulumi:local::launch-ready::{RECORD}::mx-acme.test-1", **fields}
    txt = {"type": RECORD, "urn": f"urn:pulumi:local::launch-ready::{RECORD}::txt-acme.test", "id": "other"}
    return {"version": 3, "deployment": {"resources": [txt, mx]}}


def test_the_import_id_that_the_engine_left_out_is_written_down() -> None:
    forgetful = state(id="record")
    known = remembered(forgetful, ADOPTED)
    assert known == state(id="record", importID="zone/record")
    assert forgetful == state(id="record")


def test_a_state_that_lacks_nothing_is_left_alone() -> None:
    assert remembered(state(id="record", importID="zone/record"), ADOPTED) is None
    assert remembered(state(id="record"), {}) is None
    assert remembered({"deployment": {}}, ADOPTED) is None
