"""DNSSEC keys of the zones: one combined signing key each (ECDSA P-256 with SHA-256, algorithm 13, RFC 6605)."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from typing import Any

import dns.dnssec
import dns.name
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from dns.dnssectypes import Algorithm, DSDigest
from dns.name import Name
from dns.rdtypes.ANY.DNSKEY import DNSKEY
from dns.rdtypes.ANY.DS import DS

from localcloud.base.world import World

SCHEMA = "CREATE TABLE IF NOT EXISTS dnssec_keys (zone_id TEXT PRIMARY KEY, pem TEXT NOT NULL)"
KEY_SIGNING = 257  # flags: zone key and secure entry point, RFC 4034 section 2.1.1
DS_TTL = 3600  # seconds
ZONE = "cloudflare:index/zone:Zone"
DNSSEC = "cloudflare:index/zoneDnssec:ZoneDnssec"

PrivateKey = ec.EllipticCurvePrivateKey


def key(world: World, zone_id: str) -> PrivateKey:
    """Return the zone's signing key, made and stored when there is none yet (the first process to come decides)."""
    world.define(SCHEMA)
    stored = _stored(world, zone_id)
    if stored is None:
        world.connection.execute("INSERT OR IGNORE INTO dnssec_keys VALUES (?, ?)", (zone_id, _new_pem()))
        stored = _stored(world, zone_id)
    if stored is None:
        raise LookupError(f"the DNSSEC key of zone {zone_id} was removed while it was being made")
    return stored


def dnskey(private: PrivateKey) -> DNSKEY:
    """Return the public DNSKEY record of a key."""
    return dns.dnssec.make_dnskey(private.public_key(), Algorithm.ECDSAP256SHA256, flags=KEY_SIGNING)


def ds(private: PrivateKey, origin: Name) -> DS:
    """Return the DS record that says by which key a zone is signed."""
    return dns.dnssec.make_ds(origin, dnskey(private), DSDigest.SHA256)


def delegation(private: PrivateKey, zone_name: str) -> Mapping[str, Any]:
    """Return what `ZoneDnssec` tells of an active zone, to be set at the registrar (Pulumi's camelCase)."""
    origin = dns.name.from_text(zone_name)
    public, signer = dnskey(private), ds(private, origin)
    digest = signer.digest.hex().upper()
    return {
        "algorithm": str(int(signer.algorithm)),
        "digest": digest,
        "digestAlgorithm": "SHA256",
        "digestType": str(int(signer.digest_type)),
        "ds": f"{origin} {DS_TTL} IN DS {signer.key_tag} {int(signer.algorithm)} {int(signer.digest_type)} {digest}",
        "flags": KEY_SIGNING,
        "keyTag": signer.key_tag,
        "keyType": "ECDSAP256SHA256",
        "publicKey": base64.b64encode(public.key).decode(),
    }


def is_signed(world: World, zone_id: str) -> bool:
    """Tell whether DNSSEC was asked for: the zone's ZoneDnssec resource has status active."""
    return any(
        resource.inputs.get("zoneId") == zone_id and resource.inputs.get("status") == "active"
        for resource in world.resources(DNSSEC)
    )


def trust_anchor(world: World) -> str:
    """Return the keys of all signed zones as BIND's `trust-anchors`, for `delv -a FILE +root=ZONE`."""
    zones = [zone for zone in world.resources(ZONE) if is_signed(world, zone.id)]
    return anchors([(dns.name.from_text(str(zone.inputs["name"])), dnskey(key(world, zone.id))) for zone in zones])


def anchors(trusted: Iterable[tuple[Name, DNSKEY]]) -> str:
    """Return keys of zones as BIND's `trust-anchors`."""
    lines = [
        f'    {origin} static-key {public.flags} 3 {int(public.algorithm)} "{base64.b64encode(public.key).decode()}";\n'
        for origin, public in trusted
    ]
    return "trust-anchors {\n" + "".join(lines) + "};\n"


def _stored(world: World, zone_id: str) -> PrivateKey | None:
    row = world.connection.execute("SELECT pem FROM dnssec_keys WHERE zone_id = ?", (zone_id,)).fetchone()
    if row is None:
        return None
    loaded = serialization.load_pem_private_key(row["pem"].encode(), password=None)
    if not isinstance(loaded, ec.EllipticCurvePrivateKey):
        raise TypeError(f"the DNSSEC key of zone {zone_id} is not an elliptic curve key")
    return loaded


def _new_pem() -> str:
    private = ec.generate_private_key(ec.SECP256R1())
    plain = serialization.NoEncryption()
    return private.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain).decode()
