"""DKIM signatures of a message, verified as RFC 6376 section 6, RFC 8301 and RFC 8463 say."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from email import message_from_bytes, policy
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from verify.answers.dns import Answer, Outcome, Question
from verify.mail import dkim_key, dkim_message, dkim_signature
from verify.mail.asking import Ask
from verify.mail.dkim_key import DkimError, DkimKey
from verify.mail.dkim_message import Field, Message, MessageError
from verify.mail.dkim_signature import SignatureError, SignatureTags

PARTIAL = "l={} signs the beginning of the body alone, so anybody can add to it (RFC 6376 section 8.2)"


@dataclass(frozen=True)
class Signature:
    """One signature: by which domain and selector, whether it holds, and why not; None when that is not known.

    `remark` says what is wrong with one that holds.
    """

    domain: str
    selector: str
    valid: bool | None
    why: str = ""
    remark: str = ""

    @property
    def key_name(self) -> str:
        """The name at which the key is."""
        return f"{self.selector}._domainkey.{self.domain}"


async def signatures(raw: bytes, ask: Ask, now: datetime | None = None) -> list[Signature]:
    """Return the signatures of a message, in their order, each verified with the key that the DNS holds now.

    Without `now` none is taken for expired.
    """
    try:
        message = dkim_message.read(raw)
    except MessageError as error:
        return [Signature("", "", False, str(error))]
    read = [(field, _parsed(field)) for field in message.signatures]
    answers = await ask([_key_question(tags) for _, tags in read if isinstance(tags, SignatureTags)])
    return [_judged(message, field, tags, answers, now) for field, tags in read]


def author_domain(raw: bytes) -> str:
    """Return the domain of the one author in From, an empty text when there is none (RFC 9989 section 5.3.1)."""
    header = message_from_bytes(raw, policy=policy.default)["From"]
    addresses: tuple[Any, ...] = getattr(header, "addresses", ())
    return addresses[0].domain.lower() if len(addresses) == 1 else ""


def _parsed(field: Field) -> SignatureTags | SignatureError:
    try:
        return dkim_signature.parse(field.value.decode("ascii", "replace"))
    except SignatureError as error:
        return error


def _key_question(tags: SignatureTags) -> Question:
    return Question(f"{tags.selector}._domainkey.{tags.domain}", "TXT")


def _judged(
    message: Message,
    field: Field,
    tags: SignatureTags | SignatureError,
    answers: Mapping[Question, Answer],
    now: datetime | None,
) -> Signature:
    if isinstance(tags, SignatureError):
        return Signature("", "", False, str(tags))
    found = Signature(tags.domain, tags.selector, None)
    answer = answers[_key_question(tags)]
    if answer.outcome is Outcome.FAILED:
        return replace(found, why=answer.detail)
    try:
        key = _key(found, answer)
        dkim_signature.check_key(tags, key)
        _check_expiry(tags, now)
        _check_body(message, tags)
        _check_value(message, field, tags, key)
    except (SignatureError, DkimError) as error:
        return replace(found, valid=False, why=str(error))
    return replace(found, valid=True, remark="" if tags.length is None else PARTIAL.format(tags.length))


def _key(found: Signature, answer: Answer) -> DkimKey:
    if len(answer.data) != 1:
        raise SignatureError(f"{len(answer.data)} keys at {found.key_name}")
    return dkim_key.parse(answer.data[0])


def _check_expiry(tags: SignatureTags, now: datetime | None) -> None:
    if now and tags.expires is not None and tags.expires < now.timestamp():
        raise SignatureError(f"it has expired (x={tags.expires}, RFC 6376 section 3.5)")


def _check_body(message: Message, tags: SignatureTags) -> None:
    body = message.canonical_body(tags.relaxed_body)
    if tags.length is not None and tags.length > len(body):
        raise SignatureError(f"l={tags.length} is more than the {len(body)} bytes of the body (RFC 6376 section 6.1.1)")
    if hashlib.sha256(body[: tags.length]).digest() != tags.body_hash:
        raise SignatureError("the body is not the one that was signed (bh=)")


def _check_value(message: Message, field: Field, tags: SignatureTags, key: DkimKey) -> None:
    data = message.signed_data(tags.fields, field, tags.relaxed_header)
    try:
        if key.type == "ed25519":  # RFC 8463 section 3: the signature is that of the digest
            public = ed25519.Ed25519PublicKey.from_public_bytes(key.data)
            public.verify(tags.value, hashlib.sha256(data).digest())
            return
        loaded = load_der_public_key(key.data)
        if isinstance(loaded, rsa.RSAPublicKey):
            loaded.verify(tags.value, data, padding.PKCS1v15(), SHA256())
    except InvalidSignature as error:
        raise SignatureError("the signature does not fit the header and the key (b=)") from error
