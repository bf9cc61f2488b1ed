"""DKIM signatures of a message: RFC 6376 section 6. The verifying itself is dkimpy's."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from email import message_from_bytes, policy
from typing import Any

import dkim

from verify.answers.dns import Answer, Outcome, Question
from verify.mail.asking import Ask
from verify.mail.tags import TagError, parse_tags

SHORTEST = 1024  # bits of an RSA key, RFC 8301 section 3.2


@dataclass(frozen=True)
class Signature:
    """One signature: by which domain and selector, whether it holds, and why not; None when that is not known."""

    domain: str
    selector: str
    valid: bool | None
    why: str = ""

    @property
    def key_name(self) -> str:
        """The name at which the key is."""
        return f"{self.selector}._domainkey.{self.domain}"


async def signatures(raw: bytes, ask: Ask) -> list[Signature]:
    """Return the signatures of a message, in their order, each verified with the key that the DNS holds now."""
    named = [_named(header) for header in message_from_bytes(raw, policy=policy.compat32).get_all("DKIM-Signature", [])]
    answers = await ask([Question(each.key_name, "TXT") for each in named if not each.why])
    return [each if each.why else _verified(raw, place, each, answers) for place, each in enumerate(named)]


def author_domain(raw: bytes) -> str:
    """Return the domain of the one author in From, an empty text when there is none (RFC 9989 section 5.3.1)."""
    header = message_from_bytes(raw, policy=policy.default)["From"]
    addresses: tuple[Any, ...] = getattr(header, "addresses", ())
    return addresses[0].domain.lower() if len(addresses) == 1 else ""


def _named(header: str) -> Signature:
    try:
        tags = parse_tags(str(header))
        return Signature(tags["d"].lower(), tags["s"].lower(), None)
    except (TagError, KeyError) as error:
        return Signature("", "", False, f"the signature cannot be read: {error}")


def _verified(raw: bytes, place: int, named: Signature, answers: Mapping[Question, Answer]) -> Signature:
    answer = answers[Question(named.key_name, "TXT")]
    if answer.outcome is Outcome.FAILED:
        return Signature(named.domain, named.selector, None, answer.detail)
    if len(answer.data) != 1:
        return Signature(named.domain, named.selector, False, f"{len(answer.data)} keys at {named.key_name}")
    key = answer.data[0].encode("utf-8", "surrogateescape")
    verifier = dkim.DKIM(raw, logger=logging.getLogger(__name__), minkey=SHORTEST)
    try:
        valid = bool(verifier.verify(place, dnsfunc=lambda _name, timeout=0: key))  # noqa: ARG005 - dkimpy's signature
    except dkim.DKIMException as error:
        return Signature(named.domain, named.selector, False, str(error))
    return Signature(named.domain, named.selector, valid, "" if valid else "it does not fit message and key")
