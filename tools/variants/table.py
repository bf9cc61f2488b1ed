"""The variants: what each changes in the rehearsal's own spec, `Pulumi.local.yaml`. None takes a value away."""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from blueprint.spec import CONFIG_KEY
from tools.variants.unusual import LIVE, NO_MAIL, ODD_KINDS, OLD_ZONE, OTHERWISE, Choices

PROJECT, DOMAIN = "acme-rehearsal", "acme.test"
ROUTE = f"https://{DOMAIN}/#/join"
ZONE_ID = "0a1b2c3d4e5f60718293a4b5c6d7e8f9"
CACHE_RULES, HEADER_RULES = "1a1b2c3d4e5f60718293a4b5c6d7e8f9", "2a1b2c3d4e5f60718293a4b5c6d7e8f9"
APPS = {
    "AndroidApp/android": f"projects/{PROJECT}/androidApps/1:100000000001:android:0123456789abcdef012345",
    "AppleApp/apple": f"projects/{PROJECT}/iosApps/1:100000000001:ios:0123456789abcdef012345",
    "WebApp/web": f"projects/{PROJECT}/webApps/1:100000000001:web:0123456789abcdef012345",
}
DATABASE = {"Database/firestore": f"projects/{PROJECT}/databases/(default)"}
DASHBOARD = {
    f"Zone/{DOMAIN}": ZONE_ID,
    "Ruleset/cache": f"zones/{ZONE_ID}/{CACHE_RULES}",
    "Ruleset/headers": f"zones/{ZONE_ID}/{HEADER_RULES}",
}
EXISTING: Choices = {"mode": "existing"}
SIGNATURES = {name: f"{name}-acme-test._domainkey.acme.onmicrosoft.com" for name in ("selector1", "selector2")}
POSTMARK = "k=rsa; p=" + "".join(
    (
        "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDj+sxoKXDFCX/FXunYT+qAVeImw+EeqSwWiwD7reiuKGy5cMo148",
        "XlLPwboHUPNHUWYUU1it0eV7d/9aWYA3UmuZEnvuplDcqFXhfEKJOo+rScFVCILqj/ufewukOr+rYi6PZ5TD/EL8LK",
        "G+c2aIXwvgmPkA0bK3IoLUw9fug8EwIDAQAB",
    )
)
FASTMAIL = {name: f"{name}.{DOMAIN}.dkim.fmhosted.com" for name in ("fm1", "fm2", "fm3")}
SENDGRID = {name: f"{name}.domainkey.u4711.wl001.sendgrid.net" for name in ("s1", "s2")}
ZENDESK = {name: f"{name}._domainkey.zendesk.com" for name in ("zendesk1", "zendesk2")}
SMTP: Choices = {"mailer": "smtp", "smtp": {"server": "smtp.acme.test:587", "user": "acme"}}
RECORDS = (
    ("shop", "CNAME", "shops.acme.example"),
    ("_sip._tcp", "SRV", "10 60 5060 sip.acme.example."),
    ("legacy", "A", "203.0.113.80"),
    ("legacy", "AAAA", "2001:db8::80"),
    ("lab", "NS", "ns1.acme.example"),
    ("lists", "MX", "10 smtp.google.com"),
    ("_25._tcp.lists", "TLSA", "3 1 1 " + "ab" * 32),
    ("ssh", "SSHFP", "4 2 " + "cd" * 32),
    ("svc", "HTTPS", "1 . alpn=h3,h2"),
    ("_acme-proof", "TXT", "a text of a founder's own"),
)


@dataclass(frozen=True)
class Variant:
    """One launch: what it is about, what it says otherwise than the rehearsal's own spec, and for which domain."""

    name: str
    about: str
    choices: Choices
    domain: str = DOMAIN

    def spec(self, base: Mapping[str, Any]) -> dict[str, Any]:
        """Return the launch spec, `base` with the choices in it."""
        found: dict[str, Any] = _named(merged(base, self.choices), self.domain)
        return found


def merged(base: Mapping[str, Any], choices: Choices) -> dict[str, Any]:
    """Return a mapping with the choices in it, mappings inside of it likewise; what is chosen as None is left out."""
    found = dict(copy.deepcopy(base))
    for name, choice in choices.items():
        if choice is None:
            found.pop(name, None)
        elif isinstance(choice, Mapping) and isinstance(found.get(name), Mapping):
            found[name] = merged(found[name], choice)
        else:
            found[name] = copy.deepcopy(choice)
    return found


