"""All groups of checks, in the order in which they are told. A new group is one line here and one module."""

from __future__ import annotations

from collections.abc import Collection

from verify.group import Group
from verify.groups import caching, delegation, mail, origin, records, tls, uptime, web

IDS = {
    "delegation": (
        "dns.caa.issuers",
        "dns.change.records",
        "dns.delegation.content",
        "dns.delegation.exists",
        "dns.delegation.glue",
        "dns.delegation.nameservers",
        "dns.delegation.redundancy",
        "dns.delegation.serial",
        "dns.delegation.server",
        "dns.delegation.zone",
        "dns.dnssec.chain",
        "dns.dnssec.ds",
        "dns.dnssec.lifetime",
        "dns.propagation",
        "dns.soa.timers",
    ),
    "records": (
        "dns.cname.dangling",
        "dns.cname.takeover",
        "dns.record.exact",
        "dns.record.proxied",
        "dns.record.ttl",
        "dns.record.unexpected",
    ),
    "mail": (
        "mail.bimi.dmarc",
        "mail.bimi.logo",
        "mail.bimi.record",
        "mail.dane.tlsa",
        "mail.dkim.key",
        "mail.dkim.record",
        "mail.dkim.revoked",
        "mail.dkim.selectors",
        "mail.dkim.use",
        "mail.dmarc.historic",
        "mail.dmarc.organization",
        "mail.dmarc.policy",
        "mail.dmarc.reports",
        "mail.dmarc.rfc7489",
        "mail.dmarc.single",
        "mail.dmarc.subdomains",
        "mail.dmarc.syntax",
        "mail.message.arrived",
        "mail.message.dkim",
        "mail.message.dmarc",
        "mail.message.spf",
        "mail.mta_sts.mx",
        "mail.mta_sts.policy",
        "mail.mta_sts.record",
        "mail.mx.address",
        "mail.mx.alias",
        "mail.mx.published",
        "mail.mx.reverse",
        "mail.spf.all",
        "mail.spf.ignored",
        "mail.spf.includes",
        "mail.spf.lookups",
        "mail.spf.loop",
        "mail.spf.ptr",
        "mail.spf.senders",
        "mail.spf.single",
        "mail.spf.size",
        "mail.spf.syntax",
        "mail.spf.type",
        "mail.spf.voids",
        "mail.tls_rpt.record",
    ),
    "tls": (
        "tls.alpn.h2",
        "tls.certificate.expiry",
        "tls.certificate.key",
        "tls.certificate.names",
        "tls.certificate.trusted",
        "tls.hsts.first_hop",
        "tls.hsts.preload",
        "tls.http3.announced",
        "tls.versions.new",
        "tls.versions.old",
    ),
    "web": (
        "web.cache.cookie",
        "web.cache.hit",
        "web.cache.never",
        "web.cache.set_cookie",
        "web.compression",
        "web.cookies.flags",
        "web.headers.csp",
        "web.headers.framing",
        "web.headers.nosniff",
        "web.headers.promised",
        "web.headers.referrer",
        "web.ipv6.answers",
        "web.ipv6.published",
        "web.origin.closed",
        "web.redirect.chain",
        "web.redirect.https",
        "web.redirect.target",
        "web.security_txt",
    ),
    "uptime": (
        "uptime.health.ok",
        "uptime.notification.arrived",
    ),
}  # the checks of each group, held against the judges by a test

GROUPS = (
    Group("delegation", "Delegation and DNSSEC", delegation.CHECKS, IDS["delegation"]),
    Group("records", "DNS records", records.CHECKS, IDS["records"]),
    Group("mail", "E-mail", mail.CHECKS, IDS["mail"]),
    Group("tls", "TLS", tls.CHECKS, IDS["tls"]),
    Group("web", "Redirects, headers, caching", (*web.CHECKS, *caching.CHECKS, *origin.CHECKS), IDS["web"]),
    Group("uptime", "Uptime", uptime.CHECKS, IDS["uptime"]),
)


def selected(only: Collection[str]) -> list[Group]:
    """Return the groups that are named, or that have a check whose id begins with one of the texts; all for none."""
    return [group for group in GROUPS if not only or any(group.has(text) for text in only)]
