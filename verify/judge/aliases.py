"""Judges names that lead to somebody else's: whether that is still there, and still ours."""

from __future__ import annotations

from blueprint.finding import Finding
from verify.answers.dns import Answer, Outcome
from verify.answers.page import Page
from verify.judge.check import Check
from verify.web.takeover import Service


def judge_dangling(host: str, target: str, answer: Answer) -> Finding:
    """Return whether the name that a host leads to exists; `answer` is about the addresses of that name."""
    check = Check(
        "dns.cname.dangling",
        host,
        f"{target} exists",
        f"Take {host} out of the stack's config, or set web.host to where the site is now, then run `./launch up`. "
        f"Whoever registers {target} decides what {host} shows.",
    )
    if answer.outcome is Outcome.FAILED:
        return check.unknown(answer.detail)
    return check.decided(answer.outcome is not Outcome.NXDOMAIN, " and ".join(answer.data) or answer.outcome.value)


def judge_takeover(host: str, target: str, service: Service, answer: Answer, page: Page) -> Finding:
    """Return whether a stranger could claim the name that a host leads to; only what is confirmed fails.

    `page` is what the host shows, which the service signs for a name that nobody holds.
    """
    check = Check(
        "dns.cname.takeover",
        host,
        f"{target} is claimed at {service.title}",
        f"Claim {target} at {service.title} now, or remove the CNAME of {host}: until then any customer of "
        f"{service.title} can put a page and a certificate under your name.",
    )
    if answer.outcome is Outcome.NXDOMAIN and not service.says:
        return check.decided(False, f"{target} is free to be registered")
    if page.error:
        return check.unknown(page.error)
    free = bool(service.says) and service.says in page.body
    return check.decided(not free, f"{page.status}: {service.says}" if free else f"{page.status}, no word of it")
