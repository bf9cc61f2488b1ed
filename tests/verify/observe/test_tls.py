"""Certificates and versions, as real servers show them."""

from __future__ import annotations

import socket
import ssl
import threading
import warnings
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from blueprint.finding import Status
from verify.answers.handshake import Handshake, Offer, Taken
from verify.answers.place import Place
from verify.judge import tls
from verify.observe.route import has_route
from verify.observe.tls import offer, shake_hands
from verify.reach import Address, Reach
from verify.tls.certificate import Certificate
from verify.tls.hello import Version

Serve = Callable[..., Address]
Issue = Callable[..., trustme.LeafCert]
HOST = "acme.test"
NOW = datetime.now(UTC)
PASS, WARN, FAIL, UNKNOWN = Status.PASS, Status.WARN, Status.FAIL, Status.UNKNOWN


def place(address: Address) -> Place:
    return Place(HOST, address[0], address)


def statuses(shown: Handshake, now: datetime = NOW) -> dict[str, Status]:
    """Return what the four judges of a certificate say."""
    found = (tls.judge_chain(shown, now), tls.judge_names(shown), tls.judge_expiry(shown, now), tls.judge_key(shown))
    return {finding.id.rpartition(".")[2]: finding.status for finding in found}


WELL = {"trusted": PASS, "names": PASS, "expiry": PASS, "key": PASS}


@pytest.fixture
def look(website: Serve, ca_file: Path) -> Callable[..., Handshake]:
    """Shake hands with a server that shows this certificate."""

    def at(leaf: trustme.LeafCert, adjust: Callable[[ssl.SSLContext], None] = lambda _: None) -> Handshake:
        return shake_hands(place(website({}, leaf, adjust)), Reach(ca_file=ca_file))

    return at


def weak_leaf(authority: trustme.CA) -> trustme.LeafCert:
    """Return a certificate for a key of 1024 bits, which trustme does not make."""
    key = rsa.generate_private_key(public_exponent=65_537, key_size=1024)
    root = x509.load_pem_x509_certificate(authority.cert_pem.bytes())
    signer = serialization.load_pem_private_key(authority.private_key_pem.bytes(), None)
    made = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([]))
        .issuer_name(root.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - timedelta(days=30))
        .not_valid_after(NOW + timedelta(days=60))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=True)
        .sign(signer, hashes.SHA256())  # type: ignore[arg-type]
    )
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return trustme.LeafCert(pem, made.public_bytes(serialization.Encoding.PEM), [])


def test_a_good_certificate_passes_everything(look: Callable[..., Handshake], certificate: Issue) -> None:
    shown = look(certificate(HOST))
    assert statuses(shown) == WELL
    assert (shown.version, shown.error) == ("TLSv1.3", "")


def test_each_fault_of_a_certificate_is_one_finding(
    look: Callable[..., Handshake], certificate: Issue, authority: trustme.CA
) -> None:
    assert statuses(look(certificate(HOST, 10))) == WELL | {"expiry": FAIL}
    assert statuses(look(certificate(HOST, 18))) == WELL | {"expiry": WARN}
    assert statuses(look(certificate(HOST, -1))) == WELL | {"expiry": FAIL}
    assert statuses(look(certificate("other.test"))) == WELL | {"names": FAIL}
    assert statuses(look(trustme.CA().issue_cert(HOST))) == WELL | {"trusted": FAIL}
    weak = look(weak_leaf(authority), lambda context: context.set_ciphers("DEFAULT:@SECLEVEL=0"))
    assert statuses(weak) == WELL | {"key": FAIL}


def test_two_faults_of_a_certificate_are_two_findings(look: Callable[..., Handshake]) -> None:
    strange = trustme.CA().issue_cert(HOST, not_after=NOW - timedelta(days=1))
    assert statuses(look(strange)) == WELL | {"trusted": FAIL, "expiry": FAIL}


