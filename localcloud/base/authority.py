"""The certificate authority of this machine's cloud: who trusts its one file can speak TLS with every local server."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from localcloud.base import keyfile

AUTHORITY_LIFE = timedelta(days=3 * 365)
LEAF_LIFE = timedelta(days=90)
RENEW_BEFORE = timedelta(days=30)  # a leaf this close to its end is replaced, as Let's Encrypt's clients do
CLOCK_SKEW = timedelta(hours=1)
H2 = ("h2", "http/1.1")
HTTP1 = ("http/1.1",)


class Authority:
    """Opens the authority kept in `home`/ca, creating it when there is none or the old one would not outlive a leaf.

    The key never leaves that folder. Safe for many threads, and for several processes that start at once.
    """

    def __init__(self, home: Path) -> None:
        folder = home / "ca"
        self.ca_file = folder / "ca.pem"
        self._ca = _opened(folder, self.ca_file)
        self._contexts: dict[tuple[str, tuple[str, ...], timedelta], tuple[ssl.SSLContext, datetime]] = {}
        self._lock = threading.Lock()

    def context(self, name: str, alpn: Sequence[str] = H2, life: timedelta = LEAF_LIFE) -> ssl.SSLContext:
        """Return a server context with a leaf for the DNS name (or address) `name` that offers the protocols `alpn`.

        Contexts are kept and renewed in time; raises ValueError when `name` cannot stand in a certificate.
        """
        key = (name.lower().rstrip("."), tuple(alpn), life)
        now = datetime.now(UTC)
        with self._lock:
            context, ends = self._contexts.get(key, (None, now))
            if context is None or ends - now < min(RENEW_BEFORE, life / 3):
                context = _server_context(self._ca, *key, now)
                self._contexts[key] = (context, now + life)
            return context

    def client_context(self) -> ssl.SSLContext:
        """Return a client context that trusts this authority and nothing else."""
        return ssl.create_default_context(cafile=str(self.ca_file))


def _opened(folder: Path, ca_file: Path) -> trustme.CA:
    bundle_file = folder / "ca-key.pem"
    bundle = keyfile.once(bundle_file, _new_bundle)
    with keyfile.locked(folder):
        bundle = bundle_file.read_bytes()
        if _ends(bundle) - datetime.now(UTC) < LEAF_LIFE:
            bundle = _new_bundle()
            keyfile.replace(bundle_file, bundle)
        certificate = _certificate(bundle).public_bytes(serialization.Encoding.PEM)
        if not ca_file.exists() or ca_file.read_bytes() != certificate:
            keyfile.replace(ca_file, certificate, mode=0o644)
    return trustme.CA.from_pem(certificate, bundle)


def _server_context(ca: trustme.CA, name: str, alpn: tuple[str, ...], life: timedelta, now: datetime) -> ssl.SSLContext:
    leaf = ca.issue_cert(
        name,
        organization_name="Launch Ready rehearsal",
        organization_unit_name="local cloud",
        not_before=now - CLOCK_SKEW,
        not_after=now - CLOCK_SKEW + life,
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(list(alpn))
    leaf.configure_cert(context)
    return context


def _certificate(bundle: bytes) -> x509.Certificate:
    return x509.load_pem_x509_certificate(bundle)


def _ends(bundle: bytes) -> datetime:
    return _certificate(bundle).not_valid_after_utc


def _new_bundle() -> bytes:
    """Return key and certificate as PEM. Not made by trustme, whose authorities last until the year 3000."""
    key = ec.generate_private_key(ec.SECP256R1())
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return pem + _self_signed(key).public_bytes(serialization.Encoding.PEM)


def _self_signed(key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
    now = datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Launch Ready rehearsal (this machine only)")])
    usage = x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=True,
        crl_sign=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - CLOCK_SKEW)
        .not_valid_after(now + AUTHORITY_LIFE)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
