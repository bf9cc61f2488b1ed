"""What the zone's rules decide about a request and its answer: pure, in the order of Cloudflare's phases."""

from __future__ import annotations

from localcloud.edge.evaluating import matches, text
from localcloud.edge.request import Answer, Request, page
from localcloud.edge.zones import Rule, Zone


def answer_at_once(zone: Zone, request: Request) -> Answer | None:
    """Return what the edge answers by itself (https first, then redirects, then the firewall), or None to go on."""
    if request.scheme == "http" and zone.is_on("always_use_https"):
        return _to(301, f"https://{request.host}{request.uri}")
    for rule in zone.phase("http_request_dynamic_redirect"):
        if matches(rule["expression"], request):
            return _redirect(rule, request)
    for rule in zone.phase("http_request_firewall_custom"):
        if rule["action"] == "block" and matches(rule["expression"], request):
            return page(403, "Sorry, you have been blocked", "A firewall rule of this site refused the request.")
    return None


def _redirect(rule: Rule, request: Request) -> Answer:
    wanted = rule["actionParameters"]["fromValue"]
    target = wanted["targetUrl"]
    location = text(target["expression"], request) if target.get("expression") else str(target["value"])
    if wanted.get("preserveQueryString") and request.query:
        location += f"{'&' if '?' in location else '?'}{request.query}"
    return _to(int(wanted.get("statusCode", 302)), location)


def _to(status: int, location: str) -> Answer:
    return Answer(status, (("location", location), ("cache-control", "max-age=3600")))


def finish(zone: Zone, request: Request, answer: Answer) -> Answer:
    """Return the answer with the zone's response headers, and HSTS when it goes out by https (RFC 6797 section 7.2)."""
    for rule in zone.phase("http_response_headers_transform"):
        if matches(rule["expression"], request):
            answer = _transformed(rule, request, answer)
    return _with_hsts(zone, answer) if request.scheme == "https" else answer


def _transformed(rule: Rule, request: Request, answer: Answer) -> Answer:
    for name, change in rule["actionParameters"]["headers"].items():
        if change["operation"] == "remove":
            answer = answer.with_header(name, None)
        else:
            made = text(change["expression"], request) if change.get("expression") else str(change["value"])
            answer = answer.with_header(name, made)
    return answer


def _with_hsts(zone: Zone, answer: Answer) -> Answer:
    header = zone.settings.get("security_header") or {}
    hsts = header.get("strict_transport_security") or {}
    if not hsts.get("enabled"):
        return answer
    parts = [f"max-age={int(hsts.get('max_age', 0))}"]
    parts += ["includeSubDomains"] if hsts.get("include_subdomains") else []
    parts += ["preload"] if hsts.get("preload") else []
    answer = answer.with_header("strict-transport-security", "; ".join(parts))
    return answer.with_header("x-content-type-options", "nosniff") if hsts.get("nosniff") else answer
