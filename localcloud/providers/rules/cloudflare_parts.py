"""What Cloudflare refuses about the parts of records, rules, routes and Workers, whatever the plan."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime

from localcloud.edge.rules import ACTIONS, problems
from localcloud.providers.launch_rules import Case, LaunchRule, Stage
from localcloud.providers.rules.cloudflare_plans import Plan, plan_to_be
from localcloud.providers.tables.cloudflare_more import SCRIPT
from localcloud.providers.tables.cloudflare_zone import RECORD, RULESET, SETTING
from localcloud.providers.values import Properties, Unknown, at, every, is_unknown

HOSTED = ("MX", "CNAME", "NS", "SRV", "PTR")
HOST = r"(\*\.)?([A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?\.)*[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?\.?|@|\."
ISSUER = r"\s*([A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*)?\s*(;.*)?"
REPORTED = r"(mailto:[^@\s]+@[^@\s]+|https?://\S+)"
LEVELS = {"zone": "zoneId", "root": "accountId"}
LOGGING = Plan.ENTERPRISE
MOST_UPLOADED = (100, 100, 200, 5_000)  # MB, by plan


def wrong_host(case: Case) -> str | None:
    """Refuse an address or a web address where a record names a host (API code 9009 and others)."""
    kind = case.inputs.get("type")
    told = at(case.inputs, "data.target") if kind == "SRV" else case.inputs.get("content")
    if case.traits.token != RECORD or kind not in HOSTED or not isinstance(told, str):
        return None
    if re.fullmatch(HOST, told) and not _is_address(told):
        return None
    return (
        f'{case.title}: a record of type {kind} names a host, and "{told}" is none (Cloudflare answers 400). Write a '
        "name such as mail.acme.test, without scheme, port and path."
    )


def wrong_authority(case: Case) -> str | None:
    """Refuse a CAA record whose authority is not a domain, or whose reports go nowhere (RFC 8659 section 4)."""
    tag, value = at(case.inputs, "data.tag"), at(case.inputs, "data.value")
    if case.traits.token != RECORD or case.inputs.get("type") != "CAA" or not isinstance(value, str):
        return None
    if tag == "iodef" and not re.fullmatch(REPORTED, value):
        return (
            f'{case.title}: iodef is reported to "{value}", which is not an address (Cloudflare answers 400, code '
            "9005). Write mailto:security@acme.test or an https address."
        )
    if tag in ("issue", "issuewild") and not re.fullmatch(ISSUER, value):
        return (
            f'{case.title}: "{value}" does not name a certificate authority (Cloudflare answers 400, code 9005). Write '
            "its domain, such as pki.goog, or ; for nobody."
        )
    return None


def unplayable_on_any_plan(case: Case) -> str | None:
    """Refuse in a preview a rule that no plan takes: actions of another phase, targets that lead nowhere."""
    itself = {name: value for name, value in case.inputs.items() if name not in ("zoneId", "accountId")}
    if case.traits.token != RULESET or is_unknown(itself) or itself.get("phase") not in ACTIONS:
        return None
    found = [*problems(itself, "enterprise"), *_misled(itself)]
    return f"{case.title}: {'; '.join(found)} (Cloudflare answers 400). Correct what is named." if found else None


def _misled(ruleset: Properties) -> Iterator[str]:
    for rule in ruleset.get("rules") or ():
        name = rule.get("ref") or rule.get("description") or "a rule"
        value = at(rule, "actionParameters.fromValue.targetUrl.value")
        if isinstance(value, str) and not re.match(r"(https?://[^/\s]|/)", value):
            yield f"{name}: the redirect leads to {value}; write it with its scheme, such as https://acme.test/"


def wrong_level(case: Case) -> str | None:
    """Refuse an account's ruleset in a zone, and a zone's in an account (rulesets API, kind)."""
    kind = case.inputs.get("kind")
    where = next((name for name in ("zoneId", "accountId") if case.inputs.get(name) is not None), "")
    if case.traits.token != RULESET or LEVELS.get(str(kind), where) == where:
        return None
    right = "zone" if where == "zoneId" else "root"
    return (
        f"{case.title}: kind {kind} does not go with {where} (Cloudflare answers 400). Set kind to {right}, or set "
        f"{LEVELS[str(kind)]} instead."
    )


def sold_logging(case: Case) -> str | None:
    """Refuse the action log below the Enterprise plan.

    https://developers.cloudflare.com/ruleset-engine/rules-language/actions
    """
    if case.traits.token != RULESET or "log" not in every(case.inputs, "rules.action"):
        return None
    if "zoneId" not in case.inputs or plan_to_be(case) >= LOGGING:
        return None
    return f"{case.title}: the action log takes the Enterprise plan (Cloudflare answers 400). Use block or skip."


def large_upload(case: Case) -> str | None:
    """Refuse larger uploads than the zone's plan has.

    https://developers.cloudflare.com/workers/platform/limits/#request-and-response-limits
    """
    size = case.inputs.get("value")
    if case.traits.token != SETTING or case.inputs.get("settingId") != "max_upload" or not isinstance(size, int):
        return None
    plan = plan_to_be(case)
    if size <= MOST_UPLOADED[plan]:
        return None
    return (
        f"{case.title}: max_upload is {size} MB, and the {plan.title} plan has {MOST_UPLOADED[plan]} (Cloudflare "
        "answers 400). Lower it."
    )


def wrong_worker(case: Case) -> str | None:
    """Refuse a compatibility date that is none, or has not come yet (Workers API)."""
    told = case.inputs.get("compatibilityDate")
    if case.traits.token != SCRIPT or not isinstance(told, str):
        return None
    try:
        day = date.fromisoformat(told)
    except ValueError:
        return (
            f"{case.title}: compatibilityDate {told} is not a day (Cloudflare answers 400). Write one like 2026-01-31."
        )
    if case.now and day > datetime.fromtimestamp(case.now, UTC).date():
        return f"{case.title}: compatibilityDate {told} is in the future (Cloudflare answers 400). Use today's."
    return None


def script_without_module(case: Case) -> str | None:
    """Refuse a module's text that is not uploaded as one (Workers API code 10021, unexpected token export)."""
    content = case.inputs.get("content")
    if case.traits.token != SCRIPT or not isinstance(content, str) or case.inputs.get("mainModule") is not None:
        return None
    if not re.search(r"(?m)^\s*export\s+(default\b|\{|const\b|class\b|function\b)", content):
        return None
    return (
        f"{case.title}: its script is a module, and mainModule is missing, so Cloudflare reads it as a service worker "
        "(it answers 400, code 10021). Set mainModule to the file's name, such as worker.mjs."
    )