def _named(value: Any, domain: str) -> Any:
    """Return a value with another domain wherever it names the rehearsal's."""
    if isinstance(value, Mapping):
        return {_named(name, domain): _named(each, domain) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_named(each, domain) for each in value]
    return re.sub(rf"\b{re.escape(DOMAIN)}\b", domain, value) if isinstance(value, str) else value


def rewritten(stack_file: Path, variant: Variant) -> str:
    """Return the text of a stack's file with a variant's spec in it."""
    content = yaml.safe_load(stack_file.read_text())
    content["config"][CONFIG_KEY] = variant.spec(content["config"][CONFIG_KEY])
    return yaml.safe_dump(content, sort_keys=False, allow_unicode=True)


NOTHING: Choices = {
    "origin": "worker",
    "redirects": [],
    "delivery": None,
    "google": {"budget": None, "apps": {"android": None, "apple": None}},
    "cloudflare": {"notifications": False},
    "web": {"names": []},
    "support": {"helpdesk": "email", "zendesk": None, "webhooks": False, "drafts": "off"},
    "alerts": {"watch": "essential"},
    "secrets": {"rotation_days": 0},
}
EVERYTHING: Choices = {
    "other_domains": ["acme.example", "acme-shop.example"],
    "moved_pages": [{"source": f"{DOMAIN}/old", "target": f"https://{DOMAIN}/new"}],
    "records": [{"name": name, "type": kind, "content": content} for name, kind, content in RECORDS],
    "certificate_authorities": ["digicert.com"],
    "google": {"identity_platform": True, "audit_logs": "full", "armor": True, "budget": 500},
    "cloudflare": {"plan": "business", "ddos_sensitivity": "medium", "managed_robots_txt": True},
    "web": {"site": "acme-site", "host": "acme-site.web.app", "headers": {"X-Frame-Options": "DENY"}},
    "mail": {"mta_sts": "enforce", "tls_rpt": f"tls@{DOMAIN}", "bimi": f"https://{DOMAIN}/logo.svg"},
    "alerts": {"watch": "full"},
}


def google(**choices: Any) -> Choices:
    """Return choices of the Google part."""
    return {"google": choices}


