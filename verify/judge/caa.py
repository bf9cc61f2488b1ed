"""Judges whether CAA records let the certificate authorities issue that have to (RFC 8659)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from blueprint.finding import Finding
from verify.answers.dns import Answer, Outcome
from verify.judge.check import Check

_ISSUE = re.compile(r'\d+ issue "([^";]*)', re.IGNORECASE)  # RFC 8659 section 4.2

# The organization in an issuer's name → the CAA identifiers that it honours. Source: each authority's own CPS, as
# ccadb.org lists them under "CAA Identifiers".
AUTHORITIES: Mapping[str, tuple[str, ...]] = {
    "Amazon": ("amazon.com", "amazontrust.com", "awstrust.com", "amazonaws.com"),
    "DigiCert": ("digicert.com", "rapidssl.com", "geotrust.com", "thawte.com"),
    "GlobalSign": ("globalsign.com",),
    "GoDaddy": ("godaddy.com", "starfieldtech.com"),
    "Google Trust Services": ("pki.goog",),
    "Let's Encrypt": ("letsencrypt.org",),
    "SSL Corp": ("ssl.com",),
    "Sectigo": ("sectigo.com", "comodoca.com", "usertrust.com", "trust-provider.com"),
    "ZeroSSL": ("sectigo.com", "comodoca.com"),
}


def judge_promised_issuers(domain: str, wanted: Sequence[str], found: Mapping[str, Sequence[Answer]]) -> Finding:
    """Return whether every host's CAA records admit the promised authorities.

    `found` are the answers for a host and the names above it, up to the zone's apex: the first that has records
    counts (RFC 8659 section 3).
    """
    check = _check(
        domain,
        f"every host admits {', '.join(wanted)}",
        "Run `./launch up --refresh`: it writes the CAA records of the authorities that Google and Cloudflare use.",
    )
    failed = [answer.detail for answers in found.values() for answer in answers if answer.outcome is Outcome.FAILED]
    shut = {
        host: [issuer for issuer in wanted if issuer not in admitted]
        for host, answers in found.items()
        if (admitted := _admitted(answers)) is not None
    }
    refused = [f"{host} does not admit {', '.join(names)}" for host, names in shut.items() if names]
    if refused:
        return check.decided(False, "; ".join(refused))
    if failed:
        return check.unknown("; ".join(dict.fromkeys(failed)))
    bare = [host for host in found if host not in shut]
    return check.decided(not bare, f"no CAA record holds for {', '.join(bare)}" if bare else "all of them do")


def judge_present_issuer(host: str, issuer: str, why: str, answers: Sequence[Answer]) -> Finding:
    """Return whether the authority of the certificate that a host shows may issue the next one.

    `issuer` is the issuer's name, empty with the reason in `why` when no certificate was seen.
    """
    check = _check(
        host,
        "the authority that issued the present certificate may issue the next one",
        "At the DNS provider, publish a CAA record for the authority that issues your certificates.",
    )
    failed = [answer.detail for answer in answers if answer.outcome is Outcome.FAILED]
    admitted = _admitted(answers)
    if admitted is None:
        return check.unknown(failed[0]) if failed else check.warned("no CAA record: every authority may issue")
    known = next((names for title, names in AUTHORITIES.items() if title.lower() in issuer.lower()), ())
    if not known:
        return check.unknown(why or f"which CAA identifiers {issuer!r} honours is not known here")
    return check.decided(any(name in admitted for name in known), f"{issuer}; admitted: {', '.join(sorted(admitted))}")


def _check(subject: str, expected: str, cure: str) -> Check:
    why = "A certificate that cannot be renewed locks every visitor out."
    return Check("dns.caa.issuers", subject, f"{expected} (RFC 8659 section 4.2)", f"{cure} {why}")


def _admitted(answers: Sequence[Answer]) -> set[str] | None:
    """Return the authorities that may issue, None when no record restricts them."""
    records = next((answer.data for answer in answers if answer.outcome is Outcome.ANSWER), None)
    if records is None:
        return None
    return {found[1].strip().lower() for text in records if (found := _ISSUE.match(text))}
