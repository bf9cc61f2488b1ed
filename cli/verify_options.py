"""What `./launch verify` is pointed at by its options: servers, addresses, certificates, a domain."""

from __future__ import annotations

import ipaddress
import re
import socket
import ssl
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import dns.exception
import dns.name

from cli.options import given
from engine.errors import USAGE, LaunchError
from verify.reach import DNS_PORT, Address
from verify.registry import GROUPS, selected

_SERVER = re.compile(r"(?:\[([0-9A-Fa-f:.]+)\]|([^:\[\]]+))(?::(\d+))?")  # HOST, HOST:PORT, [V6]:PORT
_LABELS = 2  # of the shortest name that somebody can own
HTTPS = 443


def domain(text: str) -> str:
    """Return a domain name in the form in which it is asked for; raises LaunchError when it is none."""
    try:
        name = dns.name.from_text(text.strip()).canonicalize()
    except (dns.exception.DNSException, UnicodeError) as error:
        raise _wrong(f"{text!r} is not a domain name: {error}", "Name it as in example.com.") from error
    plain = name.to_text(omit_final_dot=True)
    if len(name.labels) <= _LABELS or not re.fullmatch(r"[a-z0-9_.-]+", plain):
        raise _wrong(f"{text!r} is not a domain name.", "Name it as in example.com, without https:// and path.")
    return plain


def nameservers(texts: Iterable[str]) -> tuple[Address, ...]:
    """Return the servers named as HOST[:PORT]; a HOST that is a name is looked up here and now."""
    return tuple(_nameserver(text) for text in texts)


def _nameserver(text: str) -> Address:
    host, port = _server(
        text, DNS_PORT, "--nameserver takes HOST or HOST:PORT, such as 192.0.2.53 or [2001:db8::53]:5353."
    )
    try:
        return str(ipaddress.ip_address(host)), port
    except ValueError:
        pass
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)
    except OSError as error:
        raise _wrong(f"The nameserver {host} has no address: {error}", "Give its IP address instead.") from error
    return str(found[0][4][0]), port


def addresses(texts: Iterable[str]) -> Mapping[tuple[str, int], Address]:
    """Return where to connect by host and public port, from NAME[:PORT]=HOST:PORT."""
    return dict(_address(text) for text in texts)


def _address(text: str) -> tuple[tuple[str, int], Address]:
    cure = "--address takes NAME=HOST:PORT, or NAME:PUBLICPORT=HOST:PORT, such as www.example.com:80=127.0.0.1:8080."
    name, equals, target = text.partition("=")
    if not equals or not re.search(r":\d+$", target):
        raise _wrong(f"{text!r} is not an address.", cure)
    host, port = _server(name, HTTPS, cure)
    return (host.lower().rstrip("."), port), _server(target, HTTPS, cure)


def _server(text: str, port: int, cure: str) -> Address:
    found = _SERVER.fullmatch(text.strip())
    number = int(found[3] or port) if found else 0
    if not found or not 0 < number < 1 << 16:
        raise _wrong(f"{text!r} is not a server.", cure)
    return str(found[1] or found[2]), number


def authority(path: Path | None) -> Path | None:
    """Return the file of trusted certificates; raises LaunchError when there are none in it."""
    if path is None:
        return None
    file = given(path)
    try:
        ssl.create_default_context(cafile=str(file))
    except (OSError, ssl.SSLError) as error:
        raise _wrong(f"--ca {path} cannot be used: {error}", "Give a file of certificates in PEM form.") from error
    return file


def chosen(texts: Sequence[str]) -> tuple[str, ...]:
    """Return the chosen groups of checks and beginnings of ids; raises LaunchError for one that nothing begins with."""
    for text in texts:
        if not text or not selected([text]):
            known = ", ".join(group.name for group in GROUPS)
            raise _wrong(
                f"There is no group of checks {text!r}, and no check whose id begins with it.",
                f"--only takes one of {known}, or the beginning of a check's id, such as mail.spf or dns.delegation.",
            )
    return tuple(texts)


def selectors(texts: Sequence[str]) -> tuple[str, ...]:
    """Return DKIM selectors; raises LaunchError for what can be none (RFC 6376 section 3.1)."""
    for text in texts:
        if not re.fullmatch(r"[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_])?", text):
            raise _wrong(f"{text!r} is not a DKIM selector.", "It comes after s= in the DKIM-Signature of your mail.")
    return tuple(texts)


def _wrong(what: str, cure: str) -> LaunchError:
    return LaunchError(what, cure=cure, code=USAGE)
