"""Judges DKIM selectors: RFC 6376, 8301 and 8463."""

from __future__ import annotations

from blueprint.finding import Finding
from verify.answers.dns import Answer, Outcome
from verify.judge.check import Check
from verify.mail.aliases import Found
from verify.mail.dkim_key import HISTORIC, DkimError, DkimKey, parse

RSA_WEAK, RSA_GOOD, RSA_LARGEST = 1024, 2048, 4096  # bits, RFC 8301 section 3.2
LISTED = "a list with e-mail in it is in order, yet dkimpy 1.1.8 takes no key of more than one service"
HIDDEN = "it is in order, yet mailauth 4.13.3 reads a lone quote, parenthesis or backslash on over the key"
COPY = "Copy the key of this selector from the mail provider's console into mail.dkim, then run `./launch up`."


def judge_dkim(name: str, found: Found) -> list[Finding]:
    """Return the findings on one selector's record; what cannot be read is judged no further."""
    record = _record_check(name)
    if found.answer.outcome is Outcome.FAILED:
        return [record.unknown(found.answer.detail)]
    texts = found.answer.data
    if len(texts) != 1:
        return [record.decided(False, f"{len(texts)} records{found.way}", "\n".join(texts))]
    try:
        key = parse(texts[0])
    except DkimError as error:
        return [record.decided(False, f"{error}{found.way}", texts[0])]
    return [record.decided(True, f"one record{found.way}", texts[0]), judge_key(name, key), judge_use(name, key)]


def judge_no_selector(name: str, answer: Answer) -> Finding:
    """Return what can be said without a selector: that there is no key at all, or that one has to be named."""
    check = Check(
        "mail.dkim.selectors",
        name,
        "a DKIM key (RFC 6376); its selector is not written anywhere and cannot be guessed",
        "Name the selector with --dkim-selector: it comes after s= in the DKIM-Signature of any mail of the domain.",
    )
    if answer.outcome is Outcome.FAILED:
        return check.unknown(answer.detail)
    if answer.outcome is Outcome.NXDOMAIN:
        return check.warned("no name ends in it, so no mail of the domain is signed (RFC 8020)")
    return check.warned("there are keys, none of which was looked at")


def judge_revoked(name: str, answer: Answer) -> Finding:
    """Return whether a domain that sends no mail revokes every key, by a wildcard that this name falls under."""
    check = Check(
        "mail.dkim.revoked",
        name,
        "a revoked key (p= is empty, RFC 6376 section 3.6.1) whatever the selector, for a domain that sends no mail",
        "Run `./launch up --refresh`: the wildcard is written where mail.provider is none.",
    )
    if answer.outcome is Outcome.FAILED:
        return check.unknown(answer.detail)
    try:
        revoked = len(answer.data) == 1 and parse(answer.data[0]).revoked
    except DkimError as error:
        return check.decided(False, str(error), answer.data[0])
    return check.decided(revoked, "revoked" if revoked else f"{len(answer.data)} records", "\n".join(answer.data))


def judge_key(name: str, key: DkimKey) -> Finding:
    """Return whether receivers accept signatures by the key."""
    check = Check(
        "mail.dkim.key",
        name,
        f"a key in use: Ed25519, or RSA of at least {RSA_GOOD} bits (RFC 8301 section 3.2, RFC 8463)",
        COPY,
    )
    if key.revoked:
        return check.decided(False, "the key is revoked (p= is empty, RFC 6376 section 3.6.1)")
    if key.type == "ed25519":
        return check.decided(True, f"an Ed25519 key of {key.bits} bits")
    observed = f"an RSA key of {key.bits} bits"
    if RSA_WEAK <= key.bits < RSA_GOOD:
        return check.warned(f"{observed}; signers should use {RSA_GOOD}")
    if key.bits > RSA_LARGEST:
        return check.warned(f"{observed}; verifiers need not take more than {RSA_LARGEST}")
    return check.decided(key.bits >= RSA_GOOD, observed)


def judge_use(name: str, key: DkimKey) -> Finding:
    """Return whether the record lets the key sign mail in earnest."""
    check = Check(
        "mail.dkim.use",
        name,
        "a key for e-mail and SHA-256, not under test (RFC 6376 section 3.6.1, RFC 8301 section 3.1)",
        "Take the tags t=y, s=, h=, g= and n= out of this selector's value in mail.dkim, then run `./launch up`.",
    )
    if not key.signs_mail:
        return check.decided(False, f"s={':'.join(sorted(key.services or ()))}: the key may not sign e-mail")
    if not key.takes_sha256:
        return check.decided(False, f"h={':'.join(sorted(key.hashes or ()))}: SHA-256 is not admitted")
    if key.testing:
        return check.warned("t=y: the domain is testing DKIM, so receivers treat its mail as unsigned")
    old = [tag for tag in key.unknown if tag in HISTORIC]
    if old:
        return check.warned(f"the tag {', '.join(old)} is historic, and no longer read")
    if key.lists_services:
        return check.warned(f"s={':'.join(sorted(key.services or ()))}: {LISTED}")
    if key.unclosed:
        return check.warned(f"{', '.join(f'{tag}=' for tag in key.unclosed)}: {HIDDEN}")
    exact = "s" in key.flags  # RFC 6376 section 3.6.1
    return check.decided(True, "t=s: for mail of the domain itself, not of names below it" if exact else "no limits")


def _record_check(name: str) -> Check:
    return Check(
        "mail.dkim.record",
        name,
        "exactly one DKIM key record that can be read (RFC 6376 section 3.6.2.2)",
        COPY,
    )
