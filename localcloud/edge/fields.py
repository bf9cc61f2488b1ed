"""The fields of the Rules language that the rehearsal knows, with their types and plans.

Source: cloudflare/cloudflare-docs, src/content/fields/index.yaml.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import unquote_plus

from localcloud.edge.http_message import Headers, Request, Response
from localcloud.edge.types import Type, Value

UNKNOWN_COUNTRY = "XX"  # what Cloudflare says of an address without a place, such as a loopback one
COLO = "LCL"  # our one data centre, in the place of an IATA code


@dataclass(frozen=True)
class FieldInfo:
    """A field: its type, how it is read, the smallest plan that has it, and whether it needs the response."""

    type: Type
    read: Callable[[Request, Response | None], Value]
    plan: str = "free"
    response: bool = False


def _request(type_: Type, read: Callable[[Request], Value], plan: str = "free") -> FieldInfo:
    return FieldInfo(type_, lambda request, _: read(request), plan)


def _response(type_: Type, read: Callable[[Response], Value]) -> FieldInfo:
    return FieldInfo(type_, lambda _, response: read(response) if response else None, response=True)


def _constant(type_: Type, value: Value) -> FieldInfo:
    return FieldInfo(type_, lambda _request, _response: value)


def grouped(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """Return the values by name, in the order they came."""
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    return found


def _names(headers: Headers) -> list[str]:
    return [name for name, _ in headers]


def _values(headers: Headers) -> list[str]:
    return [value for _, value in headers]


def arguments(query: str) -> list[tuple[str, str]]:
    """Return a query string's arguments, still percent-encoded."""
    pieces = (piece.partition("=") for piece in query.split("&") if piece)
    return [(name, value) for name, _, value in pieces]


def _cookies(request: Request) -> dict[str, list[str]]:
    pieces = (piece.strip().partition("=") for piece in request.header("cookie").split(";") if piece.strip())
    return grouped((unquote_plus(name, "latin-1"), value) for name, _, value in pieces)


_STRING, _INTEGER = Type.STRING, Type.INTEGER

FIELDS: Mapping[str, FieldInfo] = {
    "ssl": _request(Type.BOOLEAN, lambda request: request.scheme == "https"),
    "ip.src": _request(Type.IP, lambda request: request.address),
    "http.host": _request(_STRING, lambda request: request.host),
    "http.cookie": _request(_STRING, lambda request: request.header("cookie")),
    "http.referer": _request(_STRING, lambda request: request.header("referer")),
    "http.user_agent": _request(_STRING, lambda request: request.header("user-agent")),
    "http.x_forwarded_for": _request(_STRING, lambda request: request.header("x-forwarded-for")),
    "http.request.method": _request(_STRING, lambda request: request.method),
    "http.request.version": _request(_STRING, lambda request: request.version),
    "http.request.full_uri": _request(_STRING, lambda request: request.url),
    "http.request.uri": _request(_STRING, lambda request: request.target),
    "http.request.uri.path": _request(_STRING, lambda request: request.path),
    "http.request.uri.path.extension": _request(_STRING, lambda request: request.extension),
    "http.request.uri.query": _request(_STRING, lambda request: request.query),
    "http.request.uri.args": _request(Type.MAP, lambda request: grouped(arguments(request.query))),
    "http.request.uri.args.names": _request(Type.STRINGS, lambda request: [k for k, _ in arguments(request.query)]),
    "http.request.uri.args.values": _request(Type.STRINGS, lambda request: [v for _, v in arguments(request.query)]),
    "http.request.headers": _request(Type.MAP, lambda request: grouped(request.headers)),
    "http.request.headers.names": _request(Type.STRINGS, lambda request: _names(request.headers)),
    "http.request.headers.values": _request(Type.STRINGS, lambda request: _values(request.headers)),
    "http.request.cookies": _request(Type.MAP, _cookies, "pro"),
    "http.request.timestamp.sec": _request(_INTEGER, lambda request: int(request.received)),
    "http.request.timestamp.msec": _request(_INTEGER, lambda request: int(request.received * 1000) % 1000),
    "raw.http.request.full_uri": _request(_STRING, lambda request: request.url),
    "raw.http.request.uri": _request(_STRING, lambda request: request.target),
    "raw.http.request.uri.path": _request(_STRING, lambda request: request.path),
    "raw.http.request.uri.query": _request(_STRING, lambda request: request.query),
    "http.response.code": _response(_INTEGER, lambda response: response.status),
    "http.response.headers": _response(Type.MAP, lambda response: grouped(response.headers)),
    "http.response.headers.names": _response(Type.STRINGS, lambda response: _names(response.headers)),
    "http.response.headers.values": _response(Type.STRINGS, lambda response: _values(response.headers)),
    "cf.ray_id": _request(_STRING, lambda request: request.ray),
    "cf.edge.server_port": _request(_INTEGER, lambda request: 443 if request.scheme == "https" else 80),
    "cf.client.bot": _constant(Type.BOOLEAN, False),
    "cf.threat_score": _constant(_INTEGER, 0),
    "ip.src.country": _constant(_STRING, UNKNOWN_COUNTRY),
    "ip.geoip.country": _constant(_STRING, UNKNOWN_COUNTRY),
    "ip.src.continent": _constant(_STRING, ""),
    "ip.geoip.continent": _constant(_STRING, ""),
    "ip.src.asnum": _constant(_INTEGER, 0),
    "ip.geoip.asnum": _constant(_INTEGER, 0),
}

NOT_REHEARSED = (
    "cf.",
    "http.request.body.",
    "http.request.jwt.",
    "http.request.accepted_languages",
    "http.request.headers.truncated",
    "http.response.",
    "icmp.",
    "ip.",
    "raw.",
    "tcp.",
    "udp.",
)
"""Beginnings of names that Cloudflare has fields for which a rehearsal on one machine cannot evaluate."""
