"""Judges a message that really went: SPF, DKIM and DMARC, as a receiver would."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from blueprint.finding import Finding
from verify.answers.message import Arrived
from verify.judge.check import Check
from verify.mail.dmarc_walk import Walk
from verify.mail.signatures import Signature
from verify.mail.spf_check import Result


@dataclass(frozen=True)
class Authenticated:
    """What a receiver finds out about a message: the author's domain, SPF's verdict on the sender's, the signatures.

    `walks` are the tree walks of all these domains, by domain.
    """

    author: str
    sender: str
    spf: Result
    spf_why: str
    signatures: Sequence[Signature]
    walks: dict[str, Walk]

    def aligned(self, domain: str, mode: str) -> bool:
        """Return whether a domain is that of the author, or in relaxed mode of the same organization (4.4.1)."""
        if mode == "s":
            return domain == self.author
        return self.walks[domain].organization == self.walks[self.author].organization


def judge_message(arrived: Arrived, seen: Authenticated) -> list[Finding]:
    """Return the findings on a message that arrived."""
    return [judge_spf(arrived, seen), judge_dkim(seen), judge_dmarc(seen)]


def judge_not_arrived(domain: str, error: str) -> list[Finding]:
    """Return that a message which was to be looked at did not arrive."""
    check = Check(
        "mail.message.arrived",
        domain,
        "a test message that the stack's mailer sends and that arrives",
        "Run `./launch up`, then `./launch logs saas`: it shows what became of the message.",
    )
    return [check.decided(False, error)]


def judge_spf(arrived: Arrived, seen: Authenticated) -> Finding:
    """Return whether the client that brought the message may send for the domain of MAIL FROM (RFC 7208)."""
    check = Check(
        "mail.message.spf",
        seen.sender,
        "SPF passes for the server that sends the message (RFC 7208 section 2.6)",
        "Make sure that mail.senders names the provider that sends, then run `./launch up --refresh`.",
    )
    observed = f"{seen.spf} for {arrived.client}: {seen.spf_why or 'no term matches'}"
    if seen.spf is Result.TEMPERROR:
        return check.unknown(seen.spf_why)
    return check.decided(seen.spf is Result.PASS, observed)


def judge_dkim(seen: Authenticated) -> Finding:
    """Return whether the author's domain, or one of its organization, signed the message (RFC 6376)."""
    check = Check(
        "mail.message.dkim",
        seen.author,
        "a valid signature by the author's domain (RFC 6376 section 6)",
        "Put the key that the provider signs with into mail.dkim. In the rehearsal that is the one of "
        "Pulumi.local.yaml, whose private half the mailer's stand-in has.",
    )
    observed = "; ".join(f"{each.key_name}: {'valid' if each.valid else each.why}" for each in seen.signatures)
    own = [each for each in seen.signatures if each.domain and seen.aligned(each.domain, "r")]
    held = [each for each in own if each.valid]
    if any(not each.remark for each in held):
        return check.decided(True, observed)
    if held:
        return check.warned(f"{observed}; {held[0].remark}")
    unknown = [each.why for each in own if each.valid is None]
    return check.unknown(unknown[0]) if unknown else check.decided(False, observed or "no signature")


def judge_dmarc(seen: Authenticated) -> Finding:
    """Return whether the message passes DMARC, and by what (RFC 9989 section 5.3.5)."""
    check = Check(
        "mail.message.dmarc",
        seen.author,
        "DMARC passes: SPF or DKIM passes for a domain that is aligned with the author's (RFC 9989 section 4.4)",
        "Mend SPF and DKIM of this message first; both have to be of the domain in From or of its organization.",
    )
    walk = seen.walks[seen.author]
    if walk.applicable is None:
        return check.unknown(walk.failures[0]) if walk.failures else check.decided(False, "no DMARC record applies")
    record = walk.applicable[1]
    by_spf = seen.spf is Result.PASS and seen.aligned(seen.sender, record.aspf)
    signed = [each for each in seen.signatures if each.valid and seen.aligned(each.domain, record.adkim)]
    passed = [*(["SPF"] if by_spf else []), *(["DKIM"] if signed else [])]
    open_ = seen.spf is Result.TEMPERROR or any(each.valid is None for each in seen.signatures)
    if not passed and open_:
        return check.unknown("neither SPF nor DKIM could be evaluated")
    return check.decided(bool(passed), f"aligned by {' and '.join(passed)}" if passed else "nothing is aligned")
