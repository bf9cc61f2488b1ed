from __future__ import annotations

from typing import Any

import pytest

from infra.load_balancer import APIS, LoadBalancer, LoadBalancerConfig

CONFIG = LoadBalancerConfig("api.acme.test", "europe-west1", "intake")


@pytest.fixture
def made(provision: Any, project: Any) -> Any:
    return provision(lambda: LoadBalancer("gateway", CONFIG, project(*APIS)))


def test_https_leads_to_the_public_service(made: Any) -> None:
    assert made.one("RegionNetworkEndpointGroup").inputs["cloudRun"] == {"service": "intake"}
    assert made.one("backendService:BackendService").inputs["backends"] == [{"group": "launch-id"}]
    assert made.one("uRLMap:URLMap", "launch").inputs["defaultService"] == "launch-id"


def test_http_only_sends_to_https(made: Any) -> None:
    redirect = made.one("uRLMap:URLMap", "launch-to-https").inputs
    assert "defaultService" not in redirect
    assert redirect["defaultUrlRedirect"] == {
        "httpsRedirect": True,
        "stripQuery": False,
        "redirectResponseCode": "MOVED_PERMANENTLY_DEFAULT",
    }


def test_both_ports_of_the_one_address_are_forwarded(made: Any) -> None:
    rules = {one.inputs["portRange"]: one.inputs for one in made.of("GlobalForwardingRule")}
    assert set(rules) == {"80", "443"}
    assert {rule["ipAddress"] for rule in rules.values()} == {"203.0.113.7"}
    assert {rule["loadBalancingScheme"] for rule in rules.values()} == {"EXTERNAL_MANAGED"}


def test_the_certificate_is_authorized_by_a_record_of_this_project_alone(made: Any) -> None:
    assert made.one("DnsAuthorization").inputs["type"] == "PER_PROJECT_RECORD"
    assert made.one("certificate:Certificate").inputs["managed"] == {
        "domains": ["api.acme.test"],
        "dnsAuthorizations": ["launch-id"],
    }
    assert made.one("CertificateMapEntry").inputs["hostname"] == "api.acme.test"


def test_what_another_host_or_region_replaces_has_a_name_of_its_own(provision: Any, project: Any) -> None:
    kinds = ("DnsAuthorization", "certificate:Certificate", "CertificateMapEntry", "RegionNetworkEndpointGroup")

    def names(host: str, region: str) -> list[str]:
        config = LoadBalancerConfig(host, region, "intake")
        made = provision(lambda: LoadBalancer("gateway", config, project(*APIS)))
        return [made.one(kind).inputs["name"] for kind in kinds]

    *before, endpoints = names("api.acme.test", "europe-west1")
    assert names("api.acme.test", "europe-west1") == [*before, endpoints]
    *after, same = names("api.beta.test", "europe-west1")
    assert same == endpoints
    assert not {*before} & {*after}
    assert names("api.acme.test", "europe-west4")[:-1] == before
    assert names("api.acme.test", "europe-west4")[-1] != endpoints


def test_the_proxy_names_the_certificate_map_and_speaks_no_old_tls(made: Any) -> None:
    proxy = made.one("TargetHttpsProxy").inputs
    assert proxy["certificateMap"] == "//certificatemanager.googleapis.com/launch-id"
    assert made.one("sSLPolicy:SSLPolicy").inputs["minTlsVersion"] == "TLS_1_2"


def test_the_proof_is_told_without_final_dots(provision: Any, project: Any, keep: Any, seen: dict[str, Any]) -> None:
    def program() -> None:
        gateway = LoadBalancer("gateway", CONFIG, project(*APIS))
        keep("name", gateway.proof.name)
        keep("target", gateway.proof.target)

    provision(program)
    assert seen == {"name": "_acme-challenge_x.api.acme.test", "target": "x.authorize.goog"}


@pytest.mark.parametrize("host", ["api", "api.acme.test.", "API.acme.test"])
def test_a_host_is_written_in_full(host: str) -> None:
    with pytest.raises(ValueError, match="full host name"):
        LoadBalancerConfig(host, "europe-west1", "intake")
