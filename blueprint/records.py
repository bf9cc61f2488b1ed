"""DNS records as values, and the records that a launch spec promises."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from blueprint import mail_authentication, record_text
from blueprint.mail_providers import CERTIFICATE_AUTHORITIES, OTHER
from blueprint.record_spec import Kind, Record

if TYPE_CHECKING:
    from blueprint.spec import Spec  # which has its names checked by these records

RecordType = Kind
AUTOMATIC = 1  # Cloudflare's TTL of 300 seconds
ANYWHERE = "192.0.2.1"  # RFC 5737: in place of the load balancer's address where that is not known or not the question
ORIGINLESS = "100::"  # RFC 6666 discard prefix: for a host that the edge answers by itself


@dataclass(frozen=True)
class DnsRecord:
    """One record. `name` is fully qualified without a final dot, `ttl` is in seconds (1: Cloudflare's automatic).

    `further` ones are the founder's, and the mail servers that the spec names: a name may have several of a type, which
    are told apart by their contents, or by `written`, what the founder wrote, where that is published in another form.
    """

    name: str
    type: RecordType
    content: str
    ttl: int = AUTOMATIC
    proxied: bool = False
    priority: int | None = None
    further: bool = False
    written: str = field(default="", compare=False)

    @property
    def key(self) -> str:
        """A name for the record that stays when its content changes, where a name can hold just one of its type.

        It stays when the form changes in which a further record is published: a new name would be a second record,
        made before the first one goes, and Cloudflare refuses what is there already (81058).
        """
        if self.further:
            told = hashlib.sha256(f"{self.priority} {self.written or self.content}".encode()).hexdigest()[:8]
            return f"further-{self.type.lower()}-{self.name}-{told}"
        several = {"MX": str(self.priority), "CAA": self.content.replace('"', "").replace(" ", "-")}
        return "-".join([self.type.lower(), self.name, *([several[self.type]] if self.type in several else [])])


def records(spec: Spec, gateway_address: str) -> tuple[DnsRecord, ...]:
    """Return every record the spec promises; `gateway_address` is the load balancer's, if any."""
    parked = (
        record for domain in spec.other_domains for record in alias_domain_records(domain, spec.mail.dmarc.report)
    )
    return (*static_records(spec), api_record(spec, gateway_address), *parked)


def static_records(spec: Spec) -> tuple[DnsRecord, ...]:
    """Return the records that are known before anything is provisioned."""
    return (*web_records(spec), *mail_records(spec), *further_records(spec))


def web_records(spec: Spec) -> tuple[DnsRecord, ...]:
    """Return the records of hosts that the edge serves, and who may issue certificates for them."""
    return (*_web(spec), *_redirects(spec), *_issuers(spec.domain, spec.certificate_authorities))


def further_records(spec: Spec) -> tuple[DnsRecord, ...]:
    """Return the founder's own records of the zone."""
    return tuple(further_record(record, spec.domain) for record in spec.records)


def further_record(record: Record, domain: str) -> DnsRecord:
    """Return one of the founder's own records as it is published."""
    content = record_text.published(record.type, record.content)
    return DnsRecord(
        record.host(domain),
        record.type,
        content,
        record.ttl,
        record.proxied,
        record.priority,
        further=True,
        written=record_text.written(record.type, record.content),
    )


def alias_domain_records(domain: str, report: str) -> tuple[DnsRecord, ...]:
    """Return the records of a domain that only redirects: it takes no mail (RFC 7505), and none in its name is good."""
    hosts = tuple(DnsRecord(host, "AAAA", ORIGINLESS, proxied=True) for host in apex_and_www(domain))
    no_mailbox = DnsRecord(domain, "MX", ".", priority=0)
    return (*hosts, no_mailbox, *_texts(mail_authentication.no_mail(domain, report)), *_issuers(domain))


def apex_and_www(domain: str) -> tuple[str, str]:
    """Return the two names under which people look for a domain's web site."""
    return (domain, f"www.{domain}")


def mail_records(spec: Spec) -> tuple[DnsRecord, ...]:
    """Return where the domain's mail goes, and who may send in its name."""
    policy_host = DnsRecord(f"mta-sts.{spec.domain}", "AAAA", ORIGINLESS, proxied=True)
    hosts = () if spec.mail.mta_sts == "none" else (policy_host,)
    return (*_mailboxes(spec), *_mail_aliases(spec), *_mail_policy(spec), *hosts)


def api_record(spec: Spec, gateway_address: str) -> DnsRecord:
    """Return the record that leads webhooks and intents to the load balancer, behind the edge."""
    if spec.origin == "worker":
        return DnsRecord(spec.api_host, "AAAA", ORIGINLESS, proxied=True)
    return DnsRecord(spec.api_host, "A", gateway_address, proxied=True)


def _web(spec: Spec) -> tuple[DnsRecord, ...]:
    return tuple(DnsRecord(host, "CNAME", spec.web.host, proxied=True) for host in spec.web_hosts)


def _redirects(spec: Spec) -> tuple[DnsRecord, ...]:
    return tuple(DnsRecord(redirect.source, "AAAA", ORIGINLESS, proxied=True) for redirect in spec.redirects)


def mta_sts_policy(spec: Spec) -> str:
    """Return the text of the domain's MTA-STS policy, empty where the spec wants none."""
    servers = [record.content for record in _mailboxes(spec) if record.name == spec.domain]
    return "" if spec.mail.mta_sts == "none" else mail_authentication.mta_sts_policy(spec.mail.mta_sts, servers)


def _mailboxes(spec: Spec) -> tuple[DnsRecord, ...]:
    bounces = [
        DnsRecord(
            f"{provider.return_path}.{spec.domain}",
            "MX",
            host.format(resend_region=spec.mail.resend_region),
            priority=order,
        )
        for provider in spec.mail.known
        for order, host in provider.return_path_mx
    ]
    dashed = spec.domain.replace(".", "-")
    told_apart = spec.mail.provider == OTHER  # its servers may share a priority
    own = [
        DnsRecord(spec.domain, "MX", host.format(dashed=dashed), priority=order, further=told_apart)
        for order, host in spec.mail.servers
    ]
    return (*own, *bounces)


def _mail_aliases(spec: Spec) -> tuple[DnsRecord, ...]:
    """Return the names that are led to a provider: its keys, its bounces, and where mail programs set themselves up."""
    keys = {
        f"{selector}._domainkey": key for selector, key in spec.mail.dkim.items() if not mail_authentication.is_key(key)
    }
    further = {label: host for provider in spec.mail.known for label, host in provider.aliases.items()}
    aliases = {**further, **keys, **spec.mail.bounces}
    return tuple(DnsRecord(f"{label}.{spec.domain}", "CNAME", host) for label, host in aliases.items())


def _mail_policy(spec: Spec) -> tuple[DnsRecord, ...]:
    domain, wanted = spec.domain, spec.mail
    texts = {
        domain: mail_authentication.apex_spf(wanted),
        f"_dmarc.{domain}": mail_authentication.dmarc(wanted.dmarc.policy, wanted.dmarc.report),
    }
    texts |= {
        f"{selector}._domainkey.{domain}": key
        for selector, key in wanted.dkim.items()
        if mail_authentication.is_key(key)
    }
    for provider in wanted.known:
        if provider.return_path and provider.return_path_include:
            texts[f"{provider.return_path}.{domain}"] = mail_authentication.spf([provider.return_path_include])
    if not wanted.is_used:
        texts |= mail_authentication.no_mail(domain, wanted.dmarc.report)
    if wanted.dmarc.report.endswith(f"@{domain}"):
        texts |= {
            mail_authentication.reports_elsewhere(other, wanted.dmarc.report): "v=DMARC1"
            for other in spec.other_domains
        }
    if policy := mta_sts_policy(spec):
        texts[f"_mta-sts.{domain}"] = mail_authentication.mta_sts(policy)
    if wanted.tls_rpt:
        texts[f"_smtp._tls.{domain}"] = mail_authentication.tls_rpt(wanted.tls_rpt)
    if wanted.bimi:
        texts[f"default._bimi.{domain}"] = mail_authentication.bimi(wanted.bimi)
    return _texts(texts)


def _texts(texts: Mapping[str, str]) -> tuple[DnsRecord, ...]:
    return tuple(DnsRecord(name, "TXT", mail_authentication.txt_content(text)) for name, text in texts.items())


def _issuers(domain: str, more: Sequence[str] = ()) -> tuple[DnsRecord, ...]:
    return tuple(
        DnsRecord(domain, "CAA", f'0 {tag} "{issuer}"')
        for issuer in dict.fromkeys((*CERTIFICATE_AUTHORITIES, *more))
        for tag in ("issue", "issuewild")
    )
