"""Which bytes may serve as a secret's value. Pure.

An empty or cut-off value is worse than none: HMAC takes any key, an empty one too, so a signature made with it can be
made by anybody. Such a value counts as absent wherever it is read, and `./launch secrets push` refuses it.
"""

from __future__ import annotations

import base64
import binascii
import re
import unicodedata

from handlers.service_manifest import HELPDESK_SIGNING_SECRET, SMTP_PASSWORD, ZENDESK_CLIENT_ID

SHORTEST = 16  # bytes behind the vendor's prefix; every vendor here hands out more
CHOSEN_BY_A_PERSON = frozenset({SMTP_PASSWORD, ZENDESK_CLIENT_ID})  # a password and a name, which may be short
PREFIXES = ("v1,whsec_", "whsec_", "sk_live_", "sk_test_", "rk_live_", "rk_test_", "pat-", "re_")
INVISIBLE = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"})  # Unicode categories; Cf has BOM and zero-width
# Of other categories and not to be seen either: joiners, fillers and variation selectors, which are in
# unicode.org/Public/UCD/latest/ucd/DerivedCoreProperties.txt under Default_Ignorable_Code_Point, and Braille's blank.
BLANK = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]")


class UnusableSecret(ValueError):  # noqa: N818 - a state of the value
    """The bytes cannot serve as a value; the message says why, without quoting them."""


def usable(name: str, data: bytes) -> str:
    """Return the value of the secret `name` without the white space around it; raises UnusableSecret."""
    try:
        text = data.decode("utf-8").strip()
    except UnicodeDecodeError as error:
        raise UnusableSecret("it is not UTF-8") from error
    if not text:
        raise UnusableSecret("it is empty")
    if BLANK.search(text) or any(unicodedata.category(character) in INVISIBLE for character in text):
        raise UnusableSecret("it holds invisible characters, such as a byte order mark or a zero-width space")
    if name not in CHOSEN_BY_A_PERSON and _bytes_of_key(name, text) < SHORTEST:
        raise UnusableSecret(f"it is cut off: behind its prefix it has fewer than {SHORTEST} bytes")
    return text


def standard_keys(secret: str) -> tuple[bytes, ...]:
    """Return the keys that a Standard Webhooks secret may stand for, the likeliest first, never an empty one.

    The specification writes `whsec_` and base64; the official libraries also take it without prefix or padding, and
    some vendors show it as they would list it, `v1,whsec_…`. Any other text is the key itself.
    Source: github.com/standard-webhooks/standard-webhooks, spec/standard-webhooks.md and libraries/.
    """
    bare = secret.removeprefix("v1,").removeprefix("whsec_")
    decoded = _decoded(bare)
    if bare != secret:
        return (decoded,) if decoded else (secret.encode(),) if bare else ()
    return tuple(key for key in (decoded, secret.encode()) if key)


def _bytes_of_key(name: str, text: str) -> int:
    prefix = next((each for each in PREFIXES if text.startswith(each)), "")
    bare = text.removeprefix(prefix)
    if name == HELPDESK_SIGNING_SECRET and prefix and _decoded(bare):
        return len(_decoded(bare))
    return len(bare.encode())


def _decoded(text: str) -> bytes:
    """Return what base64 with or without padding stands for; nothing when it is not base64."""
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        return b""
