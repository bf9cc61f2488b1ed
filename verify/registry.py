"""All groups of checks, in the order in which they are told. A new group is one line here and one module."""

from __future__ import annotations

from verify.group import Group
from verify.groups import caching, delegation, mail, origin, records, tls, uptime, web

GROUPS = (
    Group("delegation", "Delegation and DNSSEC", delegation.CHECKS),
    Group("records", "DNS records", records.CHECKS),
    Group("mail", "E-mail", mail.CHECKS),
    Group("tls", "TLS", tls.CHECKS),
    Group("web", "Redirects, headers, caching", (*web.CHECKS, *caching.CHECKS, *origin.CHECKS)),
    Group("uptime", "Uptime", uptime.CHECKS),
)
