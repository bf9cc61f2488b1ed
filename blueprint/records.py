"""DNS records as values, and the records that a launch spec promises."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from blueprint import mail
from blueprint.mail_providers import CERTIFICATE_AUTHORITIES, PROVIDERS
from blueprint.spec import Spec

RecordType = Literal["A", "AAAA", "CAA", "CNAME", "MX", "TXT"]
AUTOMATIC = 1  # Cloudflare's TTL of 300 seconds
ORIGINLESS = "100::"  # RFC 6666 discard prefix: for a host that the edge answers by itself


@dataclass(frozen=True)
class DnsRecord:
    """One record. `name` is fully qualified without a final dot, `ttl` is in seconds (1: Cloudflare's automatic)."""

    name: str
    type: RecordType
    content: str
    ttl: int = AUTOMATIC
    proxied: bool = False
    priority: int | None = None

    @property
    def key(self) -> str:
        """A name for the record that stays when its content changes, where a name can hold just one of its type."""
        several = {"MX": str(self.priority), "CAA": self.content.replace('"', "").replace(" ", "-")}
        return "-".join([self.type.lower(), self.name, *([several[self.type]] if self.type in several else [])])


def records(spec: Spec, gateway_address: str) -> tuple[DnsRecord, ...]:
    """Return every record the spec promises; `gateway_address` is the load balancer's IPv4 address."""
    return (*static_records(spec), api_record(spec, gateway_address))


def static_records(spec: Spec) -> tuple[DnsRecord, ...]:
    """Return the records that are known before anything is provisioned."""
    return (*_web(spec), *_redirects(spec), *_mailboxes(spec), *_mail_policy(spec), *_issuers(spec))


def api_record(spec: Spec, gateway_address: str) -> DnsRecord:
    """Return the record that leads webhooks and intents to the load balancer, behind the edge."""
    return DnsRecord(spec.api_host, "A", gateway_address, proxied=True)


def _web(spec: Spec) -> tuple[DnsRecord, ...]:
    return tuple(DnsRecord(host, "CNAME", spec.web.host, proxied=True) for host in spec.web_hosts)


def _redirects(spec: Spec) -> tuple[DnsRecord, ...]:
    return tuple(DnsRecord(redirect.source, "AAAA", ORIGINLESS, proxied=True) for redirect in spec.redirects)


def _mailboxes(spec: Spec) -> tuple[DnsRecord, ...]:
    own = [DnsRecord(spec.domain, "MX", host, priority=order) for order, host in PROVIDERS[spec.mail.provider].mx]
    bounces = [
        DnsRecord(f"{provider.return_path}.{spec.domain}", "MX", host, priority=order)
        for provider in (PROVIDERS[name] for name in spec.mail.providers)
        for order, host in provider.return_path_mx
    ]
    return (*own, *bounces)


def _mail_policy(spec: Spec) -> tuple[DnsRecord, ...]:
    domain = spec.domain
    texts = {domain: mail.apex_spf(spec.mail), f"_dmarc.{domain}": mail.dmarc(spec.mail)}
    texts |= {f"{selector}._domainkey.{domain}": key for selector, key in spec.mail.dkim.items()}
    for provider in (PROVIDERS[name] for name in spec.mail.providers):
        if provider.return_path and provider.return_path_include:
            texts[f"{provider.return_path}.{domain}"] = mail.spf([provider.return_path_include])
    return tuple(DnsRecord(name, "TXT", mail.txt_content(text)) for name, text in texts.items())


def _issuers(spec: Spec) -> tuple[DnsRecord, ...]:
    return tuple(
        DnsRecord(spec.domain, "CAA", f'0 {tag} "{issuer}"')
        for issuer in CERTIFICATE_AUTHORITIES
        for tag in ("issue", "issuewild")
    )
