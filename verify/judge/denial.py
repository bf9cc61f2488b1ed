"""Judges how a zone proves that a name is not there: the parameters of NSEC3 (RFC 5155), by RFC 9276's guidance."""

from __future__ import annotations

from collections.abc import Mapping

from blueprint.finding import Finding
from verify.answers.dns import Answer
from verify.judge.check import Check

GIVEN_UP = 100  # iterations above which resolvers are known to take a zone for unsigned, RFC 9276 appendix A
NO_SALT = "-"


def judge_denial(zone: str, answers: Mapping[str, Answer]) -> Finding | None:
    """Return whether the zone's NSEC3 parameters are as recommended; None for a zone that uses none.

    `answers` are those about NSEC3PARAM by server. More iterations than 0 are a warning: resolvers may take such a zone
    for unsigned or answer SERVFAIL, as each chooses (RFC 9276 section 3.2).
    """
    check = Check(
        "dns.dnssec.nsec3",
        zone,
        "NSEC3 with 0 further iterations and no salt (RFC 9276 section 3.1): resolvers may treat others as unsigned",
        "Set the iterations of NSEC3 to 0 and take the salt away, at the DNS provider that signs the zone.",
    )
    texts = sorted({text for answer in answers.values() for text in answer.data})
    if not texts:
        return None
    seen = [_parameters(text) for text in texts]
    observed = "; ".join(
        f"{count} iterations, {'no salt' if salt == NO_SALT else f'salt {salt}'}" for count, salt in seen
    )
    most = max(count for count, _ in seen)
    if most > GIVEN_UP:
        observed += f": above {GIVEN_UP} many resolvers take the zone for unsigned (RFC 9276 appendix A)"
    fine = most == 0 and all(salt == NO_SALT for _, salt in seen)
    return check.decided(True, observed) if fine else check.warned(observed, "\n".join(texts))


def _parameters(text: str) -> tuple[int, str]:
    """Return iterations and salt of an NSEC3PARAM record in presentation form (RFC 5155 section 4.3)."""
    _, _, iterations, salt, *_ = text.split()
    return int(iterations), salt
