"""The way from Cloudflare to Cloud Run without a load balancer: a Worker that asks for the service by its own name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import pulumi

from blueprint.spec import Spec
from infra import workers
from infra.service_address import address
from infra.service_selection import PUBLIC


@dataclass(frozen=True)
class WorkerOriginConfig:
    """Requests for `host`, of the zone of `domain`, go to `origin`, an https address."""

    domain: str
    host: str
    account: str
    origin: pulumi.Input[str]

    def __post_init__(self) -> None:
        if not self.host.endswith(f".{self.domain}"):
            raise ValueError(f"{self.host} lies outside of {self.domain}; a Worker answers for names of its own zone")

    @classmethod
    def of(cls, spec: Spec, project_number: pulumi.Input[str]) -> Self:
        """Return the way from the API's host name to the public service's default address."""
        origin = address(PUBLIC, project_number, spec.google.region)
        return cls(spec.domain, spec.api_host, spec.cloudflare.account, origin)


class WorkerOrigin(pulumi.ComponentResource):
    """Makes the script and its route.

    Google routes by Host, and Cloudflare rewrites Host on the Enterprise plan alone; a Worker may ask for any name. It
    passes on what it gets, the edge's secret header among it, and follows no redirect. It holds no secret of its own,
    for what a Worker is bound to lies readable in the state (terraform-provider-cloudflare#7239).
    """

    def __init__(
        self,
        name: str,
        config: WorkerOriginConfig,
        zone_id: pulumi.Input[str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("launch:infra:Forwarder", name, {}, opts)
        content = pulumi.Output.from_input(config.origin).apply(worker_script)
        script = workers.script("forwarder", "api", config.domain, config.account, content, self)
        workers.route("forwarder", config.host, script, zone_id, self)
        self.register_outputs({})


def worker_script(origin: str) -> str:
    """Return the script that asks `origin` for what it was asked for."""
    return f"""const ORIGIN = new URL("{origin}");

export default {{
  async fetch(request) {{
    const url = new URL(request.url);
    url.hostname = ORIGIN.hostname;
    return fetch(new Request(url, request), {{ redirect: "manual" }});
  }},
}};
"""
