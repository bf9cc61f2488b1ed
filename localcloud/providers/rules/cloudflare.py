"""What Cloudflare refuses at a launch, beyond a single property's value."""

from __future__ import annotations

import re
from collections.abc import Iterator

from localcloud.base.world import Resource
from localcloud.dns.records import RecordError, parse
from localcloud.edge.checking import check
from localcloud.edge.rules import ACTIONS, LISTED, problems
from localcloud.edge.rules import parse as parse_rules
from localcloud.providers.launch_rules import Case, LaunchRule, Stage
from localcloud.providers.rules import (
    cloudflare_actions,
    cloudflare_bindings,
    cloudflare_forms,
    cloudflare_hosts,
    cloudflare_lists,
    cloudflare_parts,
    cloudflare_phases,
    cloudflare_records,
    cloudflare_scripts,
    cloudflare_values,
)
from localcloud.providers.rules.cloudflare_plans import (
    ADD_ONS,
    BOT_MANAGEMENT,
    FREE_MANAGED_RULESET,
    LEAST_PLAN,
    LONGEST_MITIGATION,
    LONGEST_RATE_PERIOD,
    MOST_RULES,
    SHORTEST_EDGE_TTL,
    SOLD_ALERTS,
    ZONE_PLANS,
    Plan,
    first_with,
    plan_of,
    plan_to_be,
)
from localcloud.providers.rules.cloudflare_settings import SETTINGS
from localcloud.providers.rules.parents import unknown_parent
from localcloud.providers.tables.cloudflare_more import BOTS, NOTICE
from localcloud.providers.tables.cloudflare_zone import PROXIED_TYPES, RECORD, RULESET, SETTING, SUBSCRIPTION, ZONE
from localcloud.providers.values import Properties, Unknown, Value, at, every, is_unknown

ADDRESSES = frozenset({"A", "AAAA", "CNAME"})
WITH_PRIORITY = frozenset({"MX", "URI"})
WITH_DATA = frozenset(
    {"CAA", "CERT", "DNSKEY", "DS", "HTTPS", "LOC", "NAPTR", "SMIMEA", "SRV", "SSHFP", "SVCB", "TLSA", "URI"}
)
MATCHES = re.compile(r"\bmatches\b|\bregex_replace\(")
LARGEST_NAME = 8_192  # characters of all records of one name and type
CACHE_KEY = "rules.actionParameters.cacheKey.customKey"


def wrongly_proxied(case: Case) -> str | None:
    """Refuse to proxy what is not for the web (API code 9004)."""
    kind = case.inputs.get("type")
    if case.traits.token != RECORD or case.inputs.get("proxied") is not True or kind in (*PROXIED_TYPES, None):
        return None
    if isinstance(kind, Unknown):
        return None
    return (
        f"{case.title} is proxied, but Cloudflare proxies only {', '.join(PROXIED_TYPES)} records, not {kind}. "
        "Set proxied to false."
    )


def proxied_ttl(case: Case) -> str | None:
    """Refuse a ttl of its own on a proxied record (tpc dns_record/resource.go)."""
    if case.traits.token != RECORD or case.inputs.get("proxied") is not True or case.inputs.get("ttl") in (1, None):
        return None
    if is_unknown(case.inputs.get("ttl")):
        return None
    return f"{case.title} is proxied, so Cloudflare itself decides how long answers are kept. Set ttl to 1 (automatic)."


def record_content(case: Case) -> str | None:
    """Refuse a record without content, with both ways of saying it, or without the priority its type needs."""
    if case.traits.token != RECORD:
        return None
    kind, given = case.inputs.get("type"), [name for name in ("content", "data") if case.inputs.get(name) is not None]
    if len(given) != 1:
        right = "data" if kind in WITH_DATA else "content"
        return f"{case.title} needs its value either as content or as data, once: for {kind} it is {right}."
    if kind in WITH_PRIORITY and case.inputs.get("priority") is None and at(case.inputs, "data.priority") is None:
        return f"{case.title} is a {kind} record and needs a priority. Set it, for example to 10."
    return None


