"""Shakes hands by TLS and reads the certificate that a host shows."""

from __future__ import annotations

import socket
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography import x509

from verify.reach import Reach


@dataclass(frozen=True)
class Handshake:
    """What the host showed: protocol version, issuer and end of the certificate. `error` says why there is none.

    `refused` tells a certificate that was shown and is not trusted from a host that could not be asked.
    """

    host: str
    version: str = ""
    issuer: str = ""
    not_after: datetime | None = None
    error: str = ""
    refused: bool = False


def shake_hands(host: str, reach: Reach) -> Handshake:
    """Return what `host` shows on its https port, with its chain and name checked; never raises."""
    context = ssl.create_default_context(cafile=str(reach.ca_file) if reach.ca_file else None)
    address = reach.address(host, 443)
    try:
        with (
            socket.create_connection(address, timeout=reach.timeout) as plain,
            context.wrap_socket(plain, server_hostname=host) as tls,
        ):
            shown = tls.getpeercert(binary_form=True)
            return _read(host, str(tls.version()), shown or b"")
    except ssl.SSLCertVerificationError as error:
        return Handshake(host, error=error.verify_message or str(error), refused=True)
    except OSError as error:
        return Handshake(host, error=f"{address[0]} port {address[1]}: {error}")


def _read(host: str, version: str, shown: bytes) -> Handshake:
    certificate = x509.load_der_x509_certificate(shown)
    issuer = certificate.issuer.rfc4514_string()
    return Handshake(host, version, issuer, certificate.not_valid_after_utc.astimezone(UTC))
