"""A name that changes from one part of the launch to another: what stands there goes before the new one comes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from blueprint.spec import Spec, load
from cli import records_in_the_way
from cli.terminal import Terminal
from engine.home import PROJECT, Home

URN = "urn:pulumi:prod::launch-ready::launch:infra:Zone$cloudflare:index/dnsRecord:DnsRecord::"


class Engine:
    """An engine whose stack holds these resources, and that tells what it was to delete."""

    def __init__(self, *resources: dict[str, Any]) -> None:
        self.home = Home("prod", Path("nowhere"))
        self.resources = resources
        self.deleted: list[str] = []

    def deployment(self) -> dict[str, Any]:
        return {"resources": list(self.resources)} if self.resources else {}

    def destroy(self, *options: str) -> None:
        self.deleted.extend(options)


def there(key: str, **inputs: Any) -> dict[str, Any]:
    return {"type": records_in_the_way.RECORD, "urn": URN + key, "inputs": inputs}


def wanted(**web: Any) -> Spec:
    spec = load(PROJECT / "Pulumi.local.yaml")
    return spec.model_copy(update={"redirects": (), "web": spec.web.model_copy(update=web)})


def cleared(wanted: Spec, *resources: dict[str, Any]) -> list[str]:
    engine = Engine(*resources)
    records_in_the_way.clear(engine, wanted, Terminal())  # type: ignore[arg-type] # no more of an engine is used
    return engine.deleted


REDIRECT = there("aaaa-www.acme.test", name="www.acme.test", type="AAAA", content="100::", proxied=True)
SHOP = there("further-cname-shop.acme.test-1", name="shop.acme.test", type="CNAME", content="shops.example.com")
ZONE = {"type": "cloudflare:index/zone:Zone", "urn": URN.replace("dnsRecord:DnsRecord", "zone:Zone") + "acme.test"}


def test_the_record_of_a_redirect_goes_before_the_host_shows_the_app(capsys: pytest.CaptureFixture[str]) -> None:
    assert cleared(wanted(names=("app", "www")), ZONE, REDIRECT, SHOP) == ["--target", URN + "aaaa-www.acme.test"]
    said = capsys.readouterr().err
    assert "www.acme.test: its AAAA record goes first, for Cloudflare takes no CNAME record beside it" in said


def test_nothing_is_deleted_first_where_nothing_is_in_the_way() -> None:
    assert cleared(wanted(), ZONE, REDIRECT, SHOP) == []
    assert cleared(wanted(names=("app", "www")), ZONE, {**REDIRECT, "delete": True}) == []
    assert cleared(wanted()) == []
