"""What IAM refuses about the attributes that a condition asks for, and about addresses of the wrong kind.

Sources: https://cloud.google.com/iam/docs/conditions-attribute-reference (the attributes), and IAM's answer "Principal
… is of type serviceAccount. The principal should appear as serviceAccount:…" to a service account given as a user.
"""

from __future__ import annotations

import difflib
import re

from localcloud.providers.languages import cel
from localcloud.providers.languages.scanning import LanguageError
from localcloud.providers.launch_rules import Case, LaunchRule, Stage
from localcloud.providers.rules.identities import REFUSED, TEXTS
from localcloud.providers.values import at

ROOTS = ("resource", "request", "destination", "api", "principal", "compute")
MEMBERS = {
    "resource": ("service", "type", "name", "matchTag", "matchTagId", "hasTagKey", "hasTagKeyId"),
    "request": ("time", "auth", "host", "path"),
    "destination": ("ip", "port"),
}
ASKED = re.compile(rf"\b({'|'.join(MEMBERS)})\.(\w+)")
MOMENT = re.compile(r"request\.time\s*(?:[<>]=?|[!=]=)\s*['\"]")
TEXTUAL = ("resource.name", "resource.type", "resource.service", "request.time", "request.path", "request.host")
ROBOT = re.compile(r"[^@\s]+@([a-z0-9.-]+\.)?gserviceaccount\.com")


def unknown_attribute(case: Case) -> str | None:
    """Refuse a condition that asks for what no request has."""
    expression = at(case.inputs, "condition.expression")
    if not isinstance(expression, str) or "member" not in case.inputs:
        return None
    try:
        strange = [name for name in cel.roots(expression) if name not in ROOTS]
    except LanguageError:
        return None  # the rule about conditions tells it
    if strange:
        close = difflib.get_close_matches(strange[0], ROOTS, n=1, cutoff=0.5)
        meant = f"Did you mean {close[0]}?" if close else "Begin with resource or request."
        return f"{case.title}: its condition asks for {strange[0]}, which IAM does not know ({REFUSED}). {meant}"
    for root, member in ASKED.findall(TEXTS.sub("''", expression)):
        close = difflib.get_close_matches(member, MEMBERS[root], n=1, cutoff=0.7)
        if member not in MEMBERS[root] and close:
            return (
                f"{case.title}: its condition asks for {root}.{member}, which IAM does not know ({REFUSED}). Did you "
                f"mean {root}.{close[0]}?"
            )
    return None


def wrong_type(case: Case) -> str | None:
    """Refuse a condition that compares a moment with a text, and one that is no question at all."""
    expression = at(case.inputs, "condition.expression")
    if not isinstance(expression, str) or "member" not in case.inputs:
        return None
    if MOMENT.search(TEXTS.sub("''", expression)):
        return (
            f"{case.title}: its condition compares request.time, a moment, with a text ({REFUSED}). Write "
            "timestamp('2027-01-01T00:00:00Z')."
        )
    if expression.strip() in TEXTUAL:
        return (
            f"{case.title}: its condition is {expression.strip()}, which is neither true nor false ({REFUSED}). "
            "Compare it with something."
        )
    return None


def wrong_kind(case: Case) -> str | None:
    """Refuse a service account that is given as a user or a group, and a person that is given as a service account."""
    member = case.inputs.get("member")
    kind, _, address = member.partition(":") if isinstance(member, str) and "role" in case.inputs else ("", "", "")
    is_robot = ROBOT.fullmatch(address) is not None
    if kind in ("user", "group") and is_robot:
        return (
            f"{case.title}: {address} is a service account, not a {kind} ({REFUSED}). Write serviceAccount:{address}."
        )
    if kind == "serviceAccount" and "@" in address and not is_robot and not address.endswith("]"):
        return (
            f"{case.title}: {address} is not a service account: it does not end in gserviceaccount.com ({REFUSED}). "
            f"Write user:{address} or group:{address}."
        )
    return None


RULES: tuple[LaunchRule, ...] = (
    LaunchRule("condition-attribute", Stage.CHECK, "IAM: conditions, attribute reference", unknown_attribute),
    LaunchRule("condition-type", Stage.CHECK, "IAM: conditions, attribute reference", wrong_type),
    LaunchRule("member-kind", Stage.CHECK, "IAM API: principal is of another type", wrong_kind),
)
