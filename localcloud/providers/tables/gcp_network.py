"""Rows of the external load balancer and its certificates."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import IPv4Network
from typing import Any

from localcloud.providers.tables.gcp_common import COMPUTE, google, labelled
from localcloud.providers.traits import Parent, Template, Traits, between, like, one_of
from localcloud.providers.values import Value

ADDRESS = "gcp:compute/globalAddress:GlobalAddress"
ENDPOINTS = "gcp:compute/regionNetworkEndpointGroup:RegionNetworkEndpointGroup"
BACKEND = "gcp:compute/backendService:BackendService"
URL_MAP = "gcp:compute/uRLMap:URLMap"
HTTPS_PROXY = "gcp:compute/targetHttpsProxy:TargetHttpsProxy"
HTTP_PROXY = "gcp:compute/targetHttpProxy:TargetHttpProxy"
ARMOR = "gcp:compute/securityPolicy:SecurityPolicy"
SSL_POLICY = "gcp:compute/sSLPolicy:SSLPolicy"
FORWARDING = "gcp:compute/globalForwardingRule:GlobalForwardingRule"
AUTHORIZATION = "gcp:certificatemanager/dnsAuthorization:DnsAuthorization"
CERTIFICATE = "gcp:certificatemanager/certificate:Certificate"
MAP = "gcp:certificatemanager/certificateMap:CertificateMap"

RESERVED = IPv4Network("127.100.0.0/24")  # loopback addresses that stand for reserved global ones
NAME = like("name", r"[a-z]([a-z0-9-]{0,61}[a-z0-9])?", "at most 63 lower-case letters, digits or hyphens")
BY_NAME = ("{id}", "{selfLink}", "{name}")
FULL = ("{id}", "{selfLink}")


def _number(known: Mapping[str, Value]) -> int:
    return int(str(known["serial"])[:15])


def _compute(token: str, collection: str, source: str, *, dated: bool = True, **rest: Any) -> Traits:
    path = "projects/{project}/" + collection + "/{name}"
    return google(
        token,
        path,
        f"compute/{source}",
        **{
            **rest,
            "service": "compute.googleapis.com",
            "autonames": ("name",),
            "defaults": {"deletionPolicy": "DELETE", **rest.get("defaults", {})},
            "minted": {**({"creationTimestamp": "{now}"} if dated else {}), **rest.get("minted", {})},
            "computed": {"selfLink": COMPUTE + path, **rest.get("computed", {})},
            "limits": (NAME, *rest.get("limits", ())),
        },
    )


def _certificates(token: str, path: str, source: str, **rest: Any) -> Traits:
    return google(
        token,
        "projects/{project}/locations/" + path,
        f"certificatemanager/{source}",
        **{
            **rest,
            "service": "certificatemanager.googleapis.com",
            "autonames": ("name",),
            "defaults": {"deletionPolicy": "DELETE", **rest.get("defaults", {})},
            "computed": {**labelled(), **rest.get("computed", {})},
            "limits": (NAME, *rest.get("limits", ())),
        },
    )


def _proof(known: Mapping[str, Value]) -> list[dict[str, Value]]:
    """Return the CNAME that proves the domain, with a name of this project alone for PER_PROJECT_RECORD.

    https://cloud.google.com/certificate-manager/docs/domain-authorization#dns-auth
    """
    own = f"_{str(known['hex32'])[:16]}" if known.get("type") == "PER_PROJECT_RECORD" else ""
    return [
        {
            "name": f"_acme-challenge{own}.{known['domain']}.",
            "type": "CNAME",
            "data": f"{known['uuid']}.1.authorize.certificatemanager.goog.",
        }
    ]


_CLIENT_TRAFFIC: Mapping[str, Template] = {"fingerprint": "{hex32}"}

ROWS: tuple[Traits, ...] = (
    _compute(
        ARMOR,
        "global/securityPolicies",
        "resource_compute_security_policy.go",
        dated=False,
        defaults={"type": "CLOUD_ARMOR"},
        computed=_CLIENT_TRAFFIC,
        limits=(
            like("rules.action", r"allow|deny\((403|404|502)\)|throttle|rate_based_ban|redirect", "allow or deny(403)"),
            between("rules.priority", 0, 2_147_483_647),
        ),
    ),
    _compute(
        ADDRESS,
        "global/addresses",
        "resource_compute_global_address.go",
        defaults={"addressType": "EXTERNAL", "prefixLength": 0},
        minted={"address": "{allocatedAddress}"},
        computed={**labelled(), "labelFingerprint": "{hex32}"},
    ),
    _compute(
        ENDPOINTS,
        "regions/{region}/networkEndpointGroups",
        "resource_compute_region_network_endpoint_group.go",
        dated=False,
        defaults={"networkEndpointType": "SERVERLESS"},
    ),
    _compute(
        BACKEND,
        "global/backendServices",
        "resource_compute_backend_service.go",
        defaults={"loadBalancingScheme": "EXTERNAL_MANAGED", "connectionDrainingTimeoutSec": 300},
        minted={"generatedId": _number},
        computed=_CLIENT_TRAFFIC,
        limits=(between("logConfig.sampleRate", 0, 1),),
        parents=(
            Parent("backends.group", (ENDPOINTS,), FULL, cure="create the endpoint group first, or pass its .id"),
            Parent("securityPolicy", (ARMOR,), BY_NAME, cure="create the SecurityPolicy first, or pass its .self_link"),
        ),
    ),
    _compute(
        URL_MAP,
        "global/urlMaps",
        "resource_compute_url_map.go",
        minted={"mapId": _number},
        computed=_CLIENT_TRAFFIC,
        parents=(
            Parent("defaultService", (BACKEND,), BY_NAME, r".*/backendBuckets/.*", "create the BackendService first"),
            Parent("pathMatchers.defaultService", (BACKEND,), BY_NAME, r".*/backendBuckets/.*"),
            Parent("pathMatchers.pathRules.service", (BACKEND,), BY_NAME, r".*/backendBuckets/.*"),
        ),
    ),
    _compute(
        HTTP_PROXY,
        "global/targetHttpProxies",
        "resource_compute_target_http_proxy.go",
        defaults={"proxyBind": False},
        minted={"proxyId": _number},
        computed=_CLIENT_TRAFFIC,
        parents=(Parent("urlMap", (URL_MAP,), BY_NAME, cure="create the URLMap first, or pass its .id"),),
    ),
    _compute(
        HTTPS_PROXY,
        "global/targetHttpsProxies",
        "resource_compute_target_https_proxy.go",
        defaults={"proxyBind": False, "quicOverride": "NONE", "tlsEarlyData": "DISABLED"},
        minted={"proxyId": _number},
        computed=_CLIENT_TRAFFIC,
        parents=(
            Parent("urlMap", (URL_MAP,), BY_NAME, cure="create the URLMap first, or pass its .id"),
            Parent(
                "certificateMap",
                (MAP,),
                ("//certificatemanager.googleapis.com/{id}",),
                cure="create the CertificateMap and pass //certificatemanager.googleapis.com/ followed by its .id",
            ),
            Parent(
                "certificateManagerCertificates",
                (CERTIFICATE,),
                ("{id}", "//certificatemanager.googleapis.com/{id}"),
                cure="create the Certificate first, or pass its .id",
            ),
            Parent("sslPolicy", (SSL_POLICY,), BY_NAME, cure="create the SSLPolicy first, or pass its .id"),
        ),
    ),
    _compute(
        SSL_POLICY,
        "global/sslPolicies",
        "resource_compute_ssl_policy.go",
        defaults={"minTlsVersion": "TLS_1_0", "profile": "COMPATIBLE"},
        computed=_CLIENT_TRAFFIC,
    ),
    _compute(
        FORWARDING,
        "global/forwardingRules",
        "resource_compute_global_forwarding_rule.go",
        dated=False,
        defaults={"loadBalancingScheme": "EXTERNAL_MANAGED", "ipProtocol": "TCP", "networkTier": "PREMIUM"},
        minted={
            "forwardingRuleId": _number,
            "ipAddress": lambda known: known["ipAddress"] or known["allocatedAddress"],
        },
        computed={**labelled(), "labelFingerprint": "{hex32}"},
        limits=(like("portRange", r"\d{1,5}(-\d{1,5})?", "a port such as 443 or a range such as 443-443"),),
        parents=(
            Parent("target", (HTTPS_PROXY, HTTP_PROXY), FULL, cure="create the target proxy first, or pass its .id"),
            Parent("ipAddress", (ADDRESS,), ("{address}", *FULL), cure="reserve a GlobalAddress and pass its .address"),
        ),
    ),
    _certificates(
        AUTHORIZATION,
        "{location}/dnsAuthorizations/{name}",
        "resource_certificate_manager_dns_authorization.go",
        defaults={
            "location": "global",
            "type": lambda known: (
                "FIXED_RECORD" if known.get("location", "global") == "global" else "PER_PROJECT_RECORD"
            ),
        },
        minted={"dnsResourceRecords": _proof},
        limits=(like("domain", r"[a-z0-9-]+(\.[a-z0-9-]+)+", "a domain name without a wildcard or a final dot"),),
    ),
    _certificates(
        CERTIFICATE,
        "{location}/certificates/{name}",
        "resource_certificate_manager_certificate.go",
        defaults={"location": "global", "scope": "DEFAULT"},
        computed={"sanDnsnames": lambda known: (known.get("managed") or {}).get("domains", [])},
        limits=(one_of("scope", "DEFAULT", "EDGE_CACHE", "ALL_REGIONS", "CLIENT_AUTH"),),
        parents=(
            Parent(
                "managed.dnsAuthorizations",
                (AUTHORIZATION,),
                cure="create the DnsAuthorization first, or pass its .id",
            ),
        ),
    ),
    _certificates(
        MAP,
        "global/certificateMaps/{name}",
        "resource_certificate_manager_certificate_map.go",
        minted={"createTime": "{now}"},
        computed={"updateTime": "{now}", "gclbTargets": []},
    ),
    _certificates(
        "gcp:certificatemanager/certificateMapEntry:CertificateMapEntry",
        "global/certificateMaps/{map}/certificateMapEntries/{name}",
        "resource_certificate_manager_certificate_map_entry.go",
        minted={"createTime": "{now}"},
        computed={"updateTime": "{now}", "state": "ACTIVE"},
        limits=(
            one_of("matcher", "PRIMARY"),
            like(
                "hostname", r"(\*\.)?([a-z0-9-]+\.)+[a-z0-9-]+", "a host's name such as api.acme.test, without scheme"
            ),
        ),
        parents=(
            Parent("map", (MAP,), ("{name}", "{id}"), cure="create the CertificateMap first, or pass its .name"),
            Parent("certificates", (CERTIFICATE,), cure="create the Certificate first, or pass its .id"),
        ),
    ),
)
