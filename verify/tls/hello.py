"""The first message of a TLS handshake, written by hand, and the answer to it: pure.

A server has to be asked for each version alone, also for those that OpenSSL no longer speaks. The first message of the
answer says what it takes, so no handshake ends here and no key is needed (RFC 5246 section 7.4.1, RFC 8446 section
4.1).
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from enum import IntEnum

HANDSHAKE, ALERT = 22, 21  # content types, RFC 8446 section 5.1
CLIENT_HELLO, SERVER_HELLO = 1, 2
WARNING = 1  # level of an alert after which the handshake goes on
SERVER_NAME, GROUPS, POINT_FORMATS, SIGNATURES, ALPN, SUPPORTED_VERSIONS, KEY_SHARE = 0, 10, 11, 13, 16, 43, 51
RECORD_HEADER, MESSAGE_HEADER = 5, 4  # bytes
RECORD_LIMIT = (1 << 14) + 2048  # bytes, RFC 5246 section 6.2.3
ALERTS = {40: "handshake_failure", 47: "illegal_parameter", 70: "protocol_version", 71: "insufficient_security",
          80: "internal_error", 86: "inappropriate_fallback", 112: "unrecognized_name"}  # fmt: skip

_OLD_SUITES = "c013 c014 c009 c00a 002f 0035 000a c012 c008"
_SUITES = f"c02b c02c c02f c030 cca8 cca9 009c 009d 009e 009f c023 c027 {_OLD_SUITES}"
_SUITES_1_3 = "1301 1302 1303"
_GROUPS = "001d 0017 0018 0019"
_SIGNATURES = "0403 0503 0603 0807 0804 0805 0806 0401 0501 0601 0203 0201"


class Version(IntEnum):
    """A version of TLS by its number on the wire."""

    TLS_1_0 = 0x0301
    TLS_1_1 = 0x0302
    TLS_1_2 = 0x0303
    TLS_1_3 = 0x0304

    @property
    def label(self) -> str:
        """The version as people write it."""
        return f"TLS 1.{self - Version.TLS_1_0}"


class ReplyError(ValueError):
    """What came back is not the answer of a TLS server; the message says what is wrong with it."""


@dataclass(frozen=True)
class Reply:
    """The version that the server takes (its number on the wire), or in `alert` why it takes none."""

    version: int | None = None
    alert: int | None = None

    @property
    def reason(self) -> str:
        """The alert in words, empty when there is none."""
        return "" if self.alert is None else f"alert {ALERTS.get(self.alert, self.alert)}"


def client_hello(version: Version, name: str, random: bytes) -> bytes:
    """Return a greeting that offers this version alone to the host `name`; `random` are 64 bytes.

    For TLS 1.3 it holds no key share: the server asks for one, by which it has said what it speaks (RFC 8446 section
    4.2.8).
    """
    if len(random) != 64:
        raise ValueError(f"random has {len(random)} bytes; give 64")
    suites = bytes.fromhex(_SUITES_1_3 if version is Version.TLS_1_3 else _SUITES)
    body = min(version, Version.TLS_1_2).to_bytes(2, "big") + random[:32] + _sized(random[32:], 1)
    body += _sized(suites, 2) + _sized(b"\0", 1) + _sized(_extensions(version, name), 2)
    message = bytes([CLIENT_HELLO]) + _sized(body, 3)
    return bytes([HANDSHAKE]) + Version.TLS_1_0.to_bytes(2, "big") + _sized(message, 2)


def read_reply(wire: bytes) -> Reply | None:
    """Return what the server answered, None while it is not complete; raises ReplyError, and nothing else."""
    message = b""
    while len(wire) >= RECORD_HEADER:
        kind, length = wire[0], int.from_bytes(wire[3:RECORD_HEADER], "big")
        if kind not in (HANDSHAKE, ALERT) or wire[1] != 3 or length > RECORD_LIMIT:
            raise ReplyError(f"it answers with something that is not TLS ({wire[:16]!r})")
        content, wire = wire[RECORD_HEADER : RECORD_HEADER + length], wire[RECORD_HEADER + length :]
        if len(content) < length:
            return None
        if kind == ALERT:
            reply = _alert(content)
        else:
            message += content
            reply = _server_hello(message)
        if reply is not None:
            return reply
    return None


def _extensions(version: Version, name: str) -> bytes:
    known = [_extension(GROUPS, _sized(bytes.fromhex(_GROUPS), 2)), _extension(ALPN, _sized(_sized(b"http/1.1", 1), 2))]
    if not _is_address(name):
        host = b"\0" + _sized(name.encode("idna"), 2)
        known.append(_extension(SERVER_NAME, _sized(host, 2)))
    if version >= Version.TLS_1_2:
        known.append(_extension(SIGNATURES, _sized(bytes.fromhex(_SIGNATURES), 2)))
    if version is Version.TLS_1_3:
        known.append(_extension(SUPPORTED_VERSIONS, _sized(version.to_bytes(2, "big"), 1)))
        known.append(_extension(KEY_SHARE, _sized(b"", 2)))
    else:
        known.append(_extension(POINT_FORMATS, _sized(b"\0", 1)))
    return b"".join(known)


def _extension(number: int, content: bytes) -> bytes:
    return number.to_bytes(2, "big") + _sized(content, 2)


def _sized(content: bytes, width: int) -> bytes:
    return len(content).to_bytes(width, "big") + content


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _alert(content: bytes) -> Reply | None:
    if len(content) != 2:
        raise ReplyError("it answers with an alert that cannot be read")
    level, number = content
    return None if level == WARNING else Reply(alert=number)


def _server_hello(message: bytes) -> Reply | None:
    if message[:1] not in (b"", bytes([SERVER_HELLO])):
        raise ReplyError(f"it answers with handshake message {message[0]} instead of ServerHello")
    length = int.from_bytes(message[1:MESSAGE_HEADER], "big")
    body = message[MESSAGE_HEADER : MESSAGE_HEADER + length]
    if len(message) < MESSAGE_HEADER or len(body) < length:
        return None
    try:
        session = body[34]
        extensions = body[35 + session + 3 :]
        return Reply(_selected(extensions) or int.from_bytes(body[:2], "big"))
    except IndexError as error:
        raise ReplyError("it answers with a ServerHello that cannot be read") from error


def _selected(extensions: bytes) -> int:
    """Return the version of the extension that TLS 1.3 carries it in, 0 when there is none."""
    left = extensions[2:]
    while len(left) >= 4:
        number, length = int.from_bytes(left[:2], "big"), int.from_bytes(left[2:4], "big")
        if number == SUPPORTED_VERSIONS:
            return int.from_bytes(left[4:6], "big")
        left = left[4 + length :]
    return 0
