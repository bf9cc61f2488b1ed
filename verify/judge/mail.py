"""Judges SPF, DKIM and DMARC."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import load_der_public_key

from blueprint.finding import Finding
from verify.judge.check import Check
from verify.observe.dns import Answer, Outcome
from verify.observe.spf import SpfTree, is_spf
from verify.tags import TagError, parse_tags

SPF_LOOKUPS = 10  # RFC 7208 section 4.6.4
RSA_WEAK, RSA_GOOD = 1024, 2048  # bits, RFC 8301 section 3.2
ED25519_KEY = 32  # bytes, RFC 8463 section 4
POLICIES = ("none", "quarantine", "reject")


def judge_spf(domain: str, answer: Answer) -> Finding:
    """Return whether the domain has exactly one SPF record (RFC 7208 section 3.2)."""
    check = Check(
        "mail.spf.single",
        domain,
        "exactly one SPF record (RFC 7208 section 3.2)",
        "Keep one TXT record that begins with v=spf1: list every sender under mail.senders; `./launch up` writes it.",
    )
    if answer.outcome is Outcome.FAILED:
        return check.unknown(answer.detail)
    found = [text for text in answer.data if is_spf(text)]
    return check.decided(len(found) == 1, f"{len(found)} SPF records", "\n".join(found))


def judge_spf_lookups(domain: str, tree: SpfTree) -> Finding:
    """Return whether a receiver can evaluate the record within ten DNS lookups (RFC 7208 section 4.6.4)."""
    check = Check(
        "mail.spf.lookups",
        domain,
        f"at most {SPF_LOOKUPS} DNS lookups, and every include answers (RFC 7208 section 4.6.4)",
        "Drop senders that you no longer use from mail.senders: receivers reject all your mail above ten lookups.",
    )
    if tree.unanswered:
        return check.unknown("; ".join(tree.unanswered))
    if tree.broken:
        return check.decided(False, "; ".join(tree.broken))
    return check.decided(tree.lookups <= SPF_LOOKUPS, f"{tree.lookups} lookups", " → ".join(tree.visited))


def judge_dkim(name: str, answer: Answer) -> Finding:
    """Return whether a DKIM selector holds a key that receivers accept (RFC 6376, 8301, 8463)."""
    check = Check(
        "mail.dkim.key",
        name,
        f"one public key: Ed25519, or RSA of at least {RSA_GOOD} bits (RFC 8301, RFC 8463)",
        "Copy the key of this selector from the mail provider's console into mail.dkim, then run `./launch up`.",
    )
    if answer.outcome is Outcome.FAILED:
        return check.unknown(answer.detail)
    if len(answer.data) != 1:
        return check.decided(False, f"{len(answer.data)} records")
    try:
        return _judge_key(check, parse_tags(answer.data[0]))
    except TagError as error:
        return check.decided(False, str(error), answer.data[0])


def _judge_key(check: Check, tags: Mapping[str, str]) -> Finding:
    key = "".join(tags.get("p", "").split())
    if not key:
        return check.decided(False, "the key is revoked (p= is empty, RFC 6376 section 3.6.1)")
    try:
        raw = base64.b64decode(key, validate=True)
        if tags.get("k", "rsa") == "ed25519":
            return check.decided(len(raw) == ED25519_KEY, f"an Ed25519 key of {len(raw)} bytes")
        public = load_der_public_key(raw)
    except (binascii.Error, ValueError, UnsupportedAlgorithm) as error:
        return check.decided(False, f"the key cannot be read: {error}")
    if not isinstance(public, rsa.RSAPublicKey):
        return check.decided(False, "the key is not of the type that its tag k says")
    observed = f"an RSA key of {public.key_size} bits"
    if RSA_WEAK <= public.key_size < RSA_GOOD:
        return check.warned(observed)
    return check.decided(public.key_size >= RSA_GOOD, observed)


def judge_dmarc(domain: str, policy: str, report: str, answer: Answer) -> Finding:
    """Return whether the domain publishes the promised DMARC policy and report address (RFC 9989 section 5.3)."""
    check = Check(
        "mail.dmarc.policy",
        f"_dmarc.{domain}",
        f"one record with p={policy} and reports to {report} (RFC 9989)",
        "Set mail.dmarc in the stack's config and run `./launch up --refresh`; delete any other record that begins "
        "v=DMARC1.",
    )
    if answer.outcome is Outcome.FAILED:
        return check.unknown(answer.detail)
    found = [text for text in answer.data if text.startswith("v=DMARC1")]
    if len(found) != 1:
        return check.decided(False, f"{len(found)} DMARC records", "\n".join(answer.data))
    try:
        tags = parse_tags(found[0])
    except TagError as error:
        return check.decided(False, str(error), found[0])
    reports = [address.strip() for address in tags.get("rua", "").split(",")]
    as_promised = tags.get("p") == policy and f"mailto:{report}" in reports and policy in POLICIES
    return check.decided(as_promised, f"p={tags.get('p', 'missing')}, rua={tags.get('rua', 'missing')}", found[0])
