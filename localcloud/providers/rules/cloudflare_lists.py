"""What Cloudflare refuses about lists and rulesets of an account."""

from __future__ import annotations

from localcloud.providers.launch_rules import Case, LaunchRule, Stage
from localcloud.providers.tables.cloudflare_more import LIST
from localcloud.providers.tables.cloudflare_zone import RULESET
from localcloud.providers.values import Unknown, every

ACCOUNT_PHASE = "http_request_redirect"
MOST_ITEMS = 10_000
MOST_LISTS = 5


def unknown_list(case: Case) -> str | None:
    """Refuse a rule that takes its redirects from a list which is not there."""
    if case.traits.token != RULESET:
        return None
    known = {found.outputs.get("name") for found in case.world.resources(LIST)}
    missing = [str(name) for name in every(case.inputs, "rules.actionParameters.fromList.name") if name not in known]
    if not missing:
        return None
    return f"{case.title} takes redirects from the list {missing[0]}, which is not there. Create the List first."


def account_phase(case: Case) -> str | None:
    """Refuse rules for a whole account below the Enterprise plan, but for bulk redirects."""
    phase = case.inputs.get("phase")
    of_account = case.traits.token == RULESET and case.inputs.get("accountId") is not None
    if not of_account or isinstance(phase, Unknown) or phase == ACCOUNT_PHASE:
        return None
    return (
        f"{case.title} has rules of phase {phase} for a whole account, which takes the Enterprise plan. Give it a "
        f"zoneId: only {ACCOUNT_PHASE} is the account's on every plan."
    )


def crowded_lists(case: Case) -> str | None:
    """Refuse more redirects or lists than an account holds."""
    if case.traits.token != LIST or isinstance(case.inputs.get("items"), Unknown):
        return None
    others = [found for found in case.world.resources(LIST) if found.id != case.id]
    held = sum(len(found.outputs.get("items") or []) for found in others) + len(case.inputs.get("items") or [])
    if held > MOST_ITEMS:
        return f"{case.title}: the account's lists would hold {held} redirects where {MOST_ITEMS} fit. Drop some."
    if len(others) >= MOST_LISTS:
        return f"{case.title} would be the account's list {len(others) + 1}; it may have {MOST_LISTS}. Join some."
    return None


AVAILABILITY = "developers.cloudflare.com/rules/url-forwarding/#availability"
RULES: tuple[LaunchRule, ...] = (
    LaunchRule("account-phase", Stage.CHECK, "developers.cloudflare.com/ruleset-engine/about/phases", account_phase),
    LaunchRule("list-missing", Stage.APPLY, "Cloudflare API: list not found", unknown_list),
    LaunchRule("list-limit", Stage.APPLY, AVAILABILITY, crowded_lists),
)
