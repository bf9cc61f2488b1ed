"""Signs acme.test as its own signer would: DNSKEY and RRSIG records as text, and the DS record for the zone above."""

from __future__ import annotations

import base64
from functools import cache
from typing import Any

import dns.dnssec
import dns.name
import dns.rrset
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
from dns.rdatatype import RdataType
from dns.rdtypes.ANY.DNSKEY import DNSKEY

from tests.verify.groups.small_internet import TTL, sets
from tests.verify.groups.small_world import CHILD, NOW

APEX = dns.name.from_text("acme.test")
DAY = 86_400
TIMES = (int(NOW.timestamp()) - DAY, int(NOW.timestamp()) + 6 * DAY)
SIGNERS = (5, 7, 8, 10, 13, 14, 15, 16)  # algorithms that can be signed by here; others are written down unsigned
SHA256 = 2
Key = tuple[Any, DNSKEY]


@cache
def key_of(algorithm: int) -> Key:
    """A private key and its DNSKEY record; no private key for an algorithm that nobody here signs by."""
    if algorithm not in SIGNERS:
        return None, DNSKEY(dns.rdataclass.IN, RdataType.DNSKEY, 257, 3, algorithm, bytes(range(64)))
    private = {
        13: lambda: ec.generate_private_key(ec.SECP256R1()),
        14: lambda: ec.generate_private_key(ec.SECP384R1()),
        15: ed25519.Ed25519PrivateKey.generate,
        16: ed448.Ed448PrivateKey.generate,
    }.get(algorithm, lambda: rsa.generate_private_key(65537, 1024))()
    return private, dns.dnssec.make_dnskey(private.public_key(), algorithm, flags=257)


def signed(*algorithms: int, child: str = CHILD) -> str:
    """The zone with a key of each algorithm; each signs each record set."""
    keys = [key_of(algorithm) for algorithm in algorithms]
    lines = child + "".join(f"acme.test. DNSKEY {key.to_text()}\n" for _, key in keys)
    held = sets(lines.splitlines())
    signatures = [f"{each.name} RRSIG {_signature(each, private, key)}" for each in held for private, key in keys]
    return lines + "\n".join(signatures) + "\n"


def _signature(records: dns.rrset.RRset, private: Any, key: DNSKEY) -> str:
    if private is not None:
        return dns.dnssec.sign(records, private, APEX, key, *TIMES).to_text()
    made = base64.b64encode(bytes(64)).decode()
    times = f"{TIMES[1]} {TIMES[0]} {dns.dnssec.key_id(key)}"
    covered = f"{RdataType(records.rdtype).name} {int(key.algorithm)} {len(records.name) - 1} {TTL}"
    return f"{covered} {times} acme.test. {made}"


def ds(algorithm: int, digest: int = SHA256) -> str:
    """The DS record of a key; a digest that cannot be computed here is written as if it were right."""
    key = key_of(algorithm)[1]
    named = {1: "SHA1", 2: "SHA256", 4: "SHA384"}.get(digest)
    if named:
        return f"acme.test. DS {dns.dnssec.make_ds(APEX, key, named, policy=dns.dnssec.allow_all_policy).to_text()}\n"
    data = dns.dnssec.key_id(key).to_bytes(2, "big") + bytes([algorithm, digest]) + bytes(range(32))
    return f"acme.test. DS \\# {len(data)} {data.hex()}\n"
