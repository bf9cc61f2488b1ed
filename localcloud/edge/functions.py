"""The functions of the Rules language that the rehearsal knows.

Source: developers.cloudflare.com/ruleset-engine/rules-language/functions. They work on strings of one byte a
character; an argument that is missing has been dealt with before.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Address, ip_network
from typing import Any
from urllib.parse import unquote_to_bytes

from localcloud.edge.patterns import expand, regular, wildcard
from localcloud.edge.syntax import Address
from localcloud.edge.types import Type

REDIRECT, REWRITE, LATE, HEADERS = (
    "http_request_dynamic_redirect",
    "http_request_transform",
    "http_request_late_transform",
    "http_response_headers_transform",
)
CUSTOM, RATE = "http_request_firewall_custom", "http_ratelimit"
TRANSFORMS = frozenset({REWRITE, LATE, HEADERS})

_S, _I, _B, _IP = frozenset({Type.STRING}), frozenset({Type.INTEGER}), frozenset({Type.BOOLEAN}), frozenset({Type.IP})
_LISTS = frozenset({Type.STRINGS, Type.INTEGERS, Type.BOOLEANS, Type.ADDRESSES})


@dataclass(frozen=True)
class Function:
    """A function: the types of its parameters (the last `optional` may be left out; `variadic` repeats the last).

    `phases` and `values_only` say where it may be used, `literals` which arguments have to be literals and `derived`
    that the first must not be one.
    """

    parameters: tuple[frozenset[Type], ...]
    result: Type
    apply: Callable[..., Any]
    optional: int = 0
    variadic: bool = False
    plan: str = "free"
    phases: frozenset[str] = field(default_factory=frozenset)
    values_only: bool = False
    once: bool = False
    derived: bool = False
    literals: tuple[int, ...] = ()


def _substring(text: str, start: int, end: int | None = None) -> str:
    return text[start:end]


def _to_string(value: bool | int | Address) -> str:
    return str(value).lower()


def _url_decode(text: str, options: str = "") -> str:
    decoded = unquote_to_bytes(text.replace("+", " ").encode("latin-1")).decode("latin-1")
    while "r" in options and decoded != text:
        text, decoded = decoded, unquote_to_bytes(decoded.encode("latin-1")).decode("latin-1")
    return decoded


def _remove_bytes(text: str, removed: str) -> str:
    return text.translate({ord(one): None for one in removed})


def _remove_query_args(query: str, *names: str) -> str:
    return "&".join(piece for piece in query.split("&") if piece.partition("=")[0] not in names)


def _regex_replace(text: str, pattern: str, replacement: str) -> str:
    return regular(pattern).sub(lambda found: expand(replacement, found), text, count=1)


def _wildcard_replace(text: str, pattern: str, replacement: str, flags: str = "") -> str:
    found = wildcard(pattern, "s" in flags).fullmatch(text)
    return expand(replacement, found) if found else text


def _split(text: str, separator: str, limit: int) -> list[str]:
    return text.split(separator, limit - 1)


def _decode_base64(text: str) -> str | None:
    try:
        return base64.b64decode(text.encode("latin-1"), validate=True).decode("latin-1")
    except (binascii.Error, ValueError):
        return None


def _network(address: Address, bits: int) -> Address:
    return ip_network(f"{address}/{bits}", strict=False).network_address


def _cidr(address: Address, bits4: int, bits6: int) -> Address:
    return _network(address, bits4 if isinstance(address, IPv4Address) else bits6)


def _cidr6(address: Address, bits6: int) -> Address:
    return address if isinstance(address, IPv4Address) else _network(address, bits6)


def _ascii(text: str, change: Callable[[str], str]) -> str:
    return "".join(change(one) if one.isascii() else one for one in text)


def _anything(values: Sequence[bool | None]) -> bool:
    return any(values)


def _everything(values: Sequence[bool | None]) -> bool:
    return all(values)


_STRING, _BOOLEAN = Type.STRING, Type.BOOLEAN
_ADDRESSED = frozenset({CUSTOM, RATE})

FUNCTIONS: Mapping[str, Function] = {
    "any": Function((frozenset({Type.BOOLEANS}),), _BOOLEAN, _anything),
    "all": Function((frozenset({Type.BOOLEANS}),), _BOOLEAN, _everything),
    "cidr": Function((_IP, _I, _I), Type.IP, _cidr, phases=_ADDRESSED, derived=True, literals=(1, 2)),
    "cidr6": Function((_IP, _I), Type.IP, _cidr6, phases=_ADDRESSED, derived=True, literals=(1,)),
    "concat": Function((_S,), _STRING, lambda *texts: "".join(texts), variadic=True),
    "decode_base64": Function((_S,), _STRING, _decode_base64, phases=TRANSFORMS | _ADDRESSED, derived=True),
    "ends_with": Function((_S, _S), _BOOLEAN, str.endswith, derived=True, literals=(1,)),
    "join": Function(
        (frozenset({Type.STRINGS}), _S),
        _STRING,
        lambda texts, separator: separator.join(text for text in texts if text is not None),
        phases=TRANSFORMS | {CUSTOM},
    ),
    "len": Function((_S | _LISTS,), Type.INTEGER, len),
    "lower": Function((_S,), _STRING, lambda text: _ascii(text, str.lower)),
    "regex_replace": Function(
        (_S, _S, _S),
        _STRING,
        _regex_replace,
        plan="business",
        phases=TRANSFORMS | {REDIRECT},
        values_only=True,
        once=True,
        literals=(1, 2),
    ),
    "remove_bytes": Function((_S, _S), _STRING, _remove_bytes, literals=(1,)),
    "remove_query_args": Function(
        (_S, _S),
        _STRING,
        _remove_query_args,
        variadic=True,
        phases=TRANSFORMS,
        values_only=True,
        derived=True,
    ),
    "split": Function((_S, _S, _I), Type.STRINGS, _split, phases=frozenset({HEADERS}), derived=True, literals=(1, 2)),
    "starts_with": Function((_S, _S), _BOOLEAN, str.startswith, derived=True, literals=(1,)),
    "substring": Function((_S, _I, _I), _STRING, _substring, optional=1, derived=True),
    "to_string": Function((_I | _B | _IP,), _STRING, _to_string, phases=TRANSFORMS | {REDIRECT}, values_only=True),
    "upper": Function((_S,), _STRING, lambda text: _ascii(text, str.upper)),
    "url_decode": Function((_S, _S), _STRING, _url_decode, optional=1, derived=True, literals=(1,)),
    "wildcard_replace": Function(
        (_S, _S, _S, _S),
        _STRING,
        _wildcard_replace,
        optional=1,
        phases=frozenset({REWRITE, REDIRECT}),
        values_only=True,
        once=True,
        derived=True,
        literals=(1, 2, 3),
    ),
}

NOT_REHEARSED = frozenset(
    {
        "bit_slice",
        "encode_base64",
        "has_key",
        "has_value",
        "is_timed_hmac_valid_v0",
        "lookup_json_integer",
        "lookup_json_string",
        "sha256",
        "uuidv4",
    }
)
"""Functions that Cloudflare has and the rehearsal has not."""
