from __future__ import annotations

from ipaddress import ip_address, ip_network
from typing import Any

import pytest

from blueprint.cloudflare_ranges import RANGES
from infra import cloud_armor, firebase, firebase_hosting
from infra.cloud_armor import LAST, CloudArmor, CloudArmorConfig
from infra.firebase_hosting import FirebaseHosting, FirebaseHostingConfig
from localcloud.providers import introspect
from localcloud.providers.check import check


def test_cloudflare_comes_in_and_everybody_else_does_not(provision: Any, project: Any) -> None:
    made = provision(lambda: CloudArmor("armor", CloudArmorConfig(), project(*cloud_armor.APIS))).one("SecurityPolicy")
    *admitting, default = made.inputs["rules"]
    assert (default["action"], default["priority"]) == ("deny(403)", LAST)
    admitted = [one for rule in admitting for one in rule["match"]["config"]["srcIpRanges"]]
    assert tuple(admitted) == RANGES
    assert all(len(rule["match"]["config"]["srcIpRanges"]) <= 10 for rule in admitting)
    assert check(made.inputs, introspect.schema(made.type)) == []


def test_the_ranges_are_cloudflares() -> None:
    assert any(ip_address("104.16.132.229") in ip_network(one) for one in RANGES)  # cloudflare.com
    assert not any(ip_address("203.0.113.7") in ip_network(one) for one in RANGES)
    assert len(set(RANGES)) == len(RANGES)


@pytest.mark.parametrize("ranges", [("104.16.0.0/40",), ("everywhere",), ()])
def test_ranges_that_are_none_are_refused(ranges: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match=r"everywhere|/40|no range"):
        CloudArmorConfig(ranges)


def test_a_site_is_not_told_hosts_whose_certificates_it_could_not_renew(provision: Any, project: Any) -> None:
    config = FirebaseHostingConfig("acme-site")

    def program() -> None:
        inside = project(*firebase_hosting.APIS, *firebase.APIS)
        added = firebase.Firebase("firebase", firebase.FirebaseConfig("acme.test"), inside)
        FirebaseHosting("hosting", config, inside, added)

    made = provision(program)
    assert made.one("HostingSite").inputs["siteId"] == "acme-site"
    assert made.of("HostingCustomDomain") == []


def test_a_site_name_that_firebase_would_refuse_is_refused() -> None:
    with pytest.raises(ValueError, match="6 to 30"):
        FirebaseHostingConfig("Acme")
