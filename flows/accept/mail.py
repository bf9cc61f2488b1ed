"""Criterion: what the stack mails arrives in a mailbox, once, in the inbox, and as its sender's."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from blueprint.finding import Finding, Status
from flows import helpdesk, mailbox
from flows.accept.verdict import found
from flows.device import SUPPORT, Intent, event_id, signed_in
from flows.mailbox import Arrived
from flows.mailbox_account import MISSING, MailboxError
from flows.scene import Scene
from flows.waiting import settle, wait_for
from handlers.support import tickets

ID = "accept.mail.arrives"
PATIENCE = 300.0  # seconds; a server that does not know the sender may let it come again minutes later (greylisting)
BETWEEN = 3.0  # seconds between two looks, which are few enough for every provider
STEP = 30.0  # seconds until the ticket is at the helpdesk
MESSAGE, REPLY = "Does mail arrive? 🦜", "It does. 📬"
EXPECTED = "each mail arrives once, in the inbox, with its text intact, and passes SPF, DKIM or DMARC where told"
FIX = (
    "Follow the mail in the mailer's own log and in `./launch logs support-ticket`; `./launch verify` says what is "
    "wrong with the domain's mail records, without which mail is junk or refused."
)


@dataclass(frozen=True)
class Awaited:
    """A mail that has to come: what it is in words, the address it goes to, and a text that is in it."""

    what: str
    to: str
    text: str

    def is_it(self, mail: Arrived, ticket_id: str) -> bool:
        """Tell whether this is the mail, about a ticket."""
        return mail.names(ticket_id) and self.to.lower() in mail.to.lower() and self.text in mail.text


@dataclass(frozen=True)
class Observation:
    """The ticket that the mails are about, what was awaited, what came of it in the mailbox, and after how long."""

    ticket_id: str
    awaited: tuple[Awaited, ...]
    arrived: tuple[Arrived, ...]
    seconds: float


def play(scene: Scene, patience: float = PATIENCE) -> Finding:
    """Ask for help, have the team answer, and wait up to `patience` seconds for the mails of both."""
    account, team = scene.stage.mailbox, scene.stage.team
    if account is None:
        return _unknown(MISSING)
    if not (account.receives(team) or scene.stage.works_by_mail):
        return _unknown(
            f"the team is mailed at {team or 'an address that is not known'}, which the test mailbox does not receive: "
            f"set support.receiver of this stack to {account.tagged('team')}"
        )
    try:
        with mailbox.opened(account) as box:
            return judge(_played(scene, box, patience))
    except MailboxError as error:
        return _unknown(str(error))


def _played(scene: Scene, box: mailbox.Mailbox, patience: float) -> Observation:
    since, device, at = box.places(), signed_in(scene, "accept-mail"), helpdesk.of(scene)
    asked = device.send(Intent(SUPPORT, "mail", {"subject": "Synthetic request", "message": MESSAGE}))
    ticket_id = tickets.id_for(event_id(asked))
    wait_for(lambda: scene.record(tickets.path(ticket_id)), lambda kept: bool(kept.get("helpdeskId")), STEP)
    if scene.stage.works_by_mail:
        at.answer(ticket_id, REPLY)
    awaited = tuple(_awaited(scene, device.email))
    look: Callable[[], Sequence[Arrived]] = partial(box.arrived, since)
    _, seconds = wait_for(
        look, lambda mails: all(_count(each, mails, ticket_id) for each in awaited), patience, min(BETWEEN, patience)
    )
    settle()
    mails = tuple(each for each in look() if each.names(ticket_id))
    return Observation(ticket_id, awaited, mails, seconds)


def _awaited(scene: Scene, user: str) -> list[Awaited]:
    account, team = scene.stage.mailbox, scene.stage.team
    to_the_team = [Awaited("the request to the team", team, MESSAGE)] if account and account.receives(team) else []
    return [*to_the_team, *([Awaited("the reply to the user", user, REPLY)] if scene.stage.works_by_mail else [])]


def judge(seen: Observation) -> Finding:
    """Return whether every mail came once, where people read it, and was taken for what it is."""
    counts = {each.what: _count(each, seen.arrived, seen.ticket_id) for each in seen.awaited}
    junk = [each.subject for each in seen.arrived if each.is_junk]
    doubted = [method for each in seen.arrived if (method := _doubt(each))]
    told = [f"{what} came {count} times" if count != 1 else f"{what} came" for what, count in counts.items()]
    told += [f"{len(junk)} of them in the junk"] * bool(junk)
    told += [f"the mailbox's server says {' and '.join(sorted(set(doubted)))}"] * bool(doubted)
    is_well = bool(counts) and set(counts.values()) == {1} and not junk and not doubted
    return found(
        ID,
        seen.ticket_id,
        is_well,
        EXPECTED,
        f"after {seen.seconds:.0f} s {', '.join(told)}",
        FIX,
        arrived=counts,
        junk=len(junk),
        results=[dict(each.results) for each in seen.arrived],
    )


def _count(awaited: Awaited, mails: Sequence[Arrived], ticket_id: str) -> int:
    return sum(awaited.is_it(each, ticket_id) for each in mails)


def _doubt(mail: Arrived) -> str:
    """Return by which method the receiving server found that the mail is not its sender's; DMARC decides where told."""
    told = {method: result for method, result in mail.results.items() if result not in ("none", "neutral", "temperror")}
    decisive = {"dmarc": told["dmarc"]} if "dmarc" in told else told
    if not decisive or "pass" in decisive.values():
        return ""
    return ", ".join(f"{method}={result}" for method, result in decisive.items())


def _unknown(observed: str) -> Finding:
    title = "mail arrives in a mailbox"
    return Finding(ID, title, Status.UNKNOWN, EXPECTED, observed, fix=f"{observed[:1].upper()}{observed[1:]}.")
