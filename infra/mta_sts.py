"""The policy by which other mail servers insist on TLS when they deliver to the domain (MTA-STS, RFC 8461)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Self

import pulumi

from blueprint.records import mta_sts_policy
from blueprint.spec import Spec
from infra import workers

PATH = "/.well-known/mta-sts.txt"  # RFC 8461 section 3.2


@dataclass(frozen=True)
class MtaStsConfig:
    """The policy's text, to be served for the zone of `domain`."""

    domain: str
    account: str
    policy: str

    def __post_init__(self) -> None:
        if "mx:" not in self.policy:
            raise ValueError(f"the MTA-STS policy of {self.domain} names no mail server; all mail would be refused")

    @classmethod
    def of(cls, spec: Spec) -> Self | None:
        """Return the policy to serve, None where the spec wants none."""
        policy = mta_sts_policy(spec)
        return cls(spec.domain, spec.cloudflare.account, policy) if policy else None


class MtaSts(pulumi.ComponentResource):
    """Serves the policy by a Worker at `mta-sts.DOMAIN`: incoming mail does not depend on any of our servers.

    Redirects are not followed and the certificate has to fit (RFC 8461 section 3.3), which rules out most other
    places. A Worker is free of charge for far more requests than mail servers make.
    """

    def __init__(
        self, name: str, config: MtaStsConfig, zone_id: pulumi.Input[str], opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("launch:infra:MtaSts", name, {}, opts)
        script = workers.script("mta-sts", "mta-sts", config.domain, config.account, worker(config.policy), self)
        workers.route("mta-sts", f"mta-sts.{config.domain}", script, zone_id, self)
        self.register_outputs({})


def worker(policy: str) -> str:
    """Return the script that answers with the policy at its path, and with 404 elsewhere."""
    return f"""const POLICY = {json.dumps(policy)};

export default {{
  async fetch(request) {{
    if (new URL(request.url).pathname !== "{PATH}") {{
      return new Response("Not found\\n", {{ status: 404 }});
    }}
    return new Response(POLICY, {{ headers: {{ "Content-Type": "text/plain; charset=utf-8" }} }});
  }},
}};
"""
