"""What Cloudflare refuses about how records, items of lists, settings, and a Worker's name and limits are written.

Sources: https://developers.cloudflare.com/dns/manage-dns-records/reference/record-attributes (tags) and
…/reference/dns-record-types (a record has at most 4096 bytes); Cloudflare's OpenAPI on CNAME's settings
(flatten_cname); RFC 2782 with octodns/octodns#185 and cloudflare/cloudflare-php#67 (SRV names, code 9150);
https://developers.cloudflare.com/waf/tools/lists/custom-lists and
https://developers.cloudflare.com/rules/url-forwarding/bulk-redirects/reference (parameters, URL components);
https://developers.cloudflare.com/workers/configuration/routing/custom-domains and …/workers/platform/limits (CPU).
"""

from __future__ import annotations

import ipaddress
import re
from collections import Counter
from collections.abc import Iterator, Mapping

from localcloud.dns.records import RecordError, parse
from localcloud.providers.launch_rules import Case, LaunchRule, Stage
from localcloud.providers.tables.cloudflare_more import LIST, NOTICE, SCRIPT
from localcloud.providers.tables.cloudflare_zone import RECORD, SETTING
from localcloud.providers.values import Properties, at, every, is_unknown, leaves, mappings

CUSTOM_DOMAIN = "cloudflare:index/workersCustomDomain:WorkersCustomDomain"
SERVICE = re.compile(r"(\*|_[^.\s]+)\._[^.\s]+(\..+)?")
TAG = re.compile(r"[A-Za-z0-9_-]+(:.*)?")
MOST_TAGS = 20
ON_ONE_LINE = re.compile(r"[^\x00-\x1f\x7f]*")  # cloudflare/terraform-provider-cloudflare#9
LARGEST_RECORD = 4_096  # bytes
WIDEST = {4: 8, 6: 12}  # version of IP → least bits of a range in a list
SOURCE = re.compile(r"(https?://)?[^/?#:@\s]+(/[^?#\s]*)?")
HOSTNAME = re.compile(r"(\*\.)?([a-z0-9_]([a-z0-9_-]*[a-z0-9])?\.)+[a-z0-9-]{2,63}")
LARGEST_ASN = 2**32 - 1
LONGEST_CPU = 300_000  # milliseconds
CALLED = {"nodejs": "nodejs_compat", "nodecompat": "nodejs_compat"}  # what Wrangler calls it, or did
FLAGS = ("nodejs_compat", "nodejs_compat_v2", "nodejs_als", "global_fetch_strictly_public")
HOOK = re.compile(r"[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
NUMBERS: Mapping[str, tuple[int, int]] = {"origin_h2_max_streams": (1, 200), "proxy_read_timeout": (1, 6_000)}
MAPS: Mapping[str, str] = {"nel": "enabled", "automatic_platform_optimization": "enabled", "aegis": "enabled"}


def wrong_record(case: Case) -> str | None:
    """Refuse a service's record without its name, texts and tags in another form, needless flattening, large ones."""
    return case.told(_record(case.inputs)) if case.traits.token == RECORD else None


def _record(record: Properties) -> Iterator[str]:
    name, tags = record.get("name"), [tag for tag in leaves(record, "tags") if isinstance(tag, str)]
    if record.get("type") == "SRV" and isinstance(name, str) and not SERVICE.fullmatch(name):
        yield (
            f"a record of type SRV is named after its service, not {name} (Cloudflare answers 400, code 9150). Write "
            f"_SERVICE._PROTOCOL.{name.lstrip('_')}, such as _sip._tcp.acme.test."
        )
    for tag in tags:
        if not TAG.fullmatch(tag):
            yield (
                f'"{tag}" is not a tag (Cloudflare answers 400). Write NAME:VALUE, with letters, digits, - and _ '
                "before the colon."
            )
    yield from _text(record)
    if len(tags) > MOST_TAGS:
        yield f"it has {len(tags)} tags (Cloudflare answers 400). Use at most {MOST_TAGS}."
    if record.get("proxied") is True and at(record, "settings.flattenCname") is True:
        yield "it is proxied, so it is flattened already (Cloudflare answers 400). Leave settings.flattenCname out."
    size = _size(record)
    if size > LARGEST_RECORD:
        yield f"it has {size} bytes (Cloudflare answers 400). Use at most {LARGEST_RECORD}."


def _text(record: Properties) -> Iterator[str]:
    content = record.get("content") if record.get("type") == "TXT" else None
    if isinstance(content, str) and content.strip('" ') == "":
        yield "its text is empty (Cloudflare answers 400). Write it, or leave the record out."
    if isinstance(content, str) and not ON_ONE_LINE.fullmatch(content):
        yield (
            "its text holds a line break or another character that cannot be printed (Cloudflare answers 400, code "
            "9051). Write it in one line."
        )


def _size(record: Properties) -> int:
    """Return the bytes of a record's data on the wire, 0 for one that is not known yet or is none."""
    itself = {name: value for name, value in record.items() if name != "zoneId"}
    try:
        return 0 if is_unknown(itself) else len(parse(itself).rdata.to_digestable())
    except RecordError:
        return 0


def wrong_list(case: Case) -> str | None:
    """Refuse items that a list cannot hold: too wide ranges, hosts and sources that are none, sources twice."""
    return case.told(_list(case.inputs)) if case.traits.token == LIST else None


def _list(inputs: Properties) -> Iterator[str]:
    for text in every(inputs, "items.ip"):
        yield from _range(text) if isinstance(text, str) else ()
    for number in every(inputs, "items.asn"):
        if isinstance(number, int | float) and not 0 <= number <= LARGEST_ASN:
            yield f"{number:.0f} is not the number of a network (Cloudflare answers 400). Use 0 to {LARGEST_ASN}."
    for host in every(inputs, "items.hostname.urlHostname"):
        if isinstance(host, str) and not HOSTNAME.fullmatch(host.lower()):
            yield f'"{host}" is not a host (Cloudflare answers 400). Write one such as acme.test or *.acme.test.'
    yield from _sources(inputs)


def _sources(inputs: Properties) -> Iterator[str]:
    sources = [each for each in every(inputs, "items.redirect.sourceUrl") if isinstance(each, str)]
    for source in sources:
        if not SOURCE.fullmatch(source):
            yield (
                f'the source "{source}" has more than a host and a path (Cloudflare answers 400). Leave user, port, '
                "query and fragment out."
            )
    for source in (source for source, count in Counter(sources).items() if count > 1):
        yield f'the source "{source}" is listed twice (Cloudflare answers 400). Keep one of them.'


def _range(text: str) -> Iterator[str]:
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        return  # the rule about items tells it
    if network.prefixlen < WIDEST[network.version]:
        least = WIDEST[network.version]
        yield f"{text} is a wider range than lists hold (Cloudflare answers 400). Use /{least} or more."


def wrong_setting(case: Case) -> str | None:
    """Refuse numbers out of bounds, and switches where a setting is a map (reference of zone settings, code 1007)."""
    setting, value = str(case.inputs.get("settingId")), case.inputs.get("value")
    if case.traits.token != SETTING or is_unknown(value):
        return None
    if setting in NUMBERS:
        low, high = NUMBERS[setting]
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
            return f"{case.title}: {setting} is {value} (Cloudflare answers 400, code 1007). Use {low} to {high}."
    if setting in MAPS and not (isinstance(value, dict) and isinstance(value.get(MAPS[setting]), bool)):
        return (
            f'{case.title}: {setting} is a map (Cloudflare answers 400, code 1007). Write {{"{MAPS[setting]}": true}}.'
        )
    return None


def wrong_worker(case: Case) -> str | None:
    """Refuse a Worker's domain that is not one host, too much CPU time, and flags that are nearly one (code 10021)."""
    host = case.inputs.get("hostname")
    is_host = isinstance(host, str) and HOSTNAME.fullmatch(host.lower()) and not host.startswith("*.")
    if case.traits.token == CUSTOM_DOMAIN and isinstance(host, str) and not is_host:
        return (
            f'{case.title}: "{host}" is not one host (Cloudflare answers 400). Write one such as api.acme.test; for '
            "many hosts use a WorkersRoute."
        )
    return case.told(_script(case.inputs)) if case.traits.token == SCRIPT else None


def _script(script: Properties) -> Iterator[str]:
    time = at(script, "limits.cpuMs")
    if isinstance(time, int | float) and not 0 < time <= LONGEST_CPU:
        yield f"limits.cpuMs is {time:.0f} (Cloudflare answers 400). Use 1 to {LONGEST_CPU}, five minutes."
    for flag in leaves(script, "compatibilityFlags"):
        plainer = re.sub(r"[^a-z0-9]", "", flag.lower()) if isinstance(flag, str) else ""
        alike = (each for each in FLAGS if each.replace("_", "") == plainer and each != flag)
        meant = CALLED.get(plainer) or next(alike, None)
        if meant:
            yield f"there is no compatibility flag {flag} (Cloudflare answers 400, code 10021). Did you mean {meant}?"


def wrong_hook(case: Case) -> str | None:
    """Refuse a way to be told that is named by something else than its id."""
    for way in ("webhooks", "pagerduties"):
        for each in mappings(at(case.inputs, f"mechanisms.{way}")) if case.traits.token == NOTICE else ():
            told = each.get("id")
            if isinstance(told, str) and not HOOK.fullmatch(told):
                return (
                    f'{case.title}: "{told}" in mechanisms.{way} is not an id (Cloudflare answers 400). Pass the '
                    "NotificationPolicyWebhooks' .id."
                )
    return None


RULES: tuple[LaunchRule, ...] = (
    LaunchRule("record-parts", Stage.CHECK, "Cloudflare DNS: record attributes and types; OpenAPI", wrong_record),
    LaunchRule("list-values", Stage.CHECK, "Cloudflare: custom lists, bulk redirects", wrong_list),
    LaunchRule("setting-form", Stage.CHECK, "Cloudflare API, zone settings; code 1007", wrong_setting),
    LaunchRule("worker-limits", Stage.CHECK, "Cloudflare Workers: custom domains, limits, flags", wrong_worker),
    LaunchRule("notice-hook", Stage.CHECK, "Cloudflare API, alerting policies, mechanisms", wrong_hook),
)
