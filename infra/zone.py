"""The DNS zone at Cloudflare: signed, and with every record that is not about mail."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import pulumi

from blueprint.records import AUTOMATIC, DnsRecord, further_records, web_records
from blueprint.spec import Plan, Spec
from infra.dns import publish
from infra.load_balancer import CertificateProof
from infra.loading.sdk import cloudflare


@dataclass(frozen=True)
class ZoneConfig:
    """The zone of `domain` in the Cloudflare account, the plan to subscribe to, and its records."""

    domain: str
    account: str
    records: tuple[DnsRecord, ...]
    plan: Plan = "free"
    protect: bool = True

    def __post_init__(self) -> None:
        outside = [
            record.name
            for record in self.records
            if record.name != self.domain and not record.name.endswith(f".{self.domain}")
        ]
        if outside:
            raise ValueError(f"{', '.join(outside)} lies outside the zone {self.domain}")

    @classmethod
    def of(cls, spec: Spec) -> Self:
        """Return the zone with the records that are not about mail, and those that the founder adds."""
        account, plan = spec.cloudflare.account, spec.cloudflare.plan
        published = (*web_records(spec), *further_records(spec))
        return cls(spec.domain, account, published, plan=plan, protect=spec.protect)


class Zone(pulumi.ComponentResource):
    """Makes the zone, has it signed and publishes its records.

    A new zone is on the free plan without any subscription, and Cloudflare answers 404 when asked for a free one
    (terraform-provider-cloudflare#7083). A larger plan is bought, by the account's payment method, before anything is
    put into the zone; giving it back is left to a person, for deleting a subscription leaves it as it is.

    Signing is answered as `pending` until the DS record is at the registrar, so its state is left to `verify`: every
    preview would show a change until then.

    What is known only later comes by `point` and `prove`. Two more steps stay with a person: nameservers and the DS
    record are set at the registrar, and nothing is delegated before.
    """

    zone_id: pulumi.Output[str]
    nameservers: pulumi.Output[list[str]]
    ds: pulumi.Output[str]

    def __init__(self, name: str, config: ZoneConfig, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("launch:infra:Zone", name, {}, opts)
        zone = cloudflare.Zone(
            config.domain,
            account={"id": config.account},
            name=config.domain,
            type="full",
            opts=pulumi.ResourceOptions(parent=self, protect=config.protect),
        )
        self.zone_id = zone.id if config.plan == "free" else self._bought(config.plan, zone)
        self.nameservers = zone.name_servers
        dnssec = cloudflare.ZoneDnssec(
            "dnssec",
            zone_id=self.zone_id,
            status="active",
            opts=pulumi.ResourceOptions(parent=self, ignore_changes=["status"]),
        )
        self.ds = dnssec.ds
        for record in config.records:
            publish(record, self.zone_id, self)
        self.register_outputs({"zone_id": self.zone_id})

    def _bought(self, plan: Plan, zone: cloudflare.Zone) -> pulumi.Output[str]:
        """Subscribe and return the zone's id, known to be on that plan: what needs the plan waits for it."""
        subscription = cloudflare.ZoneSubscription(
            "plan",
            zone_id=zone.id,
            frequency="monthly",
            rate_plan={"id": plan},
            opts=pulumi.ResourceOptions(parent=self),
        )
        zone_id: pulumi.Output[str] = subscription.zone_id
        return zone_id

    def point(self, record: DnsRecord, address: pulumi.Input[str]) -> None:
        """Publish a record whose content, an address, is known only now."""
        publish(record, self.zone_id, self, content=address)

    def prove(self, proof: CertificateProof) -> None:
        """Publish the record that a certificate waits for."""
        cloudflare.DnsRecord(
            "certificate-proof",
            zone_id=self.zone_id,
            name=proof.name,
            type="CNAME",
            content=proof.target,
            ttl=AUTOMATIC,
            proxied=False,
            opts=pulumi.ResourceOptions(parent=self),
        )
