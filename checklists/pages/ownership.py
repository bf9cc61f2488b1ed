"""Accounts and ownership: who holds what the launch stands on, and how each person leaves again."""

from __future__ import annotations

from checklists import accounts
from checklists.accounts import Known
from checklists.handover import Handover
from checklists.pages.blocks import Page, Table, Text

UNSAID = "—"
HEAD = ("account", "id and plan", "owner", "second person", "second factor", "billing", "recovery")


def page(handover: Handover) -> Page:
    """Return the page of the accounts."""
    missing = accounts.missing(handover.accounts)
    lead = (
        f"{missing} answers are missing (—): `./launch checklist accounts` asks for them."
        if missing
        else "Each account with its owner, a second person who can sign in, and the way back in."
    )
    rows = tuple(_row(one) for one in handover.accounts)
    return Page("accounts", "Accounts and ownership", lead, (Table("Accounts", HEAD, rows),), ("accounts", "billing"))


def _row(one: Known) -> tuple[str, ...]:
    account = one.account
    link = f" {account.link}" if account.link else ""
    identity = ", ".join(part for part in (account.identity, account.plan) if part)
    ends = one.answers.get(accounts.ENDS, "")
    until = f"; registered until {ends}" if ends else ""
    said = (one.answers.get(question) or UNSAID for question in accounts.QUESTIONS)
    return (f"**{account.name}**: {account.purpose}.{link}", f"{identity}{until}", *said)


def offboarding(handover: Handover) -> Page:
    """Return the page of what to do when a person leaves, or the company the toolkit."""
    names = tuple(f"{one.account.name}: {one.answers.get('owner') or 'nobody has said'}" for one in handover.accounts)
    kept = ", ".join(handover.outputs.protected) or "nothing is protected, as in every rehearsal"
    flag = "" if handover.stack == "local" else f" --stack {handover.stack}"
    person = (
        "Remove the person from each account above; hand over those they own first.",
        f"Exchange every secret that they knew: `./launch secrets rotate NAME{flag}`. `./launch secrets list{flag}` "
        "shows the new dates.",
        f"Give the alerts to somebody else: `alerts.email` in Pulumi.{handover.stack}.yaml, then `./launch up{flag}`.",
        f"Take roles away that were given by hand: `./launch preview --refresh{flag}` names them with the command.",
        "Sign `accounts` and `on-call` again: the former signatures were for other people.",
    )
    leaving = (
        "A user leaves: `./launch users export` hands over what is kept of them, `./launch users erase` takes it away.",
        "You leave the toolkit: everything lives in your own accounts and goes on running. The program is plain "
        f"Pulumi, and `pulumi stack export --stack {handover.stack}` is the whole state.",
        f"You end the launch: `./launch destroy{flag}` keeps what is protected ({kept}). Let the domain go last.",
    )
    return Page(
        "offboarding",
        "Offboarding",
        "When somebody leaves, and when the company does.",
        (
            Table("When a person leaves", ("step", "what to do"), tuple((str(n), s) for n, s in enumerate(person, 1))),
            Table("When something ends", ("step", "what to do"), tuple((str(n), s) for n, s in enumerate(leaving, 1))),
            Text(f"Owners now: {'; '.join(names)}." if names else "No account is known."),
        ),
        ("offboarding",),
        joins=True,
    )