def no_dns_data(case: Case) -> str | None:
    """Refuse a value that is none for its type, such as an address with a part missing (API code 9005 and others)."""
    itself = {name: value for name, value in case.inputs.items() if name != "zoneId"}
    if case.traits.token != RECORD or is_unknown(itself):
        return None
    try:
        parse(itself)
    except RecordError as error:
        return f"{case.title}: {error}. Correct its {'content' if itself.get('data') is None else 'data'}."
    return None


def outside_of_zone(case: Case) -> str | None:
    """Refuse a record whose name is not written in full below its zone (tpc#5517: it would drift for ever)."""
    zone = case.world.resource(ZONE, str(case.inputs.get("zoneId"))) if case.traits.token == RECORD else None
    if zone is None:
        return None
    name, origin = str(case.inputs.get("name", "")), str(zone.outputs["name"])
    if name.lower() == origin or name.lower().endswith(f".{origin}"):
        return None
    return (
        f'{case.title}: the name "{name}" does not end in the zone\'s, {origin}. Cloudflare would add it, and every '
        f"preview would show a change: write it in full, without a final dot, such as {name.rstrip('.')}.{origin}."
    )


def cname_beside_others(case: Case) -> str | None:
    """Refuse what cannot stand beside other records of its name: CNAME (RFC 1034 section 3.6.2, API code 81053) and NS.

    Cloudflare itself answers for a proxied CNAME and for one at the apex, so those hide no texts and mail exchangers.
    """
    if case.traits.token != RECORD:
        return None
    zone = case.world.resource(ZONE, str(case.inputs.get("zoneId")))
    apex = str(zone.outputs["name"]) if zone else ""
    for other in _same_name(case):
        if _clash(case.inputs, dict(other.outputs), apex):
            mine, theirs = case.inputs.get("type"), other.outputs.get("type")
            return (
                f"{case.title}: {case.inputs.get('name')} cannot be {mine} while {_urn_name(other)} makes it {theirs}: "
                f"a {'CNAME' if 'CNAME' in (mine, theirs) else 'NS'} record stands alone. Remove one of the two, or "
                "give one another name."
            )
    return None


def second_ruleset(case: Case) -> str | None:
    """Refuse a second ruleset in a phase of a zone (tpc#5599)."""
    if case.traits.token != RULESET:
        return None
    for other in case.world.resources(RULESET):
        same = all(
            other.outputs.get(name) == case.inputs.get(name) for name in ("zoneId", "accountId", "phase", "kind")
        )
        if same and other.id != case.id and case.inputs.get("kind") in ("zone", "root"):
            return (
                f"{case.title} is a second ruleset for phase {case.inputs['phase']}, and Cloudflare keeps one a zone "
                f"and phase: {_urn_name(other)} is there already. Put the rules of both into one Ruleset."
            )
    return None


def wrong_expression(case: Case) -> str | None:
    """Refuse a rule whose expression is none in Cloudflare's Rules language, on any plan."""
    itself = {name: value for name, value in case.inputs.items() if name not in ("zoneId", "accountId")}
    phase = str(itself.get("phase"))
    if case.traits.token != RULESET or is_unknown(itself) or phase not in ACTIONS or phase == LISTED:
        return None
    wrong = [(rule.name, check(rule.expression, "enterprise", phase=phase)) for rule in parse_rules(itself)]
    return _unplayable(case, [f"{name}: {sentence}" for name, sentences in wrong for sentence in sentences])


def unplayable_rules(case: Case) -> str | None:
    """Refuse a ruleset with a rule that Cloudflare would not take, or that the rehearsal's edge could not play."""
    if case.traits.token != RULESET:
        return None
    plan = plan_of(case.world, case.inputs.get("zoneId")) or Plan.FREE
    return _unplayable(case, problems(case.inputs, plan.name.lower()))


