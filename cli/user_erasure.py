"""What `./launch users erase` does: everything of a user goes, here and at CRM, helpdesk and Stripe.

The tombstone comes first and says what is still to be deleted elsewhere, so that a run which was broken off, or which a
vendor refused, is finished by the next.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from cli import user_records
from cli.user_records import STRIPE, Elsewhere
from cli.user_vendors import Vendor
from cli.workflow import Workflow
from handlers.failures import Unavailable
from handlers.outside.http_client import Refused
from handlers.work import erasures
from handlers.work.inbox import EventState
from handlers.work.outbox import EffectState

OPEN = {
    "inbox": frozenset(state.value for state in EventState if not state.is_final),
    "outbox": frozenset({EffectState.PENDING.value}),
}
"""States of events and effects that are still on their way."""

TYPED = (
    "look at Stripe whose it is; delete it there if it is the user's, else end what it pays for, as nobody has it now"
)


@dataclass(frozen=True)
class Told:
    """What became of one thing elsewhere: nothing in `wrong` when it is gone, else why it is not."""

    where: str
    id: str
    words: str
    wrong: str = ""


def erase(
    flow: Workflow,
    vendors: Mapping[str, Vendor],
    user_id: str,
    tell: Callable[[Told], None],
    wait: Callable[[float], None],
) -> int:
    """Erase a user; return how many documents went. `tell` hears of each thing elsewhere, `wait` of seconds to wait.

    Raises LaunchError when the stack's own documents or accounts cannot be reached; the next run goes on from there.
    """
    others = user_records.elsewhere(flow, user_id)
    left = {each.where: _found(vendors.get(each.where), each) for each in others}
    for where, vendor in vendors.items():
        left[where] = tuple(dict.fromkeys((*left.get(where, ()), *_known_there(where, vendor, user_id, tell))))
    customers, typed = left.get(STRIPE, ()), user_records.typed_customers(flow, user_id)
    now = datetime.now(UTC)
    stones = [erasures.tombstone(user_id, now, left), *(erasures.tombstone(each, now) for each in customers)]
    flow.ask(lambda: flow.acceptor.documents.transact(lambda _: (None, stones)))
    count = _documents(flow, user_id, customers, wait)
    flow.ask(lambda: flow.accounts.delete(user_id))
    for where, ids in left.items():
        rest = _at_vendor(vendors.get(where), where, ids, tell)
        _keep(flow, user_id, where, rest)
    for customer in sorted(typed - set(customers)):
        tell(Told(STRIPE, customer, TYPED, "only a buyer's text named it as the user's"))
    return count


def _found(vendor: Vendor | None, there: Elsewhere) -> tuple[str, ...]:
    """Return what a vendor has of ours, by its own names; ours where it cannot be asked now."""
    found: list[str] = []
    for id_ in there.ids:
        try:
            found += vendor.find(id_) if vendor else [id_]
        except (Unavailable, Refused):
            found.append(id_)
    return tuple(dict.fromkeys(found))


def _known_there(where: str, vendor: Vendor, user_id: str, tell: Callable[[Told], None]) -> tuple[str, ...]:
    """Return what a vendor knows by the user's id: our record of it may never have been written."""
    try:
        return tuple(vendor.of_user(user_id))
    except (Unavailable, Refused) as error:
        tell(Told(where, "", "run this again: whether there is anything of the user is not known", str(error)))
        return ()


def _at_vendor(vendor: Vendor | None, where: str, ids: Sequence[str], tell: Callable[[Told], None]) -> Iterable[str]:
    """Delete things at a vendor and return those that the next run has to delete."""
    left = []
    for id_ in sorted(ids, key=lambda each: each.startswith("user:")):  # Zendesk's users after their tickets
        if vendor is None:
            tell(Told(where, id_, user_records.STEPS[where], "not done here"))
            continue
        try:
            vendor.erase(id_)
        except (Unavailable, Refused) as error:
            tell(Told(where, id_, f"run this again, or {user_records.STEPS[where]}", str(error)))
            left.append(id_)
        else:
            tell(Told(where, id_, vendor.done))
    return left


def _keep(flow: Workflow, user_id: str, where: str, left: Iterable[str]) -> None:
    stone = erasures.tombstone(user_id, datetime.now(UTC), {where: list(left)})
    flow.ask(lambda: flow.acceptor.documents.transact(lambda _: (None, [stone])))


def _documents(flow: Workflow, user_id: str, customers: Sequence[str], wait: Callable[[float], None]) -> int:
    """Delete the user's documents. Of work that is on its way an empty record stays, which its task will look for.

    What holds a lease may be acting at a vendor at this moment: its end is waited for.
    """
    count, busy_until = 0, datetime.now(UTC)
    for reference in user_records.references(flow, user_id, customers):
        snapshot = reference.get(retry=None, timeout=20)
        if not snapshot.exists:
            continue
        fields = snapshot.to_dict() or {}
        if fields.get("state") in OPEN.get(reference.path.partition("/")[0], ()):
            busy_until = max(busy_until, fields.get("leaseUntil") or busy_until)
            reference.set(_emptied(reference.path, fields), retry=None, timeout=20)
        else:
            reference.delete(retry=None, timeout=20)
        count += 1
    seconds = (busy_until - datetime.now(UTC)).total_seconds()
    if seconds > 0:
        wait(seconds)
        time.sleep(seconds)
    return count


def _emptied(path: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the record of an event or an effect at its end, without anything of the user's."""
    kept = {name: fields.get(name) for name in ("kind", "service", "source", "correlationId", "eventId", "receivedAt")}
    state = EventState.IGNORED.value if path.startswith("inbox/") else EffectState.FAILED.value
    ended = {"state": state, "reason": erasures.REASON, "finishedAt": datetime.now(UTC), "leaseUntil": None}
    empty = {**erasures.EMPTIED, "payload": {}, "effects": []}
    counts = {name: int(fields.get(name) or 0) for name in ("attempts", "faults")}
    return {**{name: value for name, value in kept.items() if value is not None}, **empty, **counts, **ended}
