"""What Cloudflare refuses about a record's name, an alias of itself, addresses that nobody reaches, and a zone's owner.

The codes are those that its API is seen to answer: 9000 in timothymiller/cloudflare-ddns#91, 9003 in
DNSControl/dnscontrol#4776 and maxfield-allison/dnsweaver#161, 9039 in kubernetes-sigs/external-dns#4749.
"""

from __future__ import annotations

import ipaddress
import re

from localcloud.providers.launch_rules import Case, LaunchRule, Stage
from localcloud.providers.tables.cloudflare_zone import RECORD, ZONE
from localcloud.providers.tables.gcp_network import RESERVED

ACCOUNT = re.compile(r"[0-9a-f]{32}")
STRANGE = re.compile(r"[\s/:?#\"']")
UNREACHABLE = tuple(
    ipaddress.ip_network(text)
    for text in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
        *("192.168.0.0/16", "::/128", "::1/128", "fc00::/7", "fe80::/10"),
    )
)
RESOLVER = ("1.1.1.1", "1.0.0.1")  # Cloudflare's own


def wrong_name(case: Case) -> str | None:
    """Refuse a record without a name, and one whose name holds what names do not (API code 9000)."""
    name = case.inputs.get("name")
    if case.traits.token != RECORD or not isinstance(name, str) or (name and not STRANGE.search(name)):
        return None
    told = f'the name "{name}" is not one that DNS has' if name else "its name is empty"
    return (
        f"{case.title}: {told} (Cloudflare answers 400, code 9000). Write the name in full, such as www.acme.test; for "
        "the zone itself its own name."
    )


def alias_of_itself(case: Case) -> str | None:
    """Refuse a CNAME that leads to its own name (API code 9039)."""
    name, content = case.inputs.get("name"), case.inputs.get("content")
    if case.traits.token != RECORD or case.inputs.get("type") != "CNAME":
        return None
    if not isinstance(name, str) or not isinstance(content, str) or _bare(name) != _bare(content):
        return None
    return f"{case.title}: {name} is an alias of itself (Cloudflare answers 400, code 9039). Name where it leads."


def proxied_to_nowhere(case: Case) -> str | None:
    """Refuse to proxy to an address that the edge cannot reach, or to Cloudflare's own resolver (API code 9003)."""
    content = case.inputs.get("content")
    if case.traits.token != RECORD or case.inputs.get("proxied") is not True or not isinstance(content, str):
        return None
    if content not in RESOLVER and not _is_unreachable(content):
        return None
    return (
        f"{case.title} is proxied to {content}, which Cloudflare's edge cannot reach (it answers 400, code 9003). Name "
        "a public address, or set proxied to false."
    )


def _is_unreachable(text: str) -> bool:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    return address not in RESERVED and any(address in network for network in UNREACHABLE)


def _bare(name: str) -> str:
    return name.lower().rstrip(".")


def wrong_zone(case: Case) -> str | None:
    """Refuse a zone of no account (API code 7003, the identifier is not valid)."""
    account = case.inputs.get("account")
    if case.traits.token != ZONE:
        return None
    number = account.get("id") if isinstance(account, dict) else account
    if number is None or (isinstance(number, str) and not ACCOUNT.fullmatch(number)):
        return (
            f"{case.title}: account.id is not an account's id (Cloudflare answers 400, code 7003). Write the 32 digits "
            "that the dashboard shows."
        )
    return None


RULES: tuple[LaunchRule, ...] = (
    LaunchRule("zone-account", Stage.CHECK, "Cloudflare API code 7003", wrong_zone),
    LaunchRule("record-name", Stage.CHECK, "Cloudflare API code 9000", wrong_name),
    LaunchRule("record-itself", Stage.CHECK, "Cloudflare API code 9039", alias_of_itself),
    LaunchRule("record-unreachable", Stage.CHECK, "Cloudflare API code 9003", proxied_to_nowhere),
)
