"""From a `cloudflare:index/dnsRecord:DnsRecord` to DNS data (record formats of Cloudflare's API)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import dns.exception
import dns.name
import dns.rdata
import dns.rdataclass
import dns.rdatatype
from dns.name import Name
from dns.rdata import Rdata
from dns.rdatatype import RdataType
from dns.rdtypes.ANY.TXT import TXT

AUTOMATIC_TTL = 300  # seconds; what a ttl of 1 stands for
STRING_LIMIT = 255  # bytes of one character-string, RFC 1035 section 3.3
PROXIABLE = frozenset({RdataType.A, RdataType.AAAA, RdataType.CNAME})

Data = Mapping[str, Any]


class RecordError(ValueError):
    """The record's inputs are not a DNS record; the message says which part is wrong."""


@dataclass(frozen=True)
class Record:
    """One DNS record as the zone's owner wrote it. `ttl` is in seconds."""

    name: Name
    ttl: int
    rdata: Rdata
    proxied: bool = False

    @property
    def type(self) -> RdataType:
        """The record's type, e.g. `RdataType.MX`."""
        return RdataType(self.rdata.rdtype)


def parse(inputs: Mapping[str, Any]) -> Record:
    """Return the record that the resource's inputs (Pulumi's camelCase) describe; raises RecordError."""
    name = _name(str(inputs.get("name", "")))
    rdata = _rdata(str(inputs.get("type", "")).upper(), inputs)
    ttl = int(inputs.get("ttl", 1))
    proxied = bool(inputs.get("proxied", False))
    if proxied and rdata.rdtype not in PROXIABLE:
        raise RecordError(f"{name}: a {rdata.rdtype.name} record cannot be proxied, only A, AAAA and CNAME can")
    return Record(name, AUTOMATIC_TTL if ttl == 1 else ttl, rdata, proxied)


def _name(text: str) -> Name:
    try:
        return dns.name.from_text(text, dns.name.root)
    except dns.exception.DNSException as error:
        raise RecordError(f"{text!r} is not a domain name: {error}") from error


def _rdata(kind: str, inputs: Mapping[str, Any]) -> Rdata:
    if kind == "TXT":
        return _txt(str(inputs.get("content", "")))
    text = _text(kind, inputs)
    try:
        return dns.rdata.from_text(dns.rdataclass.IN, kind, text, origin=dns.name.root, relativize=False)
    except (dns.exception.DNSException, ValueError) as error:
        raise RecordError(f"{text!r} cannot be the content of a {kind} record: {error}") from error


def _txt(content: str) -> Rdata:
    """Take `"a" "b"` as the chunks it names, and anything else as one text that is cut at 255 bytes."""
    if content.startswith('"'):
        try:
            return dns.rdata.from_text(dns.rdataclass.IN, dns.rdatatype.TXT, content)
        except dns.exception.DNSException as error:
            raise RecordError(f"{content!r} cannot be the content of a TXT record: {error}") from error
    raw = content.encode()
    chunks = [raw[start : start + STRING_LIMIT] for start in range(0, len(raw), STRING_LIMIT)] or [b""]
    return TXT(dns.rdataclass.IN, dns.rdatatype.TXT, chunks)


def _text(kind: str, inputs: Mapping[str, Any]) -> str:
    """Return the record's data in presentation format (RFC 1035 section 5.1)."""
    data: Data | None = inputs.get("data")
    try:
        if data and kind in _FROM_DATA:
            return _FROM_DATA[kind](data, inputs)
        if kind in {"MX", "URI"}:
            return f"{_number(inputs, 'priority')} {inputs['content']}"
        return str(inputs["content"])
    except KeyError as error:
        raise RecordError(f"a {kind or 'DNS'} record needs {error.args[0]!r}") from error


def _number(data: Data, key: str) -> int:
    return int(data[key])  # numbers arrive from the engine as floats


def _angle(data: Data, side: str) -> str:
    """Return a latitude or longitude (RFC 1876 section 3)."""
    whole = " ".join(str(_number(data, f"{side}{part}")) for part in ("Degrees", "Minutes"))
    return f"{whole} {float(data[f'{side}Seconds']):.3f} {data[f'{side}Direction']}"


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


# How each type is written out from its `data` object (fields of Cloudflare's "Create DNS Record").
_FROM_DATA: Mapping[str, Callable[[Data, Data], str]] = {
    "CAA": lambda data, _: f"{_number(data, 'flags')} {data['tag']} {_quoted(str(data['value']))}",
    "SRV": lambda data, _: (
        " ".join(str(_number(data, key)) for key in ("priority", "weight", "port")) + f" {data['target']}"
    ),
    "TLSA": lambda data, _: (
        " ".join(str(_number(data, key)) for key in ("usage", "selector", "matchingType")) + f" {data['certificate']}"
    ),
    "SSHFP": lambda data, _: f"{_number(data, 'algorithm')} {_number(data, 'type')} {data['fingerprint']}",
    "SMIMEA": lambda data, _: (
        " ".join(str(_number(data, key)) for key in ("usage", "selector", "matchingType")) + f" {data['certificate']}"
    ),
    "CERT": lambda data, _: (
        " ".join(str(_number(data, key)) for key in ("type", "keyTag", "algorithm")) + f" {data['certificate']}"
    ),
    "DNSKEY": lambda data, _: (
        " ".join(str(_number(data, key)) for key in ("flags", "protocol", "algorithm")) + f" {data['publicKey']}"
    ),
    "NAPTR": lambda data, _: (
        f"{_number(data, 'order')} {_number(data, 'preference')} "
        + " ".join(_quoted(str(data[key])) for key in ("flags", "service", "regex"))
        + f" {data['replacement']}"
    ),
    "LOC": lambda data, _: (
        f"{_angle(data, 'lat')} {_angle(data, 'long')} "
        + " ".join(f"{data[key]}m" for key in ("altitude", "size", "precisionHorz", "precisionVert"))
    ),
    "DS": lambda data, _: (
        " ".join(str(_number(data, key)) for key in ("keyTag", "algorithm", "digestType")) + f" {data['digest']}"
    ),
    "HTTPS": lambda data, _: f"{_number(data, 'priority')} {data['target']} {data.get('value', '')}",
    "SVCB": lambda data, _: f"{_number(data, 'priority')} {data['target']} {data.get('value', '')}",
    "URI": lambda data, inputs: f"{_number(inputs, 'priority')} {_number(data, 'weight')} {_quoted(data['target'])}",
}
