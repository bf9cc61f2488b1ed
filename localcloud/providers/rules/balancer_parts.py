"""What Compute Engine and Certificate Manager refuse about parts of a load balancer that do not go together.

Sources: the compute API's descriptions of UrlMap, PathRule, NetworkEndpointGroup, Address, BackendService,
BackendServiceCdnPolicy and ForwardingRule; gcloud's help on --default-ttl, --client-ttl and --max-ttl;
hashicorp/terraform-provider-google#3537 (a host in one rule alone);
https://cloud.google.com/load-balancing/docs/ssl-policies-concepts (features), …/docs/enabling-connection-draining and
https://cloud.google.com/cdn/docs/overview (CDN is for external load balancers, and not beside IAP); the refusal
"Duplicate network endpoint groups in backend service".
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from localcloud.providers.launch_rules import REFUSED, Case, LaunchRule, Stage
from localcloud.providers.tables.gcp_network import (
    ADDRESS,
    BACKEND,
    CERTIFICATE,
    ENDPOINTS,
    FORWARDING,
    SSL_POLICY,
    URL_MAP,
)
from localcloud.providers.values import Properties, at, every, leaves, mappings

CACHED_ERRORS = (300, 301, 302, 307, 308, 404, 405, 410, 421, 451, 501)
LONGEST_DRAIN = 3_600  # seconds
GLOBAL_PURPOSES = ("VPC_PEERING", "PRIVATE_SERVICE_CONNECT")
OMITTED = {  # cache mode → times that do not go with it
    "USE_ORIGIN_HEADERS": ("defaultTtl", "clientTtl", "maxTtl"),
    "FORCE_CACHE_ALL": ("maxTtl",),
}
_RSA, _CURVES = "TLS_RSA_WITH_", ("TLS_ECDHE_ECDSA_WITH_", "TLS_ECDHE_RSA_WITH_")
_SUITES = ("AES_128_GCM_SHA256", "AES_256_GCM_SHA384", "AES_128_CBC_SHA", "AES_256_CBC_SHA")
FEATURES = frozenset(
    {f"{begin}{suite}" for begin in (_RSA, *_CURVES) for suite in _SUITES}
    | {f"{begin}CHACHA20_POLY1305_SHA256" for begin in ("TLS_", *_CURVES)}
    | {"TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", f"{_RSA}3DES_EDE_CBC_SHA"}
)


def repeated_path(case: Case) -> str | None:
    """Refuse a host in two rules, and a path in two rules of one matcher."""
    return case.told(_repeated(case.inputs)) if case.traits.token == URL_MAP else None


def _repeated(urls: Properties) -> Iterator[str]:
    for host in _twice(leaves(urls, "hostRules.hosts")):
        yield f"the host {host} is in two hostRules ({REFUSED}). Keep it in one of them."
    for matcher in mappings(urls.get("pathMatchers")):
        for path in _twice(leaves(matcher, "pathRules.paths")):
            yield f"the path {path} is in two rules of {matcher.get('name')} ({REFUSED}). Keep it in one of them."


def _twice(values: list[object]) -> list[str]:
    return [value for value, count in Counter(each for each in values if isinstance(each, str)).items() if count > 1]


def wrong_endpoints(case: Case) -> str | None:
    """Refuse Cloud Run behind endpoints that are not serverless, and serverless ones in a network."""
    kind = case.inputs.get("networkEndpointType", "SERVERLESS")
    if case.traits.token != ENDPOINTS or not isinstance(kind, str):
        return None
    if kind == "SERVERLESS":
        network = next((name for name in ("network", "subnetwork") if case.inputs.get(name)), None)
        return (
            f"{case.title}: serverless endpoints lie in no network ({REFUSED}). Leave {network} out."
            if network
            else None
        )
    if case.inputs.get("cloudRun") is None:
        return None
    return f"{case.title}: cloudRun goes with SERVERLESS, not {kind} ({REFUSED}). Leave networkEndpointType out."


def wrong_address(case: Case) -> str | None:
    """Refuse an internal address for the whole world that serves neither peering nor Private Service Connect."""
    purpose = case.inputs.get("purpose")
    internal = case.traits.token == ADDRESS and case.inputs.get("addressType") == "INTERNAL"
    if not internal or not isinstance(purpose, str | None) or purpose in GLOBAL_PURPOSES:
        return None
    return (
        f"{case.title}: a global address is INTERNAL only for {' or '.join(GLOBAL_PURPOSES)} ({REFUSED}). Leave "
        "addressType out: a load balancer is reached from outside."
    )


def wrong_backend(case: Case) -> str | None:
    """Refuse a cache where there can be none, times that its mode decides itself, and long draining."""
    return case.told(_backend(case.inputs)) if case.traits.token == BACKEND else None


def _backend(backend: Properties) -> Iterator[str]:
    cached, scheme = backend.get("enableCdn") is True, backend.get("loadBalancingScheme")
    if cached and isinstance(scheme, str) and scheme.startswith("INTERNAL"):
        yield f"enableCdn goes with external load balancers, not {scheme} ({REFUSED}). Leave one of the two out."
    if cached and at(backend, "iap.enabled") is True:
        yield f"enableCdn and iap are both on ({REFUSED}). Switch one of them off."
    drain = backend.get("connectionDrainingTimeoutSec")
    if isinstance(drain, int | float) and not 0 <= drain <= LONGEST_DRAIN:
        yield f"connectionDrainingTimeoutSec is {drain:.0f} ({REFUSED}). Use 0 to {LONGEST_DRAIN}."
    for group in _twice(leaves(backend, "backends.group")):
        yield f"the endpoints {group} are in backends twice ({REFUSED}). Keep them once."
    wait = backend.get("timeoutSec")
    if isinstance(wait, int | float) and wait < 1:
        yield f"timeoutSec is {wait:.0f} ({REFUSED}). Use 1 or more, or leave it out."
    yield from _policy(backend)


def _policy(backend: Properties) -> Iterator[str]:
    mode = at(backend, "cdnPolicy.cacheMode")
    for name in OMITTED.get(mode, ()) if isinstance(mode, str) else ():
        if at(backend, f"cdnPolicy.{name}") is not None:
            yield f"cdnPolicy.{name} does not go with cacheMode {mode} ({REFUSED}). Leave it out."
    codes = [code for code in every(backend, "cdnPolicy.negativeCachingPolicies.code") if isinstance(code, int)]
    for code in codes:
        if code not in CACHED_ERRORS:
            yield (
                f"negativeCachingPolicies names the status {code} ({REFUSED}). Use "
                f"{', '.join(map(str, CACHED_ERRORS))}."
            )
    for code in sorted({code for code in codes if codes.count(code) > 1}):
        yield f"negativeCachingPolicies names the status {code} twice ({REFUSED}). Keep one."
    if codes and at(backend, "cdnPolicy.negativeCaching") in (None, False):
        yield f"negativeCachingPolicies need negativeCaching ({REFUSED}). Set it to true."


def wrong_tier(case: Case) -> str | None:
    """Refuse the standard network tier on an entrance for the whole world."""
    tier = case.inputs.get("networkTier")
    if case.traits.token != FORWARDING or not isinstance(tier, str) or tier == "PREMIUM":
        return None
    return f"{case.title}: networkTier is {tier}, and a global entrance is PREMIUM alone ({REFUSED}). Leave it out."


def unknown_feature(case: Case) -> str | None:
    """Refuse cipher suites that Google's load balancers do not have."""
    for name in leaves(case.inputs, "customFeatures") if case.traits.token == SSL_POLICY else ():
        if isinstance(name, str) and name not in FEATURES:
            return (
                f"{case.title}: customFeatures has {name}, which there is not ({REFUSED}). `gcloud compute "
                "ssl-policies list-available-features` lists them."
            )
    return None


