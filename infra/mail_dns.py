"""What the domain says about its mail: where it goes (MX) and who may send in its name (SPF, DKIM, DMARC)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import pulumi

from blueprint.records import DnsRecord, mail_records
from blueprint.spec import Spec
from infra.dns import publish


@dataclass(frozen=True)
class MailDnsConfig:
    """The mail records of `domain`, as the blueprint makes them."""

    domain: str
    records: tuple[DnsRecord, ...]

    def __post_init__(self) -> None:
        policies = [record for record in self.records if record.type == "TXT" and "v=spf1" in record.content]
        for name in {record.name for record in policies}:
            if sum(record.name == name for record in policies) > 1:
                raise ValueError(
                    f"{name} would have two SPF records; receivers then reject both (RFC 7208 section 3.2)"
                )
        if not any(record.name == f"_dmarc.{self.domain}" for record in self.records):
            raise ValueError(f"_dmarc.{self.domain} is missing; large receivers refuse mail without DMARC")

    @classmethod
    def of(cls, spec: Spec) -> Self:
        """Return the mail records of the spec's domain."""
        return cls(spec.domain, mail_records(spec))


class MailDns(pulumi.ComponentResource):
    """Publishes the mail records. Their contents come from the blueprint."""

    def __init__(
        self, name: str, config: MailDnsConfig, zone_id: pulumi.Input[str], opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("launch:infra:Mail", name, {}, opts)
        for record in config.records:
            publish(record, zone_id, self)
        self.register_outputs({})
