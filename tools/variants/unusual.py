"""What few launches choose, for the table of variants: other kinds of records, no mail, and all that has a default."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Choices = Mapping[str, Any]
ZONE_ID, OTHER_ZONE_ID = "0a1b2c3d4e5f60718293a4b5c6d7e8f9", "0b1b2c3d4e5f60718293a4b5c6d7e8f9"
MX, SPF, CAA, FIREWALL, MOVED, PARKED = (f"{digit}a1b2c3d4e5f60718293a4b5c6d7e8f9" for digit in "345678")

OLD_ZONE: Choices = {
    "cloudflare": {"managed_robots_txt": True},
    "other_domains": ["acme.example"],
    "adopt": {
        "Zone/acme.test": ZONE_ID,
        "Zone/acme.example": OTHER_ZONE_ID,
        "DnsRecord/mx-acme.test-1": f"{ZONE_ID}/{MX}",
        "DnsRecord/txt-acme.test": f"{ZONE_ID}/{SPF}",
        "DnsRecord/caa-acme.test-0-issue-pki.goog": f"{ZONE_ID}/{CAA}",
        "Ruleset/firewall": f"zones/{ZONE_ID}/{FIREWALL}",
        "Ruleset/redirects-acme.example": f"zones/{OTHER_ZONE_ID}/{PARKED}",
    },
}
"""What a founder has whose domains are at Cloudflare, and whose project is to be made."""

LIVE: Choices = {
    "web": {"site": "acme-site", "host": "acme-site.web.app"},
    "adopt": {
        "Release/release": "projects/acme-rehearsal/releases/cloud.firestore",
        "HostingSite/acme-site": "projects/acme-rehearsal/sites/acme-site",
    },
}
"""What an app has that is live already, besides its project, its database and its apps."""

KINDS = (
    ("*", "A", "203.0.113.81"),
    ("@", "TXT", "x" * 300),
    ("@", "TXT", 'verification = ü; quoted "part"'),
    ("shop", "CAA", '0 issue "digicert.com"'),
    ("certs", "CERT", "1 12345 8 MIICajCCAdOgAwIBAgICBEUwDQYJKoZIhvcNAQEEBQA="),
    ("lab", "NS", "ns1.acme.example"),
    ("lab", "DS", "2371 13 2 " + "ab" * 32),
    ("office", "LOC", "52 22 23 N 4 53 32 E -2m 0m 10000m 10m"),
    ("phone", "NAPTR", '100 10 "u" "E2U+sip" "!^.*$!sip:info@acme.example!" .'),
    ("a1._openpgpkey", "OPENPGPKEY", "mQENBFVHm5sBCADLBt5VPEzZNAGvbWBnKDzwRBS5"),
    ("host", "PTR", "real.acme.example"),
    ("a1._smimecert", "SMIMEA", "3 1 1 " + "cd" * 32),
    ("doh", "SVCB", "1 dns.acme.example alpn=h2 port=8443"),
    ("_http._tcp", "URI", '10 1 "https://acme.example/path"'),
)
ODD_KINDS: Choices = {"records": [{"name": name, "type": kind, "content": content} for name, kind, content in KINDS]}

NO_MAIL: Choices = {
    "contact": {"email": "ada@acme.example"},
    "mail": {
        "provider": "none",
        "senders": [],
        "dkim": None,
        "dmarc": {"policy": "reject", "report": "dmarc@acme.example"},
    },
    "support": {
        "sender": "support@acme.example",
        "receiver": "team@acme.example",
        "helpdesk": "email",
        "zendesk": None,
        "mailer": "smtp",
        "smtp": {"server": "smtp.acme.example:465", "user": "acme"},
    },
    "alerts": {"email": "oncall@acme.example"},
}
"""A domain of its own for the app, and a company whose mail is elsewhere."""

OTHERWISE: Choices = {
    "google": {
        "project": "a-launch-with-a-name-as-long-1",
        "region": "europe-north2",
        "firestore_location": "eur3",
        "organization": "123456789012",
        "budget": 1,
    },
    "cloudflare": {
        "hsts_max_age": 63_072_000,
        "hsts_subdomains": True,
        "hsts_preload": True,
        "edge_key": 3,
        "rate_limit": 400,
        "ddos_sensitivity": "low",
    },
    "web": {
        "names": ["app", "go", "my-account", "www2"],
        "headers": {"content-security-policy": "default-src 'self' 'wasm-unsafe-eval'", "X-Robots-Tag": "noindex"},
    },
    "api": "api-of-the-launch",
    "redirects": [
        {"source": "www.acme.test", "target": "https://acme.test", "status": 308},
        {"source": "old-shop.acme.test", "target": "https://app.acme.test", "status": 302},
        {"source": "blog.acme.test", "target": "https://app.acme.test", "status": 307},
        {"source": "get.acme.test", "target": "https://play.google.com/store/apps/details?id=test.acme.app"},
    ],
    "moved_pages": [{"source": "app.acme.test/a%20page", "target": "https://go.acme.test/page", "status": 302}],
    "certificate_authorities": ["digicert.com", "sectigo.com"],
    "mail": {"mx": "mx.acme.example", "spf_includes": ["_spf.acme.example"], "resend_region": "ap-northeast-1"},
    "services": {
        "min_instances": 2,
        "max_instances": 2,
        "env": {"intake": {"APP_STAGE": "other"}, "sync-crm": {"APP_TEXT": 'a "text" of ümlauts, $HOME'}},
    },
    "payments": {"grace_days": 3, "reminder_days": [0, 2], "paused": "end", "refunded": "keep", "dispute_lost": "keep"},
    "alerts": {"error_percent": 0.5, "window_minutes": 60, "hold_minutes": 0, "min_failures": 1},
    "secrets": {"rotation_days": 365, "destroy_delay_days": 30},
    "delivery": {"branch": "release/2026.11", "environment": "live", "preview_environment": "look"},
}
"""Whatever has a default, chosen otherwise, in a region where Firestore keeps no data."""
