"""Judges what an address of a host shows by TLS: its certificate, the versions it takes, the protocols it offers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from blueprint.finding import Finding
from verify.answers.handshake import Handshake, Offer, Taken
from verify.answers.place import Place
from verify.judge.check import Check
from verify.tls.certificate import Certificate
from verify.tls.hello import Version

EDGE = "In Cloudflare, look at SSL/TLS → Edge Certificates: Universal SSL has to be on and the name proxied."
SETTINGS = "Run `./launch up --refresh`: the zone's TLS settings are those of the stack."
RENEWED = (timedelta(days=14), 6)
"""Fails with less left than this, or than this part of a certificate's life.

Certificates are renewed with a third of their life left (Let's Encrypt's integration guide; Cloudflare and Google: 30
of 90 days). Two weeks before the end, renewal has been failing for two weeks, and there is time to fix it.
"""
LATE = (timedelta(days=21), 4)
"""Warns: renewal should have happened more than a week ago."""
WEAK_HASHES = ("md5", "sha1")
LEAST_BITS = {"RSA": 2048, "EC": 256, "Ed25519": 256, "Ed448": 456}
"""CA/Browser Forum, Baseline Requirements, section 6.1.5; EdDSA for private authorities (RFC 8410)."""


def judge_chain(shown: Handshake, now: datetime) -> Finding:
    """Return whether the certificate leads to an authority that visitors trust."""
    check = Check(
        "tls.certificate.trusted",
        shown.place.label,
        "a complete chain to an authority that visitors trust (RFC 5280 section 6)",
        EDGE,
    )
    if shown.certificate is None:
        return check.unknown(shown.error)
    if shown.distrust:
        return check.decided(False, shown.distrust, shown.certificate.issuer)
    if shown.dated and _left(shown.certificate, now) > timedelta(0) and shown.certificate.not_before <= now:
        return check.decided(False, f"{shown.dated}: not the host's own, but another certificate of its chain")
    return check.decided(True, "a trusted chain", shown.certificate.issuer)


def judge_names(shown: Handshake) -> Finding:
    """Return whether the certificate names the host that was asked for (RFC 9525 section 6.3)."""
    host = shown.place.host
    check = Check("tls.certificate.names", shown.place.label, f"a certificate for {host} (RFC 9525 section 6.3)", EDGE)
    if shown.certificate is None:
        return check.unknown(shown.error)
    names = shown.certificate.names
    return check.decided(any(covers(name, host) for name in names), f"it names {', '.join(names) or 'no host'}")


def covers(name: str, host: str) -> bool:
    """Return whether a certificate's name stands for the host; a star stands for one whole label, the first."""
    name, host = name.lower(), host.lower().rstrip(".")
    first, _, parent = host.partition(".")
    return name == host or bool(first and parent.count(".") and name == f"*.{parent}")


def judge_expiry(shown: Handshake, now: datetime) -> Finding:
    """Return whether the certificate is valid now, and for long enough that its renewal can be fixed."""
    check = Check(
        "tls.certificate.expiry",
        shown.place.label,
        f"valid for more than {RENEWED[0].days} days, or a {RENEWED[1]}th of its life: it is renewed at a third",
        "The renewal is stuck. Cloudflare renews by itself while CAA admits its authorities and the name is proxied: "
        "look at SSL/TLS → Edge Certificates.",
    )
    if shown.certificate is None:
        return check.unknown(shown.error)
    left = _left(shown.certificate, now)
    observed = f"{left.days} of {shown.certificate.life.days} days left, until {shown.certificate.not_after:%Y-%m-%d}"
    if shown.certificate.not_before > now:
        return check.decided(False, f"not valid before {shown.certificate.not_before:%Y-%m-%d %H:%M} UTC")
    if left >= _margin(shown.certificate, *RENEWED) and left < _margin(shown.certificate, *LATE):
        return check.warned(observed)
    return check.decided(left >= _margin(shown.certificate, *RENEWED), observed)


