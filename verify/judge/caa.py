"""Judges whether CAA records let the certificate authorities issue that have to (RFC 8659)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from blueprint.finding import Finding
from verify.answers.dns import Answer, Outcome
from verify.judge.check import Check

_PROPERTY = re.compile(
    r'(?P<flags>\d+) (?P<tag>[A-Za-z0-9]+) "(?P<issuer>[^";]*)(?P<parameters>[^"]*)'
)  # RFC 8659 section 4
_CRITICAL = 128  # RFC 8659 section 4.1.1
_KNOWN = (
    "contactemail",
    "contactphone",
    "iodef",
    "issue",
    "issuemail",
    "issuevmc",
    "issuewild",
)  # IANA, CAA properties
_ACCOUNT = "accounturi"  # RFC 8657 section 3

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
    shut = {host: _missing(host, domain, wanted, answers) for host, answers in found.items()}
    refused = [f"{host} does not admit {', '.join(names)}" for host, names in shut.items() if names]
    if refused:
        held = sorted({text for answers in found.values() for text in _records(answers)})
        return check.decided(False, "; ".join(refused), "\n".join(held))
    if failed:
        return check.unknown("; ".join(dict.fromkeys(failed)))
    bare = [host for host, names in shut.items() if names is None]
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


def _missing(host: str, domain: str, wanted: Sequence[str], answers: Sequence[Answer]) -> list[str] | None:
    """Return the promised authorities that may not issue for a host, None where no record restricts any.

    The edge's certificate is also one for `*.DOMAIN`, so what holds for wildcards holds for the domain itself.
    """
    admitted = _admitted(answers, whose=False)
    wild = _admitted(answers, whose=False, tag="issuewild") if host == domain else admitted
    if admitted is None and wild is None:
        return None
    return [issuer for issuer in wanted if any(issuer not in each for each in (admitted, wild) if each is not None)]


def _records(answers: Sequence[Answer]) -> Sequence[str]:
    """Return the records that count: those of the first name, from the host upwards, that has some."""
    return next((answer.data for answer in answers if answer.outcome is Outcome.ANSWER), ())


def _admitted(answers: Sequence[Answer], whose: bool = True, tag: str = "issue") -> set[str] | None:
    """Return the authorities that may issue, None when no record restricts them (RFC 8659 sections 4.2 and 4.3).

    With `whose`, one that may issue for a certain account alone counts too: the account is whose domain it is.
    """
    found = [each for text in _records(answers) if (each := _PROPERTY.match(text))]
    if any(int(each["flags"]) & _CRITICAL and each["tag"].lower() not in _KNOWN for each in found):
        return set()  # nobody may issue who does not know it (section 4.1)
    by_tag = {name: [each for each in found if each["tag"].lower() == name] for name in ("issue", tag)}
    deciding = by_tag[tag] or by_tag["issue"]
    if not deciding:
        return None
    open_ = [each for each in deciding if whose or _ACCOUNT not in each["parameters"].lower()]
    return {each["issuer"].strip().lower() for each in open_}
