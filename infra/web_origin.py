"""The way from Cloudflare to a web hoster: a Worker that asks for the site by the hoster's own name."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Self

import pulumi

from blueprint.spec import Spec
from blueprint.zone_names import hoster
from infra import workers
from infra.edge import CACHED_PREFIXES, FRESH, NEVER_CACHED


@dataclass(frozen=True)
class WebOriginConfig:
    """Requests for the `hosts`, of the zone of `domain`, go to `origin`, a host name of a web hoster."""

    domain: str
    account: str
    hosts: tuple[str, ...]
    origin: str

    def __post_init__(self) -> None:
        if not hoster(self.origin):
            raise ValueError(f"{self.origin} is no name of a web hoster; lead the hosts there by their records alone")

    @classmethod
    def of(cls, spec: Spec) -> Self | None:
        """Return the way to the web app, None where its host knows the domain itself."""
        if not hoster(spec.web.host):
            return None
        return cls(spec.domain, spec.cloudflare.account, spec.web_hosts, spec.web.host)


class WebOrigin(pulumi.ComponentResource):
    """Makes the script, and a route for each host.

    A web hoster routes by Host and SNI: behind a strict proxy, a domain that it does not know is error 526, and one
    that it knows waits for a certificate that the proxy keeps it from getting and renewing. By its own name it has one
    that it renews itself, and visitors see Cloudflare's. docs/adr/0027-web-hosters.md.
    """

    def __init__(
        self, name: str, config: WebOriginConfig, zone_id: pulumi.Input[str], opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("launch:infra:WebOrigin", name, {}, opts)
        script = workers.script("web", "web", config.domain, config.account, worker_script(config.origin), self)
        for host in config.hosts:
            workers.route(f"web-{host}", host, script, zone_id, self)
        self.register_outputs({})


def worker_script(origin: str) -> str:
    """Return the script that asks the host `origin` for what it was asked for.

    A Worker runs before the cache, and the zone's cache rules know nothing of another host's answers: it says itself
    what is kept, as `infra.edge.cache_rules` does.
    """
    return f"""const ORIGIN = {json.dumps(origin)};
const KEPT = {json.dumps(CACHED_PREFIXES)};
const FRESH = {json.dumps(NEVER_CACHED)};
const FRESH_ENDS = {json.dumps(FRESH)};

function isKept(path) {{
  const lower = path.toLowerCase();
  const fresh = FRESH.some((start) => path.startsWith(start)) || FRESH_ENDS.some((end) => lower.endsWith(end));
  return !fresh && KEPT.some((start) => path.startsWith(start));
}}

export default {{
  async fetch(request) {{
    const url = new URL(request.url);
    const visited = url.hostname;
    url.hostname = ORIGIN;
    const caching = isKept(url.pathname) ? {{ cf: {{ cacheEverything: true }} }} : {{ cache: "no-store" }};
    const answer = await fetch(new Request(url, request), {{ redirect: "manual", ...caching }});
    const location = answer.headers.get("location");
    const target = location === null ? url : new URL(location, url);
    if (location === null || target.hostname !== ORIGIN) return answer;
    target.hostname = visited;
    const moved = new Response(answer.body, answer);
    moved.headers.set("location", target.href);
    return moved;
  }},
}};
"""