def wrong_bindings(case: Case) -> str | None:
    """Refuse two bindings of one name (Workers API code 10021)."""
    names = [str(name) for name in every(case.inputs, "bindings.name")] if case.traits.token == SCRIPT else []
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is None:
        return None
    return f"{case.title} has two bindings named {twice} (Cloudflare answers 400, code 10021). Rename one of them."


def _is_address(text: str | Unknown) -> bool:
    try:
        ipaddress.ip_address(str(text))
    except ValueError:
        return False
    return True


RULES: tuple[LaunchRule, ...] = (
    LaunchRule("record-host", Stage.CHECK, "Cloudflare API code 9009; RFC 1035 section 3.3", wrong_host),
    LaunchRule("caa-value", Stage.CHECK, "RFC 8659 section 4; Cloudflare API code 9005", wrong_authority),
    LaunchRule("rules-on-no-plan", Stage.CHECK, "sources of localcloud.edge.rules", unplayable_on_any_plan),
    LaunchRule("ruleset-level", Stage.CHECK, "Cloudflare rulesets API, kind", wrong_level),
    LaunchRule("log-sold", Stage.CHECK, "Cloudflare: availability of the action log", sold_logging),
    LaunchRule("upload-sold", Stage.CHECK, "Cloudflare: request limits by plan", large_upload),
    LaunchRule("worker-module", Stage.CHECK, "Workers API code 10021", script_without_module),
    LaunchRule("worker-bindings", Stage.CHECK, "Workers API code 10021", wrong_bindings),
    LaunchRule("worker-date", Stage.CHECK, "Cloudflare Workers: compatibility dates", wrong_worker),
)
