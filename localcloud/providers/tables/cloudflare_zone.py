"""Rows of a zone at Cloudflare: records, settings, rulesets.

Sources named `tpc` are the schemas under internal/services/ of cloudflare/terraform-provider-cloudflare (5.x), on which
pulumi-cloudflare 6.x is built: RequiresReplace, Default and the validators are read there.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

from localcloud.dns.snapshot import NAMESERVERS
from localcloud.providers.traits import Parent, Traits, between, like, one_of
from localcloud.providers.values import Value

ZONE = "cloudflare:index/zone:Zone"
RECORD = "cloudflare:index/dnsRecord:DnsRecord"
RULESET = "cloudflare:index/ruleset:Ruleset"
SETTING = "cloudflare:index/zoneSetting:ZoneSetting"
DNSSEC = "cloudflare:index/zoneDnssec:ZoneDnssec"
SUBSCRIPTION = "cloudflare:index/zoneSubscription:ZoneSubscription"

IN_ZONE = Parent("zoneId", (ZONE,), cure="create the Zone first, or pass its .id")
PROXIED_TYPES = ("A", "AAAA", "CNAME")
DATA_ORDER = (
    *("flags", "tag", "order", "preference", "priority", "weight", "port", "service", "regex", "replacement"),
    *("keyTag", "usage", "selector", "algorithm", "digestType", "matchingType", "type", "protocol"),
    *("target", "value", "digest", "certificate", "publicKey", "fingerprint"),
)
WORD = (0, 65_535)


def _rules(known: Mapping[str, Value]) -> list[Value]:
    """Return the rules with what Cloudflare adds: an id each, a reference where none is given, enabled unless said.

    A rule that skips is answered as logged (Cloudflare, "Log requests matching a skip rule").
    """
    return [
        {
            "enabled": True,
            "ref": _hash(known, at),
            "id": _hash(known, at),
            "version": known["version"],
            **({"logging": {"enabled": True}} if rule.get("action") == "skip" else {}),
            **rule,
        }
        for at, rule in enumerate(known.get("rules") or [])
    ]


def _hash(known: Mapping[str, Value], position: int) -> str:
    return hashlib.sha256(f"{known['zoneId']} {known['phase']} {position}".encode()).hexdigest()[:32]


def _version(known: Mapping[str, Value]) -> str:
    return str(int(known["previous"].get("version", "0")) + 1)


def status(nameservers: Sequence[str], entered: Sequence[str] | None) -> str:
    """Return a zone's status: pending until the registrar names Cloudflare's servers, None for nobody asked.

    https://developers.cloudflare.com/dns/zone-setups/reference/domain-status/
    """
    return "active" if entered is None or {*entered} == {*nameservers} else "pending"


def _status(known: Mapping[str, Value]) -> str:
    return status(known["nameServers"], known.get("entered"))


ROWS: tuple[Traits, ...] = (
    Traits(
        ZONE,
        "{hex32}",
        "tpc zone/schema.go; activated_on is null while a zone is pending",
        unique=("name",),
        defaults={"type": "full", "paused": False},
        minted={
            "createdOn": "{now}",
            "nameServers": lambda _known: list(NAMESERVERS),
            "originalNameServers": lambda known: list(known.get("entered") or []),
            "owner": {"type": "organization"},
        },
        computed={
            "activatedOn": lambda known: known["createdOn"] if _status(known) == "active" else None,
            "modifiedOn": "{now}",
            "status": _status,
            "developmentMode": 0,
            "plan": {"id": "free", "legacyId": "free", "name": "Free Website"},
            "meta": {"pageRuleQuota": 3, "step": 2},
            "permissions": [],
        },
        limits=(
            like("name", r"(?=.{4,253}$)([a-z0-9-]{1,63}\.)+[a-z0-9-]{2,63}", "a domain in lower case, no final dot"),
        ),
    ),
    Traits(
        SUBSCRIPTION,
        "{zoneId}",
        "tpc zone_subscription/schema.go; deletion is a no-op (resource.go)",
        defaults={"frequency": "monthly"},
        minted={"currentPeriodStart": "{now}", "currentPeriodEnd": "{now}"},
        computed={"state": "Paid", "currency": "USD"},
        parents=(IN_ZONE,),
        adopts=True,
        remains=lambda _outputs: True,
    ),
    Traits(
        SETTING,
        "{zoneId}/{settingId}",
        "tpc zone_setting/schema.go; deletion is a no-op (resource.go). The real id is the setting alone",
        computed={"editable": True, "modifiedOn": "{now}"},
        parents=(IN_ZONE,),
        adopts=True,
        remains=lambda _outputs: True,
    ),
    Traits(
        DNSSEC,
        "{zoneId}",
        "tpc zone_dnssec/schema.go",
        computed={
            "modifiedOn": "{now}",
            **{
                name: "{" + name + "}"
                for name in (
                    *("algorithm", "digest", "digestAlgorithm", "digestType", "ds"),
                    *("flags", "keyTag", "keyType", "publicKey"),
                )
            },
        },
        parents=(IN_ZONE,),
        adopts=True,
    ),
    Traits(
        RECORD,
        "{hex32}",
        "tpc dns_record/schema.go; ttl: https://developers.cloudflare.com/dns/manage-dns-records/reference/ttl/",
        unique=("zoneId", "name", "type", "content", "data", "priority"),
        defaults={"proxied": False, "tags": [], "settings": {}},
        minted={"createdOn": "{now}"},
        computed={
            "modifiedOn": "{now}",
            "proxiable": lambda known: known["type"] in PROXIED_TYPES,
            "meta": "{}",
            "content": lambda known: known.get("content") or _content(known.get("data") or {}),
        },
        limits=(between("ttl", 60, 86_400, "1 for automatic, or 60 to 86400 seconds", besides=(1,)),),
        parents=(IN_ZONE,),
    ),
    Traits(
        RULESET,
        "{hex32}",
        "tpc ruleset/schema.go",
        defaults={"description": "", "rules": []},
        computed={"version": _version, "lastUpdated": "{now}", "rules": _rules},
        limits=(
            like("name", r"(?s).+", "a name, not an empty text"),
            one_of("rules.actionParameters.fromValue.statusCode", 301, 302, 303, 307, 308),
        ),
        parents=(IN_ZONE,),
    ),
    Traits(
        "cloudflare:index/tieredCache:TieredCache",
        "{zoneId}",
        "tpc tiered_cache/schema.go",
        computed={"editable": True, "modifiedOn": "{now}"},
        parents=(IN_ZONE,),
        adopts=True,
    ),
    Traits(
        "cloudflare:index/universalSslSetting:UniversalSslSetting",
        "{zoneId}",
        "tpc universal_ssl_setting/schema.go",
        parents=(IN_ZONE,),
        adopts=True,
        remains=lambda _outputs: True,
    ),
)


def _content(data: Mapping[str, Value]) -> str:
    """Return the text that Cloudflare makes of a record's data, in the order of zone files."""
    return " ".join(str(data[name]) for name in DATA_ORDER if name in data)
