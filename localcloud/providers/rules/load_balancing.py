"""What Compute Engine refuses about hosts, paths and numbers of load balancers.

Sources: the compute API's descriptions of HostRule, PathRule, HttpRouteRule, BackendService and ForwardingRule.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from localcloud.providers.launch_rules import REFUSED, Case, LaunchRule, Stage
from localcloud.providers.tables.gcp_network import BACKEND, FORWARDING, HTTPS_PROXY, URL_MAP
from localcloud.providers.values import Properties, every, leaves, mappings

HOST = re.compile(r"(\*|\*[-.][A-Za-z0-9.-]+|[A-Za-z0-9][A-Za-z0-9.-]*)(:\d+)?")  # HostRule.hosts
PATH = re.compile(r"/[^*?#]*|/([^*?#]*/)?\*")  # PathRule.paths
LONGEST_COOKIE = 1_209_600  # seconds, two weeks
MOST_CERTIFICATES = 15  # https://cloud.google.com/load-balancing/docs/quotas


def wrong_map(case: Case) -> str | None:
    """Refuse hosts and paths in another form, and two rules of one priority."""
    return case.told(_map(case.inputs)) if case.traits.token == URL_MAP else None


def _map(urls: Properties) -> Iterator[str]:
    for host in leaves(urls, "hostRules.hosts"):
        if isinstance(host, str) and not HOST.fullmatch(host):
            yield (
                f'hostRules has "{host}" ({REFUSED}). Write a host such as api.acme.test, with a * only at its '
                "beginning, as in *.acme.test."
            )
    for path in leaves(urls, "pathMatchers.pathRules.paths"):
        if isinstance(path, str) and not PATH.fullmatch(path):
            yield f'pathRules has "{path}" ({REFUSED}). Begin it with /, and use * only at its end, as in /api/*.'
    for matcher in mappings(urls.get("pathMatchers")):
        ranks = [rank for rank in every(matcher, "routeRules.priority") if isinstance(rank, int | float)]
        twice = next((rank for rank in ranks if ranks.count(rank) > 1), None)
        if twice is not None:
            yield f"two routeRules have the priority {twice:g} ({REFUSED}). Give each its own."


def wrong_backend(case: Case) -> str | None:
    """Refuse headers without a value, and numbers outside of their bounds."""
    return case.told(_backend(case.inputs)) if case.traits.token == BACKEND else None


def _backend(backend: Properties) -> Iterator[str]:
    for name in ("customRequestHeaders", "customResponseHeaders"):  # docs/custom-headers
        for header in leaves(backend, name):
            if isinstance(header, str) and not re.match(r"[^\s:]+:", header):
                yield f'{name} has "{header}" ({REFUSED}). Write NAME:VALUE, such as X-Edge:launch.'
    age = backend.get("affinityCookieTtlSec")
    if isinstance(age, int | float) and not 0 <= age <= LONGEST_COOKIE:
        yield f"affinityCookieTtlSec is {age:.0f} ({REFUSED}). Use at most {LONGEST_COOKIE}, two weeks."
    for share in every(backend, "backends.capacityScaler"):
        if isinstance(share, int | float) and share != 0 and not 0.1 <= share <= 1:
            yield f"a backend's capacityScaler is {share:g} ({REFUSED}). Use 0, or 0.1 to 1."


def wrong_entrance(case: Case) -> str | None:
    """Refuse a port beyond the last, and another protocol than TCP before a proxy."""
    port, target, protocol = (case.inputs.get(name) for name in ("portRange", "target", "ipProtocol"))
    if case.traits.token != FORWARDING:
        return None
    if isinstance(port, str) and port.isdigit() and not 1 <= int(port) <= 65_535:
        return f"{case.title}: portRange is {port} ({REFUSED}). Use 1 to 65535, for https 443."
    if isinstance(protocol, str) and protocol != "TCP" and re.search(r"targetHttps?Proxies/", str(target)):
        return f"{case.title}: ipProtocol is {protocol} before an HTTP proxy ({REFUSED}). Use TCP, for HTTP/3 too."
    return None


def many_certificates(case: Case) -> str | None:
    """Refuse more certificates than a proxy shows."""
    certificates = case.inputs.get("sslCertificates")
    if case.traits.token != HTTPS_PROXY or not isinstance(certificates, list) or len(certificates) <= MOST_CERTIFICATES:
        return None
    return (
        f"{case.title}: sslCertificates has {len(certificates)} items, and Google takes {MOST_CERTIFICATES} "
        f"({REFUSED}). Use a certificateMap."
    )


RULES: tuple[LaunchRule, ...] = (
    LaunchRule("url-forms", Stage.CHECK, "compute API, HostRule, PathRule, HttpRouteRule", wrong_map),
    LaunchRule("backend-numbers", Stage.CHECK, "compute API, BackendService; custom headers", wrong_backend),
    LaunchRule("entrance", Stage.CHECK, "compute API, ForwardingRule", wrong_entrance),
    LaunchRule("proxy-certificates", Stage.CHECK, "Cloud Load Balancing: quotas", many_certificates),
)
