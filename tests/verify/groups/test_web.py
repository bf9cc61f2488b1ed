"""Whole groups against real servers: a bare domain, with every fault on the wire and none in a judge."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme

from blueprint.finding import Status
from verify import run as verification
from verify.reach import ANY, Address, Reach
from verify.scene import Subject

Serve = Callable[..., Address]
Issue = Callable[..., trustme.LeafCert]
NOW = datetime.now(UTC)
ZONE = """
acme.test. 300 IN A 192.0.2.1
acme.test. 300 IN A 192.0.2.2
www.acme.test. 300 IN A 192.0.2.1
"""
LED = "https://acme.test/some/page?from=verify"
GOOD = {
    "Strict-Transport-Security": "max-age=31536000",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
}
FILE = f"Contact: mailto:security@acme.test\nExpires: {NOW + timedelta(days=90):%Y-%m-%dT%H:%M:%SZ}\n"
PAGES = {
    "acme.test/": (200, GOOD, "hello"),
    "acme.test/some/page": (200, GOOD, "hello"),
    "acme.test/.well-known/security.txt": (200, {"Content-Type": "text/plain"}, FILE),
    "www.acme.test/": (301, GOOD | {"Location": "https://acme.test/"}, ""),
    "www.acme.test/some/page": (301, GOOD | {"Location": LED}, ""),
}
PLAIN = {
    "acme.test/some/page": (301, {"Location": LED}, ""),
    "www.acme.test/some/page": (301, {"Location": LED.replace("acme", "www.acme")}, ""),
}
PLACES = ("acme.test at 192.0.2.1", "acme.test at 192.0.2.2", "www.acme.test at 192.0.2.1")
OLD = {("web.ipv6.published", host): Status.WARN for host in ("acme.test", "www.acme.test")} | {
    ("tls.alpn.h2", place): Status.WARN for place in PLACES
}
"""What these servers really do not do: IPv6 and HTTP/2."""


@pytest.fixture
def verified(
    nameserver: Serve, website: Serve, authority: trustme.CA, ca_file: Path
) -> Callable[..., dict[tuple[str, str], Status]]:
    """Verify acme.test, each of its addresses served by a server of its own; return what did not pass."""
    both = authority.issue_cert("acme.test", "www.acme.test", not_after=NOW + timedelta(days=60))

    def run(first: trustme.LeafCert = both, second: trustme.LeafCert = both) -> dict[tuple[str, str], Status]:
        addresses = {
            ("192.0.2.1", 443): website(PAGES, first),
            ("192.0.2.2", 443): website(PAGES, second),
            (ANY, 80): website(PLAIN),
        }
        reach = Reach(nameservers=(nameserver(ZONE),), addresses=addresses, ca_file=ca_file, timeout=2)
        report = verification.run(Subject("acme.test"), reach, NOW, only=("tls", "web"))
        found = verification.findings(report)
        assert len({(finding.id, finding.subject) for finding in found}) == len(found)
        return {(one.id, one.subject): one.status for one in found if one.status is not Status.PASS}

    return run


def test_a_bare_domain_is_judged_by_what_is_good_practice(verified: Callable[..., object]) -> None:
    assert verified() == OLD


def test_one_of_two_addresses_with_a_wrong_certificate_is_found(
    verified: Callable[..., object], certificate: Issue
) -> None:
    found = verified(second=certificate("other.test"))
    assert found == OLD | {("tls.certificate.names", "acme.test at 192.0.2.2"): Status.FAIL}


def test_a_domain_without_an_address_is_unknown_and_nothing_passes(nameserver: Serve) -> None:
    reach = Reach(
        (nameserver('acme.test. 300 IN TXT "a note"'),), {(ANY, 443): ("127.0.0.1", 1), (ANY, 80): ("127.0.0.1", 1)}
    )
    found = verification.findings(verification.run(Subject("acme.test"), reach, NOW, only=("tls", "web")))
    assert {one.status for one in found} == {Status.UNKNOWN, Status.WARN}
    assert {one.id for one in found if one.status is Status.WARN} == {"web.ipv6.published"}


def test_a_domain_that_does_not_exist_is_one_unknown_finding(nameserver: Serve) -> None:
    reach = Reach((nameserver("other.test. 300 IN A 192.0.2.1"),))
    (found,) = verification.findings(verification.run(Subject("acme.test"), reach, NOW))
    assert (found.id, found.status) == ("dns.delegation.exists", Status.UNKNOWN)
    assert "`./launch verify --domain acme.test --watch`" in found.fix
