"""What the rules of each phase decide about a request: pure.

Source of what they do: developers.cloudflare.com/rules and /waf, the pages on each product.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from localcloud.edge import bulk_redirects
from localcloud.edge.bulk_redirects import Listed
from localcloud.edge.expressions import holds, text_of
from localcloud.edge.http_message import Answer, Headers, Request, Response, content, page, without
from localcloud.edge.rules import CHALLENGES, Rule

CONTROL = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True)
class Firewall:
    """The firewall's decision: an answer, or the phases that a skip rule spares the request."""

    answer: Answer | None = None
    skipped: frozenset[str] = frozenset()


def redirect(rules: Iterable[Rule], request: Request) -> Answer | None:
    """Return the redirect of the first rule that matches and has a target."""
    for rule in rules:
        if holds(rule.expression, request):
            wanted = rule.parameters["fromValue"]
            target = _made(wanted["targetUrl"], request)
            if target:
                query = request.query if wanted.get("preserveQueryString") else ""
                return moved(int(wanted.get("statusCode", 301)), bulk_redirects.with_query(target, query))
    return None


def listed(items: Iterable[Listed], request: Request) -> Answer | None:
    """Return the redirect that a list of the account has for the request."""
    found = bulk_redirects.target(items, request)
    return moved(*found) if found else None


def moved(status: int, location: str, *headers: tuple[str, str]) -> Answer:
    """Return a redirect without a body."""
    return Answer(Response(status, (("location", location), ("content-length", "0"), *headers)))


def firewall(rules: Iterable[Rule], request: Request) -> Firewall:
    """Return what the custom rules say: the first one that blocks, challenges or skips the rest decides."""
    skipped: set[str] = set()
    for rule in rules:
        if not holds(rule.expression, request):
            continue
        if rule.action == "skip":
            skipped |= set(rule.parameters.get("phases") or ())
            if rule.parameters.get("ruleset") == "current":
                break
        elif rule.action != "log":
            return Firewall(denial(rule, request, 403))
    return Firewall(skipped=frozenset(skipped))


def denial(rule: Rule, request: Request, status: int, *headers: tuple[str, str]) -> Answer:
    """Return the answer of a rule that blocks or challenges; `status` unless the rule has a response of its own."""
    if rule.action in CHALLENGES:
        said = "Verify that you are human. The rehearsal has no challenge to solve."
        return page(request, 403, "Just a moment...", said, ("cf-mitigated", "challenge"))
    own: Mapping[str, Any] = rule.parameters.get("response") or {}
    if own:
        kind, text = str(own.get("contentType", "text/plain")), str(own.get("content", ""))
        return content(int(own.get("statusCode", status)), kind, text.encode(), *headers)
    if status == 429:
        return page(request, 429, "You are being rate limited", "Error 1015: too many requests.", *headers)
    said = f"{request.host} is protected by a firewall rule that refuses this request."
    return page(request, status, "Sorry, you have been blocked", said, *headers)


def request_headers(rules: Iterable[Rule], request: Request) -> Headers:
    """Return the headers that go to the origin, as the transform rules change them."""
    headers = request.headers
    for rule in rules:
        if holds(rule.expression, request):
            headers = _changed(headers, rule, request, None)
    return headers


def response_headers(rules: Iterable[Rule], request: Request, response: Response) -> Response:
    """Return the response as the transform rules change it; they all see the values from before the phase."""
    headers = response.headers
    for rule in rules:
        if holds(rule.expression, request, response):
            headers = _changed(headers, rule, request, response)
    return Response(response.status, headers)


def _changed(headers: Headers, rule: Rule, request: Request, response: Response | None) -> Headers:
    for name, change in rule.parameters["headers"].items():
        key = name.lower()
        value = None if change["operation"] == "remove" else _made(change, request, response)
        kept = headers if change["operation"] == "add" else without(headers, key)
        headers = (*kept, (key, value)) if value else kept  # an empty value removes the header
    return headers


def _made(given: Mapping[str, Any], request: Request, response: Response | None = None) -> str | None:
    """Return the value that a rule gives, without what could end a header line and begin another."""
    if given.get("expression") is None:
        return str(given["value"])
    made = text_of(given["expression"], request, response)
    return None if made is None else CONTROL.sub("", made)
