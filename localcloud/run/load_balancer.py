"""The external load balancer's configuration, read from the world: which certificate it has, and where a URL leads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from localcloud.base import network
from localcloud.base.world import Resource, World

FORWARDING_RULE = "gcp:compute/globalForwardingRule:GlobalForwardingRule"
HTTPS_PROXY = "gcp:compute/targetHttpsProxy:TargetHttpsProxy"
URL_MAP = "gcp:compute/uRLMap:URLMap"
BACKEND = "gcp:compute/backendService:BackendService"
ENDPOINTS = "gcp:compute/regionNetworkEndpointGroup:RegionNetworkEndpointGroup"
MAP_ENTRY = "gcp:certificatemanager/certificateMapEntry:CertificateMapEntry"
CERTIFICATE = "gcp:certificatemanager/certificate:Certificate"
AUTHORIZATION = "gcp:certificatemanager/dnsAuthorization:DnsAuthorization"
HTTPS = 443


@dataclass(frozen=True)
class LoadBalancer:
    """What the load balancer does: hosts with a certificate, its addresses, and the URL maps behind port 443.

    `certified` may hold wildcards of one label (`*.acme.test`). `backends` maps a backend service's name to the name of
    its Cloud Run service.
    """

    certified: frozenset[str] = frozenset()
    address: str = ""
    url_map: Mapping[str, Any] = field(default_factory=dict)
    backends: Mapping[str, str] = field(default_factory=dict)

    def has_certificate(self, host: str) -> bool:
        """Tell whether a client that asks for `host` (SNI) gets a certificate; without one the handshake fails."""
        name = host.lower().rstrip(".")
        return name in self.certified or f"*.{name.partition('.')[2]}" in self.certified

    def service(self, host: str, path: str) -> str | None:
        """Return the name of the Cloud Run service behind a URL, or None when the map leads nowhere."""
        reference = _matched(self.url_map, host.lower(), path)
        return self.backends.get(_name(reference)) if reference else None


def read(world: World) -> LoadBalancer:
    """Return the load balancer as the world describes it; one without parts serves nothing."""
    for rule in world.resources(FORWARDING_RULE):
        proxy = _named(world, HTTPS_PROXY, rule.inputs.get("target"))
        if proxy and str(rule.inputs.get("portRange", "")).split("-")[0] == str(HTTPS):
            url_map = _named(world, URL_MAP, proxy.inputs.get("urlMap"))
            return LoadBalancer(
                certified=frozenset(_certified(world, _name(proxy.inputs.get("certificateMap")))),
                address=str(rule.inputs.get("ipAddress", "")),
                url_map=url_map.inputs if url_map else {},
                backends=dict(_backends(world)),
            )
    return LoadBalancer()


def _certified(world: World, certificate_map: str) -> Iterator[str]:
    """Yield the host names of the map's entries whose certificate is issued and covers them."""
    for entry in world.resources(MAP_ENTRY):
        host = str(entry.inputs.get("hostname", "")).lower()
        found = [_named(world, CERTIFICATE, reference) for reference in entry.inputs.get("certificates") or ()]
        if _name(entry.inputs.get("map")) == certificate_map and any(_covers(world, one, host) for one in found):
            yield host


def _covers(world: World, certificate: Resource | None, host: str) -> bool:
    managed = (certificate.inputs.get("managed") if certificate else None) or {}
    proofs = [_named(world, AUTHORIZATION, one) for one in managed.get("dnsAuthorizations") or ()]
    return host in managed.get("domains", ()) and bool(proofs) and all(_proven(world, proof) for proof in proofs)


def _proven(world: World, authorization: Resource | None) -> bool:
    """Tell whether DNS shows what Certificate Manager asked for; before that, a certificate stays "provisioning"."""
    if authorization is None:
        return False
    wanted = authorization.outputs.get("dnsResourceRecords") or ()
    there = {
        (_fqdn(record.inputs.get("name")), record.inputs.get("type"), _fqdn(record.inputs.get("content")))
        for record in world.resources(network.RECORD)
        if not record.inputs.get("proxied")
    }
    return all((_fqdn(one.get("name")), one.get("type"), _fqdn(one.get("data"))) in there for one in wanted)


def _backends(world: World) -> Iterator[tuple[str, str]]:
    for backend in world.resources(BACKEND):
        for part in backend.inputs.get("backends") or ():
            group = _named(world, ENDPOINTS, part.get("group"))
            service = (group.inputs.get("cloudRun") or {}).get("service") if group else None
            if service:
                yield _name(backend.inputs.get("name")), _name(service)


def _matched(url_map: Mapping[str, Any], host: str, path: str) -> str | None:
    """Return the backend reference for host and path: host rules first, then the longest path rule, else defaults."""
    default: str | None = url_map.get("defaultService")
    matchers = {matcher.get("name"): matcher for matcher in url_map.get("pathMatchers") or ()}
    for rule in url_map.get("hostRules") or ():
        if any(fnmatchcase(host, str(pattern).lower()) for pattern in rule.get("hosts") or ()):
            matcher = matchers.get(rule.get("pathMatcher")) or {}
            return _longest(matcher.get("pathRules") or (), path) or matcher.get("defaultService") or default
    return default


def _longest(rules: Iterable[Mapping[str, Any]], path: str) -> str | None:
    found = [
        (len(pattern), rule.get("service"))
        for rule in rules
        for pattern in rule.get("paths") or ()
        if path == pattern or (pattern.endswith("/*") and f"{path}/".startswith(pattern[:-1]))
    ]
    return max(found, key=lambda pair: pair[0])[1] if found else None


def _named(world: World, type_: str, reference: object) -> Resource | None:
    """Return the resource that a name, id or self link refers to."""
    name = _name(reference)
    return next((found for found in world.resources(type_) if name and found.inputs.get("name") == name), None)


def _name(reference: object) -> str:
    return str(reference or "").rpartition("/")[2]


def _fqdn(name: object) -> str:
    return str(name or "").rstrip(".").lower()
