"""Cloud Armor before the load balancer: it lets Cloudflare's edge in, and nobody else."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_network

import pulumi

from blueprint.cloudflare_ranges import ARMOR_RANGES_A_RULE, RANGES
from infra.loading.sdk import gcp
from infra.project import Project

APIS = ("compute.googleapis.com",)
NAME = "edge-only"
FIRST, LAST = 1_000, 2_147_483_647  # priorities; the last is the default rule's


@dataclass(frozen=True)
class CloudArmorConfig:
    """The ranges that may come in."""

    ranges: tuple[str, ...] = RANGES

    def __post_init__(self) -> None:
        for one in self.ranges:
            ip_network(one)  # raises ValueError that names it
        if not self.ranges:
            raise ValueError("no range may come in; the API would answer nobody")


class CloudArmor(pulumi.ComponentResource):
    """Makes the security policy that the load balancer's backend asks first.

    The edge's secret header keeps strangers out already; this keeps them from costing anything, and costs a fee a month
    for itself. It does not replace the header: whoever has a zone at Cloudflare comes from the same addresses.
    """

    policy: pulumi.Output[str]

    def __init__(
        self, name: str, config: CloudArmorConfig, project: Project, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("launch:infra:Armor", name, {}, opts)
        parts = [
            config.ranges[at : at + ARMOR_RANGES_A_RULE] for at in range(0, len(config.ranges), ARMOR_RANGES_A_RULE)
        ]
        made = gcp.compute.SecurityPolicy(
            NAME,
            name=NAME,
            project=project.project_id,
            description="Cloudflare's edge alone",
            rules=[
                *(_rule("allow", FIRST + at, part, "Cloudflare") for at, part in enumerate(parts)),
                _rule("deny(403)", LAST, ("*",), "everybody else"),
            ],
            opts=pulumi.ResourceOptions(parent=self, depends_on=project.enabled(*APIS)),
        )
        self.policy = made.self_link
        self.register_outputs({"policy": self.policy})


def _rule(action: str, priority: int, ranges: tuple[str, ...], description: str) -> dict[str, object]:
    match = {"versioned_expr": "SRC_IPS_V1", "config": {"src_ip_ranges": list(ranges)}}
    return {"action": action, "priority": priority, "match": match, "description": description}