def judge_key(shown: Handshake) -> Finding:
    """Return whether key and signature are ones that browsers accept."""
    check = Check(
        "tls.certificate.key",
        shown.place.label,
        "an RSA key of at least 2048 bits or an EC key of at least 256, signed with SHA-256 or better "
        "(CA/Browser Forum, Baseline Requirements, 6.1.5 and 7.1.3.2)",
        EDGE,
    )
    if shown.certificate is None:
        return check.unknown(shown.error)
    found = shown.certificate
    strong = found.bits >= LEAST_BITS.get(found.algorithm, 0) > 0 and found.hash not in (*WEAK_HASHES, "unknown")
    return check.decided(strong, f"{found.algorithm} of {found.bits} bits, signed with {found.hash or 'its own hash'}")


def judge_old_versions(place: Place, offers: Sequence[Offer], least: str) -> Finding:
    """Return whether every version below the `least` ("1.2") is refused; 1.0 and 1.1 are deprecated by RFC 8996."""
    old = [offer for offer in offers if offer.version < _version(least)]
    check = Check(
        "tls.versions.old",
        place.label,
        f"{' and '.join(offer.version.label for offer in old)} refused (RFC 8996)",
        f"{SETTINGS} Its min_tls_version is {least}.",
    )
    if why := _unheard(old, offers):
        return check.unknown(why)
    return check.decided(all(offer.taken is not Taken.YES for offer in old), _told(old))


def judge_new_versions(place: Place, offers: Sequence[Offer], least: str) -> Finding:
    """Return whether TLS 1.2 (unless more is asked for) and 1.3 are taken; without 1.3 it works, and slower."""
    new = [offer for offer in offers if offer.version >= _version(least)]
    check = Check(
        "tls.versions.new",
        place.label,
        f"{' and '.join(offer.version.label for offer in new)} accepted (RFC 9325 section 3.1.1)",
        f"{SETTINGS} Its tls_1_3 is on.",
    )
    if why := _unheard(new, offers):
        return check.unknown(why)
    missing = [offer.version for offer in new if offer.taken is not Taken.YES]
    if missing == [Version.TLS_1_3] and len(new) > 1:
        return check.warned(_told(new))
    return check.decided(not missing, _told(new))


def judge_http2(shown: Handshake) -> Finding:
    """Return whether HTTP/2 is agreed on by ALPN (RFC 9113 section 3.2); without it pages load slower."""
    check = Check(
        "tls.alpn.h2",
        shown.place.label,
        "HTTP/2 by ALPN (RFC 9113 section 3.2)",
        "In Cloudflare, look at Speed → Settings: HTTP/2 is on for every proxied name unless it was switched off.",
    )
    if not shown.version:
        return check.unknown(shown.error)
    observed = shown.protocol or "no protocol is agreed on"
    return check.decided(True, observed) if shown.protocol == "h2" else check.warned(observed)


def _left(certificate: Certificate, now: datetime) -> timedelta:
    return certificate.not_after - now


def _margin(certificate: Certificate, most: timedelta, part: int) -> timedelta:
    return min(most, certificate.life / part)


def _version(text: str) -> Version:
    return Version[f"TLS_{text.replace('.', '_')}"]


def _unheard(wanted: Sequence[Offer], offers: Sequence[Offer]) -> str:
    """Return why the versions are not known to be refused: silence, or a close where nothing at all is taken."""
    silent = [offer.detail for offer in wanted if offer.taken is Taken.SILENT]
    if silent:
        return silent[0]
    closed = [offer.detail for offer in wanted if offer.taken is Taken.CLOSED]
    return closed[0] if closed and all(offer.taken is not Taken.YES for offer in offers) else ""


def _told(offers: Sequence[Offer]) -> str:
    return ", ".join(
        f"{offer.version.label} {'accepted' if offer.taken is Taken.YES else 'refused'}" for offer in offers
    )
