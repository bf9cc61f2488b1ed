"""Greetings by hand against OpenSSL, and answers that are no answers."""

from __future__ import annotations

import contextlib
import ssl
import warnings
from collections.abc import Callable

import pytest
import trustme
from hypothesis import given
from hypothesis import strategies as st

from verify.tls.hello import Reply, ReplyError, Version, client_hello, read_reply

Issue = Callable[..., trustme.LeafCert]
RANDOM = bytes(range(64))
ALL = (Version.TLS_1_0, Version.TLS_1_1, Version.TLS_1_2, Version.TLS_1_3)


def answered(leaf: trustme.LeafCert, greeting: bytes, least: ssl.TLSVersion, most: ssl.TLSVersion) -> bytes:
    """Return what OpenSSL answers to a greeting, with nothing in between."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    leaf.configure_cert(context)
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version, context.maximum_version = least, most
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    incoming.write(greeting)
    with contextlib.suppress(ssl.SSLError):
        context.wrap_bio(incoming, outgoing, server_side=True).do_handshake()
    return outgoing.read()


@pytest.mark.parametrize("asked", ALL)
@pytest.mark.parametrize(
    ("least", "most"),
    [(ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_3), (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_2)],
)
def test_openssl_takes_exactly_the_versions_that_it_is_set_to(
    certificate: Issue, asked: Version, least: ssl.TLSVersion, most: ssl.TLSVersion
) -> None:
    leaf = certificate("acme.test")
    reply = read_reply(answered(leaf, client_hello(asked, "acme.test", RANDOM), least, most))
    assert reply == (Reply(version=asked) if least <= asked <= most else Reply(alert=70))


@pytest.mark.parametrize("name", ["acme.test", "bücher.example", "192.0.2.1", "2001:db8::1"])
def test_a_name_is_asked_for_and_an_address_is_not(name: str) -> None:
    greeting = client_hello(Version.TLS_1_2, name, RANDOM)
    assert (name.encode("idna") in greeting) is not name[-1].isdigit()


def test_an_answer_is_waited_for_until_it_is_complete(certificate: Issue) -> None:
    leaf = certificate("acme.test")
    whole = answered(
        leaf, client_hello(Version.TLS_1_2, "acme.test", RANDOM), ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_2
    )
    replies = [read_reply(whole[:end]) for end in range(len(whole))]
    assert replies[0] is None
    assert set(replies) == {None, Reply(version=Version.TLS_1_2)}


def test_a_warning_is_not_the_answer() -> None:
    warning, fatal = bytes.fromhex("15030300020170"), bytes.fromhex("15030300020246")
    assert read_reply(warning) is None
    assert read_reply(warning + fatal) == Reply(alert=70)


@pytest.mark.parametrize(
    "wire",
    [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"SSH-2.0-OpenSSH_9.2\r\n", bytes.fromhex("15030300010246"),
     bytes.fromhex("160303000401000000"), bytes.fromhex("160303ffff02000000"), bytes.fromhex("160303000402000000")],
)  # fmt: skip
def test_what_is_no_answer_of_tls_is_told(wire: bytes) -> None:
    with pytest.raises(ReplyError):
        read_reply(wire)


@given(st.binary(max_size=300), st.sampled_from([b"", b"\x16\x03\x03\x00\x40\x02\x00\x00\x3c", b"\x15\x03\x01"]))
def test_no_bytes_raise_anything_but_the_one_error(wire: bytes, begin: bytes) -> None:
    try:
        reply = read_reply(begin + wire)
    except ReplyError:
        return
    assert reply is None or isinstance(reply, Reply)


def test_a_greeting_needs_its_random_bytes() -> None:
    with pytest.raises(ValueError, match="64"):
        client_hello(Version.TLS_1_2, "acme.test", b"")
