"""What Cloudflare itself tells by mail: an attack, an origin that does not answer, trouble with a certificate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import pulumi

from blueprint.spec import Spec
from infra.loading.sdk import cloudflare

ALERTS: Mapping[str, str] = {
    "dos_attack_l7": "an attack was met",
    "real_origin_monitoring": "the origin cannot be reached",
    "universal_ssl_event_type": "news of a certificate",
}
"""Alert type → what it says, of those that every plan has.

https://developers.cloudflare.com/notifications/notification-available/
"""


@dataclass(frozen=True)
class CloudflareAlertsConfig:
    """Who hears of what Cloudflare sees in the account of `domain`."""

    domain: str
    account: str
    email: str

    @classmethod
    def of(cls, spec: Spec) -> Self:
        """Return the spec's domain and account, and the address of its alerts."""
        return cls(spec.domain, spec.cloudflare.account, spec.alerts.email)


class CloudflareAlerts(pulumi.ComponentResource):
    """Makes one notification policy for each kind of news. They are the account's, so each name holds the domain."""

    def __init__(self, name: str, config: CloudflareAlertsConfig, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("launch:infra:Notices", name, {}, opts)
        for alert, words in ALERTS.items():
            cloudflare.NotificationPolicy(
                alert,
                account_id=config.account,
                name=f"{config.domain}: {words}",
                alert_type=alert,
                enabled=True,
                mechanisms={"emails": [{"id": config.email}]},
                opts=pulumi.ResourceOptions(parent=self),
            )
        self.register_outputs({})
