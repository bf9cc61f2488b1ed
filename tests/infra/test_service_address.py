from __future__ import annotations

from typing import Any

from infra.service_address import address


def test_an_address_follows_from_the_name_alone(provision: Any, keep: Any, seen: dict[str, Any]) -> None:
    provision(lambda: keep("url", address("sync-crm", "100000000001", "europe-west1")))
    assert seen["url"] == "https://sync-crm-100000000001.europe-west1.run.app"
