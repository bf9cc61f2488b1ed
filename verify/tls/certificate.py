"""What a certificate says, read into plain values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa


@dataclass(frozen=True)
class Certificate:
    """A host's own certificate. `names` are its DNS names and addresses, `bits` the size of its key.

    `algorithm` is RSA, EC, Ed25519, Ed448, or what else the key is; `hash` is that of the signature, empty where the
    algorithm has none of its own.
    """

    names: tuple[str, ...]
    issuer: str
    not_before: datetime
    not_after: datetime
    algorithm: str
    bits: int
    hash: str

    @property
    def life(self) -> timedelta:
        """How long it is valid in all."""
        return self.not_after - self.not_before


def read(der: bytes) -> Certificate:
    """Return what a certificate in DER says; raises ValueError when it is none."""
    found = x509.load_der_x509_certificate(der)
    algorithm, bits = _key(found)
    return Certificate(
        names=_names(found),
        issuer=found.issuer.rfc4514_string(),
        not_before=found.not_valid_before_utc,
        not_after=found.not_valid_after_utc,
        algorithm=algorithm,
        bits=bits,
        hash=_hash(found),
    )


def _names(certificate: x509.Certificate) -> tuple[str, ...]:
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ()  # a common name alone names no host any more (RFC 9525 section 2)
    addresses = names.get_values_for_type(x509.IPAddress)
    return (*names.get_values_for_type(x509.DNSName), *(str(address) for address in addresses))


def _key(certificate: x509.Certificate) -> tuple[str, int]:
    try:
        key = certificate.public_key()
    except (UnsupportedAlgorithm, ValueError):
        return "unknown", 0
    if isinstance(key, rsa.RSAPublicKey):
        return "RSA", key.key_size
    if isinstance(key, ec.EllipticCurvePublicKey):
        return "EC", key.curve.key_size
    if isinstance(key, ed25519.Ed25519PublicKey):
        return "Ed25519", 256
    return ("Ed448", 456) if isinstance(key, ed448.Ed448PublicKey) else (type(key).__name__, 0)


def _hash(certificate: x509.Certificate) -> str:
    try:
        used = certificate.signature_hash_algorithm
    except UnsupportedAlgorithm:
        return "unknown"
    return used.name if used else ""