VARIANTS: tuple[Variant, ...] = (
    Variant("empty", "the rehearsal's own spec, from nothing", {}),
    Variant("nothing", "everything that can be off is off", NOTHING),
    Variant("everything", "everything that can be on is on", EVERYTHING),
    Variant("existing", "a project that is there, nothing adopted", google(**EXISTING)),
    Variant("existing-apps", "a project with live apps, and their fingerprints", {**google(**EXISTING), "adopt": APPS}),
    Variant(
        "existing-nam5",
        "a project in America with live apps and its database in nam5",
        {**google(**EXISTING, region="us-central1", firestore_location="nam5"), "adopt": {**APPS, **DATABASE}},
    ),
    Variant(
        "existing-zone",
        "a project, and a zone with ten odd records and rules made in the dashboard",
        {**google(**EXISTING), "cloudflare": {"managed_robots_txt": True}, "adopt": DASHBOARD},
    ),
    Variant(
        "existing-all",
        "all of that at once, with people who sign in",
        {
            **google(
                **EXISTING,
                firestore_location="eur3",
                identity_platform=True,
                sign_in_domains=["localhost", "app.acme.example"],
            ),
            "cloudflare": {"managed_robots_txt": False},
            "adopt": {**APPS, **DATABASE, **DASHBOARD},
        },
    ),
    Variant("database-eur3", "a new database in eur3", google(firestore_location="eur3")),
    Variant("america", "America, the database beside it", google(region="us-east1", firestore_location="nam5")),
    Variant("asia", "Tokyo", google(region="asia-northeast1")),
    Variant("old-zone", "a new project, and zones that are older, with records of the launch's own", OLD_ZONE),
    Variant(
        "existing-live",
        "an app that is live, with its rules, its site of Firebase Hosting, its database and its zone",
        {
            **google(**EXISTING),
            "cloudflare": {"managed_robots_txt": False},
            "web": LIVE["web"],
            "adopt": {**APPS, **DATABASE, **DASHBOARD, **LIVE["adopt"]},
        },
    ),
    Variant("worker", "a Worker leads to the API", {"origin": "worker"}),
    Variant("armor", "a load balancer that admits Cloudflare alone", google(armor=True)),
    Variant("pro", "Cloudflare's Pro plan", {"cloudflare": {"plan": "pro"}}),
    Variant("business", "Cloudflare's Business plan", {"cloudflare": {"plan": "business"}}),
    Variant("enterprise", "Cloudflare's Enterprise plan", {"cloudflare": {"plan": "enterprise"}}),
    Variant(
        "mailbox",
        "a mailbox for helpdesk, an SMTP server for mailer",
        {"support": {"helpdesk": "email", "zendesk": None, "webhooks": False, **SMTP}},
    ),
    Variant("bare-zendesk", "Zendesk alone, no drafts", {"support": {"webhooks": False, "drafts": "off"}}),
    Variant(
        "microsoft",
        "Microsoft 365 with Postmark and Zendesk sending too",
        {
            "mail": {
                "provider": "microsoft-365",
                "senders": ["resend", "postmark", "zendesk"],
                "dkim": {"google": None, **SIGNATURES, **ZENDESK, "20260101120000pm": POSTMARK},
            }
        },
    ),
    Variant(
        "sendgrid",
        "SendGrid sends beside Resend",
        {
            "mail": {
                "senders": ["resend", "sendgrid"],
                "dkim": SENDGRID,
                "bounces": {"em4711": "u4711.wl001.sendgrid.net"},
                "resend_region": "us-east-1",
            }
        },
    ),
    Variant(
        "other-mailboxes",
        "mailboxes at a provider that is not listed, with MTA-STS, and a mailing list service beside it",
        {
            "mail": {
                "provider": "other",
                "mx": ["10 in1-smtp.messagingengine.com", "20 in2-smtp.messagingengine.com"],
                "spf_includes": ["spf.messagingengine.com", "servers.mcsv.net"],
                "dkim": {"google": None, **FASTMAIL, "k2": "dkim2.mcsv.net"},
                "mta_sts": "testing",
                "tls_rpt": f"tls@{DOMAIN}",
            }
        },
    ),
    Variant(
        "strict-mail",
        "MTA-STS, TLS reports, a logo, DMARC that rejects",
        {"mail": {**EVERYTHING["mail"], "dmarc": {"policy": "reject"}}},
    ),
    Variant("domains", "two further domains", {"other_domains": ["acme.example", "acme-shop.example"]}),
    Variant(
        "moves",
        "many redirects and pages that have moved",
        {
            "redirects": [
                *(
                    {"source": f"{name}.{DOMAIN}", "target": f"https://{DOMAIN}"}
                    for name in ("www", "old", "blog", "go")
                ),
                {"source": f"join.{DOMAIN}", "target": ROUTE},
            ],
            "moved_pages": [
                *(
                    {"source": f"{DOMAIN}/page-{number}", "target": f"https://{DOMAIN}/pages/{number}"}
                    for number in range(30)
                ),
                {"source": f"{DOMAIN}/join", "target": ROUTE},
            ],
        },
    ),
    Variant("records", "records of all kinds besides the launch's own", {"records": EVERYTHING["records"]}),
    Variant("odd-kinds", "records of kinds that few have, a wildcard, a text of several parts", ODD_KINDS),
    Variant("no-mail", "a domain that sends and takes no mail", NO_MAIL),
    Variant(
        "otherwise", "another domain, and whatever has a default chosen otherwise", OTHERWISE, "xn--bcher-kva.example"
    ),
    Variant("site", "a site of Firebase Hosting", {"web": {"site": "acme-site", "host": "acme-site.web.app"}}),
    Variant("sign-in", "Identity Platform in a new project", google(identity_platform=True, audit_logs="full")),
    Variant("protected", "protected as production is", {"protect": True}),
    Variant(
        "staging",
        "as staging is set up: Stripe's test mode, HSTS of five minutes, little money",
        {
            **google(budget=20),
            "cloudflare": {"hsts_max_age": 300},
            "payments": {"mode": "test"},
            "alerts": {"watch": "essential"},
            "secrets": {"rotation_days": 0},
        },
    ),
)


def named(names: tuple[str, ...]) -> tuple[Variant, ...]:
    """Return the variants of these names, all without one; raises KeyError for a name that there is not."""
    known = {variant.name: variant for variant in VARIANTS}
    return tuple(known[name] for name in names) if names else VARIANTS
