from __future__ import annotations

import socket
import ssl
import stat
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from pathlib import Path

import pytest
from cryptography import x509

from localcloud.base.authority import HTTP1, Authority


def handshake(server: ssl.SSLContext, client: ssl.SSLContext, name: str, alpn: list[str]) -> tuple[str | None, bytes]:
    """Return the protocol that both ends agreed on and the server's certificate (DER)."""
    ours, theirs = socket.socketpair()
    ours.settimeout(5)
    theirs.settimeout(5)

    def serve() -> None:
        try:
            server.wrap_socket(theirs, server_side=True).close()
        except OSError:
            theirs.close()

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        client.set_alpn_protocols(alpn)
        with client.wrap_socket(ours, server_hostname=name) as wrapped:
            certificate = wrapped.getpeercert(binary_form=True)
            return wrapped.selected_alpn_protocol(), certificate or b""
    finally:
        ours.close()
        thread.join()


def test_a_client_that_trusts_the_file_accepts_the_leaf(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    protocol, der = handshake(
        authority.context("api.acme.test"), authority.client_context(), "api.acme.test", ["h2", "http/1.1"]
    )
    assert protocol == "h2"
    leaf = x509.load_der_x509_certificate(der)
    assert leaf.not_valid_after_utc - leaf.not_valid_before_utc <= timedelta(days=90)
    assert leaf.not_valid_after_utc > datetime.now(UTC) + timedelta(days=80)


def test_the_edge_can_offer_http1_only(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    server = authority.context("acme.test", HTTP1)
    assert handshake(server, authority.client_context(), "acme.test", ["h2", "http/1.1"])[0] == "http/1.1"


def test_another_name_is_refused(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    with pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"):
        handshake(authority.context("acme.test"), authority.client_context(), "evil.test", ["h2"])


def test_a_client_of_another_authority_refuses(tmp_path: Path) -> None:
    server = Authority(tmp_path / "one").context("acme.test")
    with pytest.raises(ssl.SSLCertVerificationError):
        handshake(server, Authority(tmp_path / "other").client_context(), "acme.test", ["h2"])


def test_contexts_are_kept(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    assert authority.context("Acme.test.") is authority.context("acme.test")
    assert authority.context("acme.test") is not authority.context("acme.test", HTTP1)


def test_the_authority_survives_a_restart_and_its_key_is_private(tmp_path: Path) -> None:
    first = Authority(tmp_path).ca_file.read_bytes()
    assert Authority(tmp_path).ca_file.read_bytes() == first
    assert b"PRIVATE" not in first
    assert stat.S_IMODE((tmp_path / "ca" / "ca-key.pem").stat().st_mode) == 0o600
    lasts = x509.load_pem_x509_certificate(first).not_valid_after_utc - datetime.now(UTC)
    assert timedelta(days=2 * 365) < lasts < timedelta(days=5 * 365)


def ca_of(home: Path) -> bytes:
    return Authority(home).ca_file.read_bytes()


def test_processes_that_start_at_once_share_one_authority(tmp_path: Path) -> None:
    with get_context("spawn").Pool(3) as pool:
        assert len(set(pool.map(ca_of, [tmp_path] * 6))) == 1


def test_threads_that_start_at_once_share_one_authority(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(ca_of, [tmp_path] * 16))) == 1