def wrong_pem(case: Case) -> str | None:
    """Refuse a certificate or key of one's own that is not PEM; neither is told."""
    for name, begin in (("pemCertificate", "-----BEGIN CERTIFICATE-----"), ("pemPrivateKey", "-----BEGIN ")):
        text = at(case.inputs, f"selfManaged.{name}") if case.traits.token == CERTIFICATE else None
        if isinstance(text, str) and begin not in text:
            return f"{case.title}: selfManaged.{name} is not PEM ({REFUSED}). Pass the file that begins with {begin}"
    return None


RULES: tuple[LaunchRule, ...] = (
    LaunchRule("url-repeated", Stage.CHECK, "compute API, UrlMap; tpg#3537", repeated_path),
    LaunchRule("endpoints", Stage.CHECK, "compute API, NetworkEndpointGroup", wrong_endpoints),
    LaunchRule("address-purpose", Stage.CHECK, "compute API, Address", wrong_address),
    LaunchRule("backend-cache", Stage.CHECK, "compute API, BackendServiceCdnPolicy; Cloud CDN", wrong_backend),
    LaunchRule("entrance-tier", Stage.CHECK, "compute API, ForwardingRule.networkTier", wrong_tier),
    LaunchRule("tls-suites", Stage.CHECK, "Cloud Load Balancing: SSL policies", unknown_feature),
    LaunchRule("certificate-pem", Stage.CHECK, "Certificate Manager API, SelfManagedCertificate", wrong_pem),
)