def _unplayable(case: Case, found: list[str]) -> str | None:
    if not found:
        return None
    wrong = "; ".join(found)
    return (
        f"{case.title}: {wrong}{'' if wrong[-1] == '?' else '.'} Correct what is named, or leave it out of this stack."
    )


def free_subscription(case: Case) -> str | None:
    """Refuse to buy what every zone has from the start (API code 1207, tpc#7083)."""
    if case.traits.token != SUBSCRIPTION or at(case.inputs, "ratePlan.id") != "free":
        return None
    return (
        f"{case.title} subscribes to the free plan, which Cloudflare answers with 404: a zone without a subscription "
        "is on it already. Leave the ZoneSubscription out."
    )


def setting_value(case: Case) -> str | None:
    """Refuse settings that Cloudflare does not have and values it does not take (API code 1007)."""
    if case.traits.token != SETTING or is_unknown(case.inputs.get("settingId")):
        return None
    setting, value = str(case.inputs.get("settingId")), case.inputs.get("value")
    if setting not in SETTINGS:
        return f"{case.title}: Cloudflare has no zone setting {setting}. Take one of {', '.join(sorted(SETTINGS))}."
    allowed = SETTINGS[setting].values
    if setting == "security_header" and not (isinstance(value, dict) and "strict_transport_security" in value):
        return f'{case.title}: security_header wants {{"strict_transport_security": {{"enabled": …, "max_age": …}}}}.'
    if not allowed or is_unknown(value) or value in allowed:
        return None
    return f"{case.title}: {setting} cannot be {_shown(value)}. Use {', '.join(repr(choice) for choice in allowed)}."


def add_on(case: Case) -> str | None:
    """Refuse what is sold beside the plans."""
    token = case.traits.token
    if token not in ADD_ONS:
        return None
    return (
        f"{case.title} needs Cloudflare's paid add-on {ADD_ONS[token]}, which a new account does not have. Leave it "
        "out; the rehearsal cannot tell whether you bought it."
    )


def beyond_plan(case: Case) -> str | None:
    """Refuse what the zone's plan does not hold."""
    plan = plan_of(case.world, case.inputs.get("zoneId")) if "zoneId" in case.inputs else Plan.FREE
    return None if plan is None else _refused_beyond(case, plan)


def beyond_plan_to_be(case: Case) -> str | None:
    """Refuse in a preview what the plan will not hold that the zone has or gets; a zone itself begins on Free."""
    if case.traits.token == ZONE:
        return _refused_beyond(case, Plan.FREE)
    return _refused_beyond(case, plan_to_be(case)) if "zoneId" in case.inputs else None


def _refused_beyond(case: Case, plan: Plan) -> str | None:
    found = next(_beyond(case, plan), None)
    if found is None:
        return None
    what, least = found
    cure = f"take the {least.title} plan or larger (ZoneSubscription), or do without" if least else "use fewer"
    return f"{case.title}: {what}, which Cloudflare's {plan.title} plan does not allow. Cure: {cure}."


def _beyond(case: Case, plan: Plan) -> Iterator[tuple[str, Plan | None]]:
    """Yield what the resource uses beyond a plan, each with the least plan that has it."""
    least = LEAST_PLAN.get(case.traits.token, Plan.FREE)
    if case.traits.token == SETTING:
        wanted = SETTINGS.get(str(case.inputs.get("settingId")))
        least = wanted.plan_of(case.inputs.get("value")) if wanted else least
    if case.traits.token == ZONE:
        least = ZONE_PLANS.get(
            str(case.inputs.get("type")), Plan.BUSINESS if case.inputs.get("vanityNameServers") else least
        )
    if case.traits.token == RECORD and (case.inputs.get("tags") or at(case.inputs, "settings.flattenCname") is True):
        least = Plan.PRO
    if case.traits.token == BOTS:
        least = _bots_plan(case.inputs)
    if case.traits.token == NOTICE:
        least = SOLD_ALERTS.get(str(case.inputs.get("alertType")), least)
    if plan < least:
        yield "it uses a feature", least
    if case.traits.token == RULESET:
        yield from _beyond_rules(case.inputs, plan)


