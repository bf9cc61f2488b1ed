"""What only a person can do in a production launch: noticed where it is needed, told as the handover tells it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from blueprint.finding import Finding, Status
from blueprint.old_zone import Before
from blueprint.outputs import Outputs
from checklists.items import Item, no_details
from checklists.lines import holds
from checklists.signed_items import SIGNED
from engine.cures import is_told
from engine.errors import UNREACHABLE, LaunchError
from engine.problems import Problem
from engine.pulumi import EngineError
from handlers.failures import Unavailable
from handlers.outside.firebase_accounts import Accounts, AuthenticationNotStarted
from handlers.outside.http_client import Refused
from handlers.service_manifest import RESEND_KEY, STRIPE_SIGNING_SECRET, ZENDESK_SIGNING_SECRET
from verify import run as verification
from verify.reach import Reach
from verify.scene import of_stack

ITEMS: Mapping[str, Item] = {item.id: item for item in SIGNED}
REGISTRAR = "dns.delegation.nameservers"
CHANGE = "dns.change."  # ids of findings on what the change of name servers would lose

# How Google refuses, by resource and words → the item of the handover that a person has to do.
REFUSALS: tuple[tuple[re.Pattern[str], re.Pattern[str], str], ...] = (
    (re.compile(r"^project firebase$"), re.compile(r"403|does not have permission"), "firebase"),
    (re.compile(r"^project "), re.compile(r"(?i)billing|Precondition check failed"), "billing"),
    (re.compile(r"^config "), re.compile(r"CONFIGURATION_NOT_FOUND"), "sign-in"),
)
# A secret without a value → the item that gives it one.
VALUES: Mapping[str, str] = {
    STRIPE_SIGNING_SECRET: "stripe",
    ZENDESK_SIGNING_SECRET: "helpdesk",
    RESEND_KEY: "sending",
}


@dataclass(frozen=True)
class Facts:
    """What is known after a stack was made: the secrets without a value, and what was found about its delegation.

    `is_auth_started` is also true where it cannot be known.
    """

    empty_secrets: tuple[str, ...]
    delegation: tuple[Finding, ...]
    is_auth_started: bool = True


def refused(problems: Iterable[Problem]) -> Item | None:
    """Return what a person has to do before the engine can go on, None when the problems are of another kind."""
    for problem in (each for each in problems if not is_told(each.message)):
        for resource, words, item in REFUSALS:
            if resource.search(problem.resource) and words.search(problem.message):
                return ITEMS[item]
    return None


def pending(facts: Facts) -> list[Item]:
    """Return what a person has to do next, in the order of the handover."""
    undone = {VALUES.get(name, "secrets") for name in facts.empty_secrets}
    if any(finding.id == REGISTRAR and finding.status is not Status.PASS for finding in facts.delegation):
        undone.add("nameservers")
    if not facts.is_auth_started:
        undone.add("sign-in")
    return [_unless_held(item, facts.delegation) for item in SIGNED if item.id in undone]


def _unless_held(item: Item, found: Iterable[Finding]) -> Item:
    """Return the item, or in its place what has to be done before; its own steps are not shown until then."""
    holding = [finding for finding in found if holds(item, finding)]
    if not holding:
        return item
    topic = item.title.partition(":")[0]
    lines = [line for one in holding for line in (one.observed, *one.evidence.splitlines())]
    return replace(
        item,
        title=f"{topic}: not to be changed yet ({', '.join(one.subject for one in holding)})",
        why=lines[0],
        steps=(*lines[1:], *dict.fromkeys(one.fix for one in holding)),
        details=no_details,
    )


def look(
    outputs: Outputs,
    empty_secrets: Sequence[str],
    reach: Reach,
    accounts: Accounts,
    now: datetime,
    before: Before | None = None,
) -> Facts:
    """Ask the registrar's side and Firebase, and return the facts; `before` is what is known of the old zone."""
    return Facts(tuple(empty_secrets), delegation(outputs, reach, now, before), _is_started(accounts))


def delegation(outputs: Outputs, reach: Reach, now: datetime, before: Before | None) -> tuple[Finding, ...]:
    """Return what is found about the delegation, and about what a change of name servers would lose."""
    report = verification.run(of_stack(outputs, before=before), reach, now, only=("delegation",))
    return tuple(verification.findings(report))


def held(found: Iterable[Finding]) -> list[Item]:
    """Return the steps that must not be done yet, each as what has to be done before."""
    known = list(found)
    held_back = (item for item in SIGNED if any(holds(item, finding) for finding in known))
    return [_unless_held(item, known) for item in held_back]


def _is_started(accounts: Accounts) -> bool:
    try:
        accounts.page()
    except AuthenticationNotStarted:
        return False
    except (Unavailable, Refused):
        return True  # whoever runs the command may not look
    return True


def stop_at(error: EngineError, again: str) -> LaunchError:
    """Return the failure as the person's step that it waits for, or as it is; `again` is the command to repeat."""
    item = refused(error.problems)
    return _stop([item], None, again) if item else error


def stop(items: Sequence[Item], outputs: Outputs, again: str) -> LaunchError:
    """Return the failure that names what a person has to do now."""
    return _stop(items, outputs, again)


def _stop(items: Sequence[Item], outputs: Outputs | None, again: str) -> LaunchError:
    one = len(items) == 1
    return LaunchError(
        f"{'One step' if one else f'{len(items)} steps'} that only a person can do {'is' if one else 'are'} left.",
        "\n".join(line for item in items for line in _words(item, outputs)),
        f"Then run {again} again: it continues from here.",
        UNREACHABLE,
    )


def _words(item: Item, outputs: Outputs | None) -> list[str]:
    details = item.details(outputs) if outputs else ()
    return [
        f"  ○ {item.title}",
        f"    {item.why}",
        *(f"    {number}. {step}" for number, step in enumerate(item.steps, 1)),
        *(f"       {detail.label}: {detail.text}" for detail in details),
    ]
