"""The load balancer between Cloudflare and the public service, with its certificate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import pulumi

from blueprint.spec import Spec
from infra.loading.sdk import gcp
from infra.project import Project
from infra.resource_names import versioned

APIS = ("compute.googleapis.com", "certificatemanager.googleapis.com")
SCHEME = "EXTERNAL_MANAGED"
NAME = "launch"


@dataclass(frozen=True)
class LoadBalancerConfig:
    """Traffic for `host` goes to the Cloud Run service in `region`, past the security policy `armor` if any."""

    host: str
    region: str
    service: pulumi.Input[str]
    armor: pulumi.Input[str] | None = None

    def __post_init__(self) -> None:
        if "." not in self.host or self.host != self.host.strip(".").lower():
            raise ValueError(f"gateway host {self.host!r}: write a full host name in lower case, without a final dot")

    @classmethod
    def of(cls, spec: Spec, service: pulumi.Input[str], armor: pulumi.Input[str] | None = None) -> Self:
        """Return the way from the API's host name to the public `service`."""
        return cls(spec.api_host, spec.google.region, service, armor)


@dataclass(frozen=True)
class CertificateProof:
    """The CNAME record by which Certificate Manager sees that the domain is ours; it must not be proxied."""

    name: pulumi.Output[str]
    target: pulumi.Output[str]


class LoadBalancer(pulumi.ComponentResource):
    """Makes a global address that answers https for the host and sends http there.

    Cloudflare cannot reach run.app itself: Google routes by Host, and rewriting it takes an Enterprise plan. The
    certificate is Google's, authorized by DNS with a record of this project alone (`PER_PROJECT_RECORD`), because a
    fixed `_acme-challenge` collides with Cloudflare's own. Issuing waits for the zone's
    delegation and may take an hour.

    Another host or region takes a new authorization, certificate, map entry or endpoint group: Google changes none of
    them in place. Their names follow it (`versioned`), so the new ones serve before the old ones go.
    """

    address: pulumi.Output[str]
    proof: CertificateProof

    def __init__(
        self, name: str, config: LoadBalancerConfig, project: Project, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("launch:infra:Gateway", name, {}, opts)
        self._project_id = project.project_id
        self._opts = pulumi.ResourceOptions(parent=self, depends_on=project.enabled(*APIS))
        address = gcp.compute.GlobalAddress(NAME, name=NAME, project=self._project_id, opts=self._opts)
        self.address = address.address
        self._https(config, address.address)
        self._http(address.address)
        self.register_outputs({"address": self.address})

    def _https(self, config: LoadBalancerConfig, address: pulumi.Output[str]) -> None:
        routes = gcp.compute.URLMap(
            NAME,
            name=NAME,
            project=self._project_id,
            default_service=self._backend(config),
            opts=pulumi.ResourceOptions(parent=self),
        )
        proxy = gcp.compute.TargetHttpsProxy(
            NAME,
            name=NAME,
            project=self._project_id,
            url_map=routes.id,
            certificate_map=pulumi.Output.concat(
                "//certificatemanager.googleapis.com/", self._certificates(config.host)
            ),
            ssl_policy=self._ssl_policy(),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self._forward("https", 443, proxy.id, address)

    def _http(self, address: pulumi.Output[str]) -> None:
        name = f"{NAME}-to-https"
        routes = gcp.compute.URLMap(
            name,
            name=name,
            project=self._project_id,
            default_url_redirect={
                "https_redirect": True,
                "strip_query": False,
                "redirect_response_code": "MOVED_PERMANENTLY_DEFAULT",
            },
            opts=self._opts,
        )
        proxy = gcp.compute.TargetHttpProxy(
            name, name=name, project=self._project_id, url_map=routes.id, opts=pulumi.ResourceOptions(parent=self)
        )
        self._forward("http", 80, proxy.id, address)

    def _forward(self, scheme: str, port: int, proxy: pulumi.Output[str], address: pulumi.Output[str]) -> None:
        gcp.compute.GlobalForwardingRule(
            f"{NAME}-{scheme}",
            name=f"{NAME}-{scheme}",
            project=self._project_id,
            load_balancing_scheme=SCHEME,
            ip_protocol="TCP",
            ip_address=address,
            port_range=str(port),
            target=proxy,
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _backend(self, config: LoadBalancerConfig) -> pulumi.Output[str]:
        endpoints = gcp.compute.RegionNetworkEndpointGroup(
            NAME,
            name=versioned(NAME, config.region),
            project=self._project_id,
            region=config.region,
            network_endpoint_type="SERVERLESS",
            cloud_run={"service": config.service},
            opts=self._opts,
        )
        backend = gcp.compute.BackendService(
            NAME,
            name=NAME,
            project=self._project_id,
            load_balancing_scheme=SCHEME,
            protocol="HTTPS",
            backends=[{"group": endpoints.id}],
            security_policy=config.armor,
            log_config={"enable": True, "sample_rate": 1.0},
            opts=pulumi.ResourceOptions(parent=self),
        )
        found: pulumi.Output[str] = backend.id
        return found

    def _ssl_policy(self) -> pulumi.Output[str]:
        policy = gcp.compute.SSLPolicy(
            NAME,
            name=NAME,
            project=self._project_id,
            min_tls_version="TLS_1_2",
            profile="MODERN",
            opts=self._opts,
        )
        found: pulumi.Output[str] = policy.id
        return found

    def _certificates(self, host: str) -> pulumi.Output[str]:
        authorization = gcp.certificatemanager.DnsAuthorization(
            NAME,
            name=versioned(NAME, host),
            project=self._project_id,
            domain=host,
            type="PER_PROJECT_RECORD",
            opts=self._opts,
        )
        record = authorization.dns_resource_records[0]
        self.proof = CertificateProof(name=_without_dot(record.name), target=_without_dot(record.data))
        certificate = gcp.certificatemanager.Certificate(
            NAME,
            name=versioned(NAME, host),
            project=self._project_id,
            managed={"domains": [host], "dns_authorizations": [authorization.id]},
            opts=pulumi.ResourceOptions(parent=self),
        )
        certificates = gcp.certificatemanager.CertificateMap(NAME, name=NAME, project=self._project_id, opts=self._opts)
        gcp.certificatemanager.CertificateMapEntry(
            NAME,
            name=versioned(NAME, host),
            project=self._project_id,
            map=certificates.name,
            hostname=host,
            certificates=[certificate.id],
            opts=pulumi.ResourceOptions(parent=self),
        )
        found: pulumi.Output[str] = certificates.id
        return found


def _without_dot(name: pulumi.Output[str]) -> pulumi.Output[str]:
    return name.apply(lambda text: text.rstrip("."))