def _bots_plan(bots: Properties) -> Plan:
    if any(bots.get(name) for name in BOT_MANAGEMENT):
        return Plan.ENTERPRISE
    return Plan.PRO if any(name.startswith(("sbfm", "optimizeWordpress")) for name in bots) else Plan.FREE


def _beyond_rules(inputs: Properties, plan: Plan) -> Iterator[tuple[str, Plan | None]]:
    phase, rules = str(inputs.get("phase")), inputs.get("rules") or []
    most = MOST_RULES.get(phase)
    if most and not isinstance(rules, Unknown) and len(rules) > most[plan]:
        yield f"it has {len(rules)} rules in phase {phase} where {most[plan]} fit", first_with(most, len(rules))
    if plan < Plan.BUSINESS and any(MATCHES.search(str(text)) for text in _expressions(inputs)):
        yield "a rule uses a regular expression", Plan.BUSINESS
    yield from _beyond_times(inputs, plan)
    if plan < Plan.ENTERPRISE:
        yield from ((what, Plan.ENTERPRISE) for what in _enterprise_only(inputs))
    if plan < Plan.PRO and phase == "http_request_firewall_managed" and _managed(inputs):
        yield "it runs a managed ruleset other than the free one", Plan.PRO


def _expressions(inputs: Properties) -> Iterator[Value]:
    """Yield what decides whether a rule is played, and what it makes of a request."""
    yield from every(inputs, "rules.expression")
    for path in ("fromValue.targetUrl", "uri.path", "uri.query"):
        yield from every(inputs, f"rules.actionParameters.{path}.expression")
    for headers in every(inputs, "rules.actionParameters.headers"):
        yield from (at(change, "expression") for change in headers.values()) if isinstance(headers, dict) else ()


def _beyond_times(inputs: Properties, plan: Plan) -> Iterator[tuple[str, Plan | None]]:
    for ttl in every(inputs, "rules.actionParameters.edgeTtl.default"):
        if isinstance(ttl, int) and ttl < SHORTEST_EDGE_TTL[plan]:
            yield f"a rule keeps answers {ttl} s where {SHORTEST_EDGE_TTL[plan]} s is the least", Plan.BUSINESS
    for period in every(inputs, "rules.ratelimit.period"):
        if isinstance(period, int) and period > LONGEST_RATE_PERIOD[plan]:
            yield f"a rule counts over {period} s", first_with(LONGEST_RATE_PERIOD, period)
    for time in every(inputs, "rules.ratelimit.mitigationTimeout"):
        if isinstance(time, int) and time > LONGEST_MITIGATION[plan]:
            yield f"a rule blocks for {time} s", first_with(LONGEST_MITIGATION, time)


def _enterprise_only(inputs: Properties) -> Iterator[str]:
    origin = ("hostHeader", "sni", "origin.host")
    for name in origin if inputs.get("phase") == "http_request_origin" else ():
        if every(inputs, f"rules.actionParameters.{name}"):
            yield f"a rule overrides the origin's {name}"
    for name in ("queryString", "header", "cookie", "host", "user"):
        if every(inputs, f"{CACHE_KEY}.{name}"):
            yield f"a rule's cache key depends on {name}"
    if every(inputs, "rules.actionParameters.edgeTtl.statusCodeTtls"):
        yield "a rule keeps answers by status code"


def _managed(inputs: Properties) -> bool:
    return any(found != FREE_MANAGED_RULESET for found in every(inputs, "rules.actionParameters.id"))


