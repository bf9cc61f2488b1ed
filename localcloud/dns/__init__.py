"""Authoritative DNS for the zones of the world: what Cloudflare's name servers would answer."""

from localcloud.dns.keys import trust_anchor
from localcloud.dns.server import serve
from localcloud.dns.snapshot import NAMESERVERS

__all__ = ["NAMESERVERS", "serve", "trust_anchor"]