def test_a_certificate_without_its_intermediate_is_not_trusted(
    look: Callable[..., Handshake], authority: trustme.CA
) -> None:
    whole = authority.create_child_ca().issue_cert(HOST)
    cut = trustme.LeafCert(whole.private_key_pem.bytes(), whole.cert_chain_pems[0].bytes(), [])
    assert statuses(look(whole)) == WELL
    assert statuses(look(cut)) == WELL | {"trusted": FAIL}


def test_an_expired_intermediate_is_a_fault_of_the_chain(look: Callable[..., Handshake], certificate: Issue) -> None:
    shown = replace(look(certificate(HOST)), dated="certificate has expired")
    assert statuses(shown) == WELL | {"trusted": FAIL}


def test_a_certificate_from_the_future_fails(look: Callable[..., Handshake], authority: trustme.CA) -> None:
    early = authority.issue_cert(HOST, not_before=NOW + timedelta(days=1), not_after=NOW + timedelta(days=91))
    assert statuses(look(early)) == WELL | {"expiry": FAIL}


@pytest.mark.parametrize(
    ("life", "left", "status"),
    [(90, 30, PASS), (90, 15, WARN), (90, 13, FAIL), (45, 12, PASS), (45, 8, WARN), (45, 7, FAIL), (6, 2, PASS),
     (6, 0.5, FAIL), (365, 22, PASS), (365, 14, WARN)],
)  # fmt: skip
def test_margins_shrink_with_the_life_of_a_certificate(life: float, left: float, status: Status) -> None:
    end = NOW + timedelta(days=left)
    found = Certificate((HOST,), "CN=CA", end - timedelta(days=life), end, "EC", 256, "sha256")
    assert tls.judge_expiry(Handshake(place(("192.0.2.1", 443)), certificate=found), NOW).status is status


@pytest.mark.parametrize(
    ("algorithm", "bits", "used", "status"),
    [("RSA", 2048, "sha256", PASS), ("RSA", 2047, "sha256", FAIL), ("RSA", 4096, "sha1", FAIL),
     ("EC", 256, "sha384", PASS), ("EC", 224, "sha256", FAIL), ("Ed25519", 256, "", PASS),
     ("DSAPublicKey", 0, "sha256", FAIL), ("RSA", 2048, "unknown", FAIL)],
)  # fmt: skip
def test_weak_keys_and_signatures_fail(algorithm: str, bits: int, used: str, status: Status) -> None:
    found = Certificate((HOST,), "CN=CA", NOW, NOW, algorithm, bits, used)
    assert tls.judge_key(Handshake(place(("192.0.2.1", 443)), certificate=found)).status is status


@pytest.mark.parametrize(
    ("name", "host", "covered"),
    [("acme.test", "ACME.test.", True), ("*.acme.test", "www.acme.test", True), ("*.acme.test", "acme.test", False),
     ("*.acme.test", "a.b.acme.test", False), ("w*.acme.test", "www.acme.test", False), ("*.test", "acme.test", False),
     ("*", "acme", False), ("192.0.2.1", "192.0.2.1", True)],
)  # fmt: skip
def test_a_star_stands_for_one_label(name: str, host: str, covered: bool) -> None:
    assert tls.covers(name, host) is covered


def test_what_cannot_be_reached_is_unknown(ca_file: Path) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        shown = shake_hands(place(closed.getsockname()), Reach(ca_file=ca_file))
        offers = [offer(place(closed.getsockname()), version, Reach()) for version in Version]
    assert set(statuses(shown).values()) == {UNKNOWN}
    assert tls.judge_http2(shown).status is UNKNOWN
    assert tls.judge_old_versions(shown.place, offers, "1.2").status is UNKNOWN
    assert tls.judge_new_versions(shown.place, offers, "1.2").status is UNKNOWN