def crowded_name(case: Case) -> str | None:
    """Refuse a record whose name and type hold more than 8,192 characters together (Cloudflare DNS: record types)."""
    content = case.inputs.get("content")
    if case.traits.token != RECORD or not isinstance(content, str):
        return None
    kind = case.inputs.get("type")
    beside = [str(each.outputs.get("content")) for each in _same_name(case) if each.outputs.get("type") == kind]
    whole = sum(len(text) for text in (content, *beside))
    if whole <= LARGEST_NAME:
        return None
    return (
        f"{case.title}: the {kind} records of {case.inputs.get('name')} hold {whole} characters together, and "
        f"Cloudflare takes {LARGEST_NAME} (it answers 400). Remove one of them, or move it to a name of its own."
    )


def _same_name(case: Case) -> Iterator[Resource]:
    """Yield the other records of the record's name."""
    name = str(case.inputs.get("name", "")).lower()
    for other in case.world.resources(RECORD):
        in_zone = other.outputs.get("zoneId") == case.inputs.get("zoneId")
        if in_zone and other.id != case.id and str(other.outputs.get("name", "")).lower() == name:
            yield other


def _clash(one: Properties, other: Properties, apex: str) -> bool:
    kinds = [one.get("type"), other.get("type")]
    if "NS" in kinds and kinds != ["NS", "NS"]:
        return str(one.get("name")).lower() != apex and "DS" not in kinds
    if "CNAME" not in kinds:
        return False
    if ADDRESSES.issuperset(kinds):
        return True
    alias = one if one.get("type") == "CNAME" else other
    return alias.get("proxied") is not True and str(alias.get("name")).lower() != apex


def _urn_name(resource: Resource) -> str:
    return f'"{resource.urn.rpartition("::")[2]}"'


def _shown(value: Value) -> str:
    return "a map" if isinstance(value, dict) else repr(value)


RULES: tuple[LaunchRule, ...] = (
    LaunchRule("proxied-type", Stage.CHECK, "Cloudflare API code 9004", wrongly_proxied),
    LaunchRule("proxied-ttl", Stage.CHECK, "tpc dns_record/resource.go", proxied_ttl),
    LaunchRule("record-content", Stage.CHECK, "tpc dns_record/schema.go", record_content),
    LaunchRule("record-data", Stage.CHECK, "Cloudflare API code 9005", no_dns_data),
    LaunchRule("setting-value", Stage.CHECK, "Cloudflare API code 1007", setting_value),
    LaunchRule("free-subscription", Stage.CHECK, "tpc#7083; Cloudflare API code 1207", free_subscription),
    LaunchRule("wrong-expression", Stage.CHECK, "sources of localcloud.edge.checking", wrong_expression),
    LaunchRule("plan-foreseen", Stage.CHECK, "cloudflare-docs plans/index.json", beyond_plan_to_be),
    LaunchRule("add-on", Stage.CHECK, "cloudflare-docs plans/index.json", add_on),
    LaunchRule("parent-missing", Stage.APPLY, "Cloudflare API: 7003, zone not found", unknown_parent),
    LaunchRule("name-outside-zone", Stage.APPLY, "tpc#5517", outside_of_zone),
    LaunchRule("cname-alone", Stage.APPLY, "RFC 1034 section 3.6.2; Cloudflare API code 81053", cname_beside_others),
    LaunchRule("name-crowded", Stage.APPLY, "Cloudflare DNS: record types", crowded_name),
    LaunchRule("one-ruleset", Stage.APPLY, "tpc#5599", second_ruleset),
    LaunchRule("plan-limit", Stage.APPLY, "cloudflare-docs plans/index.json", beyond_plan),
    LaunchRule("unplayable-rules", Stage.APPLY, "sources of localcloud.edge.rules", unplayable_rules),
    *cloudflare_lists.RULES,
    *cloudflare_bindings.RULES,
    *cloudflare_values.RULES,
    *cloudflare_parts.RULES,
    *cloudflare_records.RULES,
    *cloudflare_scripts.RULES,
    *cloudflare_forms.RULES,
    *cloudflare_phases.RULES,
    *cloudflare_actions.RULES,
    *cloudflare_hosts.RULES,
)
