from __future__ import annotations

from typing import Any

import pytest

from infra.edge_key import EdgeKey
from infra.key import KeyProvider, new_value
from infra.loading.sdk import gcp


@pytest.fixture
def made(provision: Any) -> Any:
    def program() -> None:
        secret = gcp.secretmanager.Secret("edge-key", secret_id="edge-key", replication={"auto": {}})
        EdgeKey("edge-key", 3, secret)

    return provision(program)


def test_the_value_is_drawn_once_a_generation_and_stored_in_its_secret(made: Any) -> None:
    assert made.one("launch:Key").inputs["generation"] == 3
    stored = made.one("secretVersion:SecretVersion").inputs
    assert stored["secret"] == "edge-key-id"


def test_the_version_before_stays_when_a_new_one_replaces_it(made: Any) -> None:
    assert made.one("secretVersion:SecretVersion").inputs["deletionPolicy"] == "ABANDON"


def test_the_same_generation_keeps_its_value_and_a_new_one_is_made_beside_it() -> None:
    provider, kept = KeyProvider(), {"generation": 1.0, "value": "x"}
    assert not provider.diff("generation-1", kept, {"generation": 1.0}).changes
    raised = provider.diff("generation-1", kept, {"generation": 2.0})
    assert (raised.changes, raised.replaces) == (True, ["generation"])
    assert not raised.delete_before_replace


def test_every_value_is_new_long_and_fit_for_a_header() -> None:
    values = {KeyProvider().create({"generation": 1.0}).outs["value"] for _ in range(20)}
    assert len(values) == 20
    assert all(len(value) >= 43 and value.isascii() and value.isprintable() for value in values | {new_value()})
