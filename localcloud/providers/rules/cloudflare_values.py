"""What Cloudflare refuses about records, settings and rules, beyond their schemas and plans."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from localcloud.providers.launch_rules import Case, LaunchRule, Stage
from localcloud.providers.rules.cloudflare_plans import plan_to_be
from localcloud.providers.tables.cloudflare_more import NOTICE
from localcloud.providers.tables.cloudflare_zone import RECORD, RULESET, SETTING
from localcloud.providers.values import Properties, Unknown, at, every

TAGS = ("issue", "issuewild", "iodef")
# https://developers.cloudflare.com/dns/manage-dns-records/reference/record-attributes/#availability
LONGEST_COMMENT = (100, 500, 500, 500)  # characters, by plan
# https://developers.cloudflare.com/waf/rate-limiting-rules/parameters
PERIODS = (10, 15, 20, 30, 40, 45, 60, 90, 120, 180, 240, 300, 480, 600, 900, 1200, 1800, 2400, 3600, 65535, 86400)
HSTS = {"enabled": bool, "include_subdomains": bool, "max_age": int, "nosniff": bool, "preload": bool}


def unheard(case: Case) -> str | None:
    """Refuse a notification that reaches nobody (Cloudflare Notifications API: mechanisms is required)."""
    ways = case.inputs.get("mechanisms")
    if case.traits.token != NOTICE or not isinstance(ways, dict) or any(ways.values()):
        return None
    return (
        f"{case.title} names nobody in mechanisms (Cloudflare answers 400). Set it to "
        '{"emails": [{"id": "oncall@acme.test"}]}.'
    )


def wrong_tag(case: Case) -> str | None:
    """Refuse a CAA record with a tag or flags that it cannot have (RFC 8659 section 4.1; API code 9005)."""
    if case.traits.token != RECORD or case.inputs.get("type") != "CAA":
        return None
    tag, flags = at(case.inputs, "data.tag"), at(case.inputs, "data.flags")
    if isinstance(tag, str) and tag not in TAGS:
        return f'{case.title}: CAA has no tag "{tag}" (Cloudflare answers 400, code 9005). Use {", ".join(TAGS)}.'
    if isinstance(flags, int) and not 0 <= flags <= 255:
        return f"{case.title}: the flags of CAA are 0 to 255, not {flags} (Cloudflare answers 400, code 9005). Use 0."
    return None


def long_comment(case: Case) -> str | None:
    """Refuse a comment that is longer than the zone's plan allows."""
    comment = case.inputs.get("comment")
    if case.traits.token != RECORD or not isinstance(comment, str):
        return None
    plan = plan_to_be(case)
    most = LONGEST_COMMENT[plan]
    if len(comment) <= most:
        return None
    return (
        f"{case.title}: its comment has {len(comment)} characters, and Cloudflare takes {most} on the {plan.title} "
        "plan (it answers 400). Shorten the comment."
    )


def wrong_hsts(case: Case) -> str | None:
    """Refuse HSTS whose parts are of another type (reference of zone settings, security_header)."""
    told = at(case.inputs, "value.strict_transport_security") if _is_setting(case, "security_header") else None
    for name, value in told.items() if isinstance(told, dict) else ():
        wanted = HSTS.get(name)
        if wanted is None:
            return f"{case.title}: HSTS has no {name} (Cloudflare answers 400, code 1007). It has {', '.join(HSTS)}."
        if not isinstance(value, Unknown) and type(value) is not wanted:
            kind = "true or false" if wanted is bool else "a number of seconds"
            return (
                f"{case.title}: {name} is {kind}, not {value!r} (Cloudflare answers 400, code 1007). Write it as that."
            )
    age = at(told, "max_age")
    if isinstance(age, int) and age < 0:
        return f"{case.title}: max_age is {age} (Cloudflare answers 400, code 1007). Use 0 or more seconds."
    return None


def wrong_rules(case: Case) -> str | None:
    """Refuse rules that share a reference, and rate limits over times that are not offered."""
    rules = case.inputs.get("rules")
    if case.traits.token != RULESET or not isinstance(rules, list):
        return None
    return case.told(_rules([rule for rule in rules if isinstance(rule, dict)]))


def _rules(rules: list[Properties]) -> Iterator[str]:
    refs = Counter(str(rule["ref"]) for rule in rules if rule.get("ref"))
    for ref, count in refs.items():
        if count > 1:
            yield f"{count} rules have the ref {ref} (Cloudflare answers 400). Give each its own."
    for name, more in (("period", ()), ("mitigationTimeout", (0,))):
        for time in every({"rules": rules}, f"rules.ratelimit.{name}"):
            if isinstance(time, int) and time not in (*PERIODS, *more):
                yield (
                    f"{name} is {time}, and Cloudflare offers {', '.join(map(str, PERIODS))} seconds (it answers 400). "
                    "Take one of them."
                )


def _is_setting(case: Case, name: str) -> bool:
    return case.traits.token == SETTING and bool(case.inputs.get("settingId") == name)


RULES: tuple[LaunchRule, ...] = (
    LaunchRule("notice-unheard", Stage.CHECK, "Cloudflare API, alerting policies", unheard),
    LaunchRule("caa-tag", Stage.CHECK, "RFC 8659 section 4.1; Cloudflare API code 9005", wrong_tag),
    LaunchRule("comment-length", Stage.CHECK, "Cloudflare DNS: record attributes, availability", long_comment),
    LaunchRule("hsts-types", Stage.CHECK, "Cloudflare API, zone settings, security_header", wrong_hsts),
    LaunchRule("rule-parts", Stage.CHECK, "Cloudflare: rate limiting parameters; rulesets API", wrong_rules),
)
