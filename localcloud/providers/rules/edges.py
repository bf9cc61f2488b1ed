"""What Google refuses about load balancers and their certificates beyond single values.

Sources: the references of urlMaps (HostRule), sslPolicies (tpg resource_compute_ssl_policy, its check of
custom_features), backendServices (CdnPolicy), securityPolicies (rateLimitOptions) and of Certificate Manager's
certificates (managed domains: wildcards by DNS authorization alone).
"""

from __future__ import annotations

from collections.abc import Iterator

from localcloud.providers.launch_rules import REFUSED, Case, LaunchRule, Stage
from localcloud.providers.tables.gcp_network import ARMOR, BACKEND, CERTIFICATE, SSL_POLICY, URL_MAP
from localcloud.providers.values import Unknown, at, every, leaves, mappings

LIMITING = ("throttle", "rate_based_ban")


def unknown_matcher(case: Case) -> str | None:
    """Refuse hosts that are led to a path matcher which is not there, or by two of one name."""
    return case.told(_matchers(case)) if case.traits.token == URL_MAP else None


def _matchers(case: Case) -> Iterator[str]:
    matchers = case.inputs.get("pathMatchers")
    names = every(case.inputs, "pathMatchers.name")
    if isinstance(matchers, Unknown) or any(isinstance(name, Unknown) for name in names):
        return
    for name in every(case.inputs, "hostRules.pathMatcher"):
        if isinstance(name, str) and name not in names:
            yield f'hostRules names the path matcher "{name}", which pathMatchers lacks ({REFUSED}). Add it there.'
    for name in sorted({str(name) for name in names if names.count(name) > 1}):
        yield f'there are {names.count(name)} path matchers named "{name}" ({REFUSED}). Rename one of them.'


def wrong_features(case: Case) -> str | None:
    """Refuse features of TLS beside a ready profile, and a profile of one's own without any."""
    profile, features = case.inputs.get("profile", "COMPATIBLE"), case.inputs.get("customFeatures")
    if case.traits.token != SSL_POLICY or isinstance(profile, Unknown) or isinstance(features, Unknown):
        return None
    if profile == "CUSTOM" and not features:
        return f"{case.title}: CUSTOM without customFeatures, which the provider refuses. Use MODERN, or list some."
    if profile != "CUSTOM" and features:
        return (
            f"{case.title}: customFeatures go with CUSTOM, not {profile}, which the provider refuses. Leave them out."
        )
    return None


def wrong_cache(case: Case) -> str | None:
    """Refuse a cache whose usual time is longer than its longest."""
    usual, most = (at(case.inputs, f"cdnPolicy.{name}") for name in ("defaultTtl", "maxTtl"))
    if case.traits.token != BACKEND or not isinstance(usual, int) or not isinstance(most, int) or usual <= most:
        return None
    return (
        f"{case.title}: cdnPolicy.defaultTtl is {usual}, more than maxTtl, {most} ({REFUSED}). Lower the one or raise "
        "the other."
    )


def wrong_limit(case: Case) -> str | None:
    """Refuse a limit without its numbers, and numbers on a rule that does not limit."""
    for rule in mappings(case.inputs.get("rules")) if case.traits.token == ARMOR else ():
        action, options = rule.get("action"), rule.get("rateLimitOptions")
        if action in LIMITING and options is None:
            return f"{case.title}: a rule has the action {action} without rateLimitOptions ({REFUSED}). Set them."
        if isinstance(action, str) and action not in LIMITING and isinstance(options, dict):
            return f"{case.title}: a rule has rateLimitOptions and the action {action} ({REFUSED}). Use throttle."
    return None


def unproven_wildcard(case: Case) -> str | None:
    """Refuse a managed certificate for a wildcard that no DNS authorization proves."""
    domains = leaves(case.inputs, "managed.domains") if case.traits.token == CERTIFICATE else []
    wild = next((each for each in domains if isinstance(each, str) and each.startswith("*.")), None)
    if wild is None or at(case.inputs, "managed.dnsAuthorizations") or at(case.inputs, "managed.issuanceConfig"):
        return None
    return (
        f"{case.title}: {wild} is proven by DNS alone, and managed.dnsAuthorizations names nothing ({REFUSED}). Add a "
        f"DnsAuthorization for {wild[2:]}."
    )


RULES: tuple[LaunchRule, ...] = (
    LaunchRule("url-matchers", Stage.CHECK, "compute API, urlMaps.hostRules", unknown_matcher),
    LaunchRule("tls-features", Stage.CHECK, "tpg resource_compute_ssl_policy", wrong_features),
    LaunchRule("cache-times", Stage.CHECK, "compute API, CdnPolicy.defaultTtl", wrong_cache),
    LaunchRule("limit-options", Stage.CHECK, "compute API, securityPolicies.rateLimitOptions", wrong_limit),
    LaunchRule("wildcard-proof", Stage.CHECK, "Certificate Manager: managed domains", unproven_wildcard),
)
