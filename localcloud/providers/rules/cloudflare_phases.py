"""What Cloudflare refuses about rules in phases that the rehearsal's edge does not play, and rules of nothing.

Sources: developers.cloudflare.com/ruleset-engine/reference/phases-list and the pages of each product;
cloudflare/terraform-provider-cloudflare#3215 ("action parameters are required", code 20106).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from localcloud.edge.checking import check
from localcloud.edge.types import Type
from localcloud.providers.launch_rules import Case, LaunchRule, Stage
from localcloud.providers.tables.cloudflare_zone import RULESET
from localcloud.providers.values import Properties, Value, at, is_unknown, mappings

ACTIONS: Mapping[str, tuple[str, ...]] = {
    "http_config_settings": ("set_config",),
    "http_custom_errors": ("serve_error",),
    "http_log_custom_fields": ("log_custom_field",),
    "http_request_origin": ("route",),
    "http_request_transform": ("rewrite",),
    "http_response_compression": ("compress_response",),
}
LOGGED = "http_log_custom_fields"  # whose one rule is for all requests
WITH_PARAMETERS = frozenset(
    {"set_config", "set_cache_settings", "serve_error", "log_custom_field", "route", "rewrite", "compress_response"}
)


def wrong_action(case: Case) -> str | None:
    """Refuse an action of another phase, an action without its parameters, and expressions that are none."""
    phase = case.inputs.get("phase")
    if case.traits.token != RULESET or not isinstance(phase, str):
        return None
    return case.told(
        problem
        for at_, rule in enumerate(mappings(case.inputs.get("rules")), 1)
        for problem in _rule(rule, phase, str(rule.get("ref") or rule.get("description") or f"rule {at_}"))
    )


def _rule(rule: Properties, phase: str, name: str) -> Iterator[str]:
    action, parameters = rule.get("action"), rule.get("actionParameters")
    if phase in ACTIONS and isinstance(action, str) and action not in ACTIONS[phase]:
        yield (
            f"{name}: the action {action} does not exist in the phase {phase}, only {', '.join(ACTIONS[phase])} "
            "(Cloudflare answers 400). Change one of them."
        )
    if action in WITH_PARAMETERS and (parameters is None or (isinstance(parameters, dict) and not _said(parameters))):
        yield (
            f"{name}: the action {action} has no actionParameters (Cloudflare answers 400, code 20106). Say what it "
            "shall do, or leave the rule out."
        )
    if phase not in ACTIONS or phase == LOGGED or is_unknown(rule):
        return
    for problem in _wrong(rule.get("expression"), phase, Type.BOOLEAN):
        yield f"{name}: {problem} (Cloudflare answers 400). Correct the expression."
    for part in ("path", "query"):
        yield from (f"{name}: {problem}" for problem in _rewritten(at(parameters, f"uri.{part}"), part, phase))


def _wrong(expression: Value, phase: str, result: Type) -> list[str]:
    """Return what is wrong with an expression, but for what the rehearsal alone does not know."""
    found = check(str(expression), "enterprise", result=result, phase=phase)
    return [problem for problem in found if "the rehearsal" not in problem]


def _said(parameters: Properties) -> bool:
    return any(value is not None for value in parameters.values())


def _rewritten(told: Value, part: str, phase: str) -> Iterator[str]:
    if not isinstance(told, dict):
        return
    value, expression = told.get("value"), told.get("expression")
    if value is not None and expression is not None:
        yield f"uri.{part} has a value and an expression (Cloudflare answers 400). Keep one of them."
    elif isinstance(expression, str):
        for problem in _wrong(expression, phase, Type.STRING):
            yield f"{problem} (Cloudflare answers 400). Correct the expression of uri.{part}."


RULES: tuple[LaunchRule, ...] = (
    LaunchRule("phase-action", Stage.CHECK, "Cloudflare: phases list; API code 20106", wrong_action),
)
