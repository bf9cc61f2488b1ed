"""Shakes hands by TLS: what one address of a host shows, and which versions it takes."""

from __future__ import annotations

import secrets
import socket
import ssl
from dataclasses import replace

from verify.answers.handshake import Handshake, Offer, Taken
from verify.answers.place import Place
from verify.reach import Reach
from verify.tls.certificate import read
from verify.tls.hello import Reply, ReplyError, Version, client_hello, read_reply

PROTOCOLS = ("h2", "http/1.1")
ANY_KEY = "DEFAULT:@SECLEVEL=0"  # weak keys and signatures are for a judge to find, not for OpenSSL
NO_CHECK_TIME = 0x200000  # X509_V_FLAG_NO_CHECK_TIME of OpenSSL, which Python does not name
OUT_OF_DATE = (9, 10)  # X509_V_ERR_CERT_NOT_YET_VALID and X509_V_ERR_CERT_HAS_EXPIRED
HELLO_BYTES = 64  # random bytes of a greeting
REPLY_LIMIT = 1 << 15  # bytes that are read of an answer


def shake_hands(place: Place, reach: Reach) -> Handshake:
    """Return what the place shows, whether it is trusted or not; never raises for what the network does.

    OpenSSL names one fault of a chain only, so where it finds one the handshake is repeated without looking at dates,
    and then without trust.
    """
    shown = Handshake(place)
    for context in (_trusting(reach), _trusting(reach, NO_CHECK_TIME), _blind()):
        try:
            found = _shaken(place, context, reach.timeout)
        except ssl.SSLCertVerificationError as error:
            shown = _doubted(shown, error)
        except (OSError, ValueError) as error:
            return replace(shown, error=_reason(place, error))
        else:
            return replace(found, distrust=shown.distrust, dated=shown.dated)
    return shown


def _doubted(shown: Handshake, error: ssl.SSLCertVerificationError) -> Handshake:
    if error.verify_code in OUT_OF_DATE:
        return replace(shown, dated=error.verify_message)
    return replace(shown, distrust=error.verify_message)


def offer(place: Place, version: Version, reach: Reach) -> Offer:
    """Return whether the place takes this version of TLS when nothing else is offered; never raises."""
    try:
        with socket.create_connection(place.address, timeout=reach.timeout) as connection:
            connection.sendall(client_hello(version, place.host, secrets.token_bytes(HELLO_BYTES)))
            return _offered(version, _reply(connection))
    except TimeoutError as error:
        return Offer(version, Taken.SILENT, _reason(place, error))
    except ConnectionResetError:
        return Offer(version, Taken.CLOSED, "the connection was reset")
    except (OSError, ReplyError) as error:
        return Offer(version, Taken.SILENT, _reason(place, error))


def _offered(version: Version, reply: Reply | None) -> Offer:
    if reply is None:
        return Offer(version, Taken.CLOSED, "the connection was closed")
    if reply.version == version:
        return Offer(version, Taken.YES)
    return Offer(version, Taken.NO, reply.reason or "another version was chosen")


def _reply(connection: socket.socket) -> Reply | None:
    wire = b""
    while len(wire) < REPLY_LIMIT:
        received = connection.recv(REPLY_LIMIT)
        if not received:
            return None
        wire += received
        if reply := read_reply(wire):
            return reply
    raise ReplyError("its answer has no end")


def _shaken(place: Place, context: ssl.SSLContext, timeout: float) -> Handshake:
    with (
        socket.create_connection(place.address, timeout=timeout) as plain,
        context.wrap_socket(plain, server_hostname=place.host) as tls,
    ):
        shown = tls.getpeercert(binary_form=True) or b""
        return Handshake(place, str(tls.version()), tls.selected_alpn_protocol() or "", read(shown))


def _trusting(reach: Reach, flags: int = 0) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=str(reach.ca_file) if reach.ca_file else None)
    context.verify_flags |= flags
    context.check_hostname = False  # names are for a judge
    return _open(context)


def _blind() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return _open(context)


def _open(context: ssl.SSLContext) -> ssl.SSLContext:
    context.set_ciphers(ANY_KEY)
    context.set_alpn_protocols(list(PROTOCOLS))
    return context


def _reason(place: Place, error: Exception) -> str:
    name, port = place.address
    return f"{name} port {port}: {error or type(error).__name__}"
