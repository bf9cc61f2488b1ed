"""Plays the criteria, several at once, and turns whatever happens into findings."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor

from blueprint.finding import Finding, Status
from flows import scene
from flows.accept import (
    billing,
    budget,
    charge,
    closed,
    cut_off,
    ended,
    latency,
    mail,
    money,
    repeat,
    signup,
    ticket,
    words,
)
from flows.runner import UNREACHED
from flows.scene import Scene
from flows.stage import Stage

Tell = Callable[[str], None]
Play = Callable[[Scene], Finding]

PREFIX = "accept."
AT_ONCE = 4
FIX = "Look at `./launch status` for what is down and at `./launch logs NAME`; then run `./launch accept` again."
# id → what it is, in a founder's words, and how it is played; speed is measured before the others make noise
CRITERIA: dict[str, tuple[str, Play]] = {
    latency.ID: ("the door answers within half a second", latency.play),
    signup.ONCE: ("a signup makes one user and one contact", signup.play_once),
    billing.FAST: ("billing follows a payment within 30 s", billing.play_fast),
    charge.ID: ("a failed charge is reminded of, an ended one downgraded", charge.play),
    money.MODE: ("an event of Stripe's other mode grants nothing", money.play_mode),
    money.PLAN: ("the price decides the plan, and refunds and disputes end it", money.play_plan),
    money.EXTENSION: ("customers of Stripe's Firebase extension are known", money.play_extension),
    money.UNCLAIMED: ("a payment of nobody is told to a person", money.play_unclaimed),
    ticket.FAST: ("a ticket is there within 2 s, notified once", ticket.play_fast),
    closed.WRITE: ("nobody writes billing without proof", closed.play_write),
    closed.READ: ("nobody reads another's billing", closed.play_read),
    repeat.REPLAY: ("a replay makes no duplicate", repeat.play_replay),
    repeat.NETWORK: ("a lost connection corrupts nothing", repeat.play_network),
    signup.CLOSED: ("the app is closed right after the signup", signup.play_closed),
    billing.CRM_DOWN: ("a payment succeeds while the CRM times out", billing.play_crm_down),
    ticket.TEXT: ("emoji and long text", ticket.play_text),
    signup.KNOWN: ("a user whom the CRM knows already", signup.play_known),
    ended.ID: ("a user answers a closed ticket", ended.play),
    mail.ID: ("mail arrives in a mailbox", mail.play),
    repeat.OFFLINE: ("an offline queue is sent twice", repeat.play_offline),
    signup.DEVICES: ("several devices at once", signup.play_devices),
    budget.ID: ("one user cannot flood the team", budget.play),
    cut_off.ID: ("an empty secret opens no door", cut_off.play),
    words.ID: ("the app says in plain words what happened", words.play),
}


FAULTY = (billing.CRM_DOWN, words.ID)
"""Criteria for which a vendor has to fail on demand: `./launch accept` plays them in the rehearsal."""


class UnknownCriterion(ValueError):  # noqa: N818 - says what was named
    """There is no criterion of that name; the message lists those that there are."""


def chosen(only: Iterable[str]) -> list[str]:
    """Return the ids of the criteria that are named, all when none is; raises UnknownCriterion naming what is unknown.

    `accept.` may be left out.
    """
    wanted = [name if name.startswith(PREFIX) else PREFIX + name for name in only]
    unknown = [name.removeprefix(PREFIX) for name in wanted if name not in CRITERIA]
    if unknown:
        known = ", ".join(name.removeprefix(PREFIX) for name in CRITERIA)
        raise UnknownCriterion(f"there is no criterion {', '.join(unknown)}; the criteria are {known}")
    return [name for name in CRITERIA if not wanted or name in wanted]


def play(stage: Stage, only: Iterable[str] = (), tell: Tell = lambda _: None) -> list[Finding]:
    """Play the criteria that `only` names, or all, and return one finding each, in a fixed order.

    `tell` is told what is played. What needs a vendor that fails is left out on a staging stack, unless it is named.
    Where nobody may act as the vendors nothing can be played, and every one is unknown.
    """
    named, ids = list(only), chosen(only)
    if stage.public:
        left = [
            _unknown(id_, "it needs a vendor that fails, which only a rehearsal has") for id_ in ids if id_ in FAULTY
        ]
        return [*_all_of([id_ for id_ in ids if id_ not in FAULTY], stage, tell), *(left if named else [])]
    return _all_of(ids, stage, tell)


def _all_of(ids: list[str], stage: Stage, tell: Tell) -> list[Finding]:
    if not ids:
        return []
    if stage.rehearsal is None:
        return [_unknown(id_, "nobody can act as Stripe, CRM and helpdesk on the real clouds") for id_ in ids]
    try:
        with scene.set_up(stage) as opened:
            return _played(ids, opened, tell)
    except UNREACHED as error:
        return [_unknown(id_, f"something did not answer: {_named(error)}") for id_ in ids]


def _played(ids: list[str], opened: Scene, tell: Tell) -> list[Finding]:
    def one(id_: str) -> Finding:
        tell(CRITERIA[id_][0])
        try:
            return CRITERIA[id_][1](opened)
        except UNREACHED as error:
            return _unknown(id_, f"something did not answer: {_named(error)}")

    alone = [one(id_) for id_ in ids if id_ == latency.ID]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return alone + list(pool.map(one, (id_ for id_ in ids if id_ != latency.ID)))


def _named(error: Exception) -> str:
    return f"{type(error).__name__}: {str(error)[:300]}"


def _unknown(id_: str, observed: str) -> Finding:
    return Finding(id_, CRITERIA[id_][0], Status.UNKNOWN, "the criterion can be played to its end", observed, fix=FIX)