@pytest.fixture
def listener() -> Iterator[Callable[[bytes | None], Address]]:
    """A server that answers every connection with these bytes and closes it; with None it stays silent."""
    servers: list[socket.socket] = []

    def start(answer: bytes | None) -> Address:
        server = socket.create_server(("127.0.0.1", 0))
        servers.append(server)
        if answer is not None:
            threading.Thread(target=_answer, args=(server, answer), daemon=True).start()
        return ("127.0.0.1", server.getsockname()[1])

    yield start
    for server in servers:
        server.close()


def _answer(server: socket.socket, answer: bytes) -> None:
    while True:
        try:
            connection, _ = server.accept()
        except OSError:
            return
        with connection:
            connection.recv(4096)
            connection.sendall(answer)


def test_silence_and_other_protocols_are_unknown(listener: Callable[..., Address]) -> None:
    for answer in (None, b"SSH-2.0-OpenSSH_9.2\r\n"):
        found = place(listener(answer))
        reach = Reach(timeout=0.2)
        offers = [offer(found, version, reach) for version in Version]
        assert {one.taken for one in offers} == {Taken.SILENT}
        assert tls.judge_old_versions(found, offers, "1.2").status is UNKNOWN
        assert tls.judge_chain(shake_hands(found, reach), NOW).status is UNKNOWN


def test_a_server_that_only_hangs_up_is_unknown_unless_it_takes_another_version(
    listener: Callable[..., Address],
) -> None:
    found = place(listener(b""))
    offers = [offer(found, version, Reach()) for version in Version]
    assert {one.taken for one in offers} == {Taken.CLOSED}
    assert tls.judge_old_versions(found, offers, "1.2").status is UNKNOWN
    assert tls.judge_old_versions(found, [*offers[:2], Offer(Version.TLS_1_2, Taken.YES)], "1.2").status is PASS


@pytest.mark.parametrize(
    ("least", "most", "old", "new"),
    [
        (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3, PASS, PASS),
        (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_3, FAIL, PASS),
        (ssl.TLSVersion.TLSv1_1, ssl.TLSVersion.TLSv1_3, FAIL, PASS),
        (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_2, PASS, WARN),
        (ssl.TLSVersion.TLSv1_3, ssl.TLSVersion.TLSv1_3, PASS, FAIL),
        (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1, FAIL, FAIL),
    ],
)
def test_every_version_is_asked_for_alone(
    website: Serve,
    certificate: Issue,
    least: ssl.TLSVersion,
    most: ssl.TLSVersion,
    old: Status,
    new: Status,
) -> None:
    def adjust(context: ssl.SSLContext) -> None:
        context.set_ciphers("DEFAULT:@SECLEVEL=0")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            context.minimum_version, context.maximum_version = least, most

    found = place(website({}, certificate(HOST), adjust))
    offers = [offer(found, version, Reach()) for version in Version]
    assert tls.judge_old_versions(found, offers, "1.2").status is old
    assert tls.judge_new_versions(found, offers, "1.2").status is new


def test_a_promise_of_more_moves_the_line(website: Serve, certificate: Issue) -> None:
    found = place(website({}, certificate(HOST)))
    offers = [offer(found, version, Reach()) for version in Version]
    assert tls.judge_old_versions(found, offers, "1.3").status is FAIL
    assert tls.judge_new_versions(found, offers, "1.3").status is PASS


@pytest.mark.parametrize(("protocols", "status"), [(["h2", "http/1.1"], PASS), (["http/1.1"], WARN), ([], WARN)])
def test_http2_is_agreed_on_or_warned_of(
    look: Callable[..., Handshake], certificate: Issue, protocols: list[str], status: Status
) -> None:
    adjust = (lambda context: context.set_alpn_protocols(protocols)) if protocols else (lambda _context: None)
    assert tls.judge_http2(look(certificate(HOST), adjust)).status is status


def test_a_way_to_loopback_is_known() -> None:
    assert has_route(("127.0.0.1", 443))
