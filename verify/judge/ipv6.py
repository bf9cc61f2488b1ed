"""Judges whether hosts can be reached by IPv6."""

from __future__ import annotations

from collections.abc import Mapping

from blueprint.finding import Finding
from verify.answers.dns import Answer, Outcome
from verify.answers.page import Page
from verify.judge.check import Check

CURE = "Switch IPv6 Compatibility on in Cloudflare under Network; it is on unless somebody switched it off."


def judge_published(host: str, answer: Answer) -> Finding:
    """Return whether the host has an IPv6 address; visitors without IPv4 go through their carrier's translation."""
    check = Check("web.ipv6.published", host, "an AAAA record (RFC 6540)", CURE)
    if answer.outcome is Outcome.FAILED:
        return check.unknown(answer.detail)
    return check.decided(True, " and ".join(answer.data)) if answer.data else check.warned("no IPv6 address")


def judge_answers(host: str, pages: Mapping[str, Page]) -> Finding:
    """Return whether every IPv6 address answers by https; `pages` are the answers by address."""
    check = Check("web.ipv6.answers", host, "an answer by https from every IPv6 address", CURE)
    silent = [page.error for page in pages.values() if page.error]
    if silent:
        return check.unknown(silent[0])
    told = ", ".join(f"{address}: {page.status}" for address, page in pages.items())
    return check.decided(all(page.status < 500 for page in pages.values()), told)
