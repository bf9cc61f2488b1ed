"""Accounts and ownership: who holds what the launch stands on, and how each person leaves again."""

from __future__ import annotations

from checklists import accounts
from checklists.accounts import Known
from checklists.handover import Handover
from checklists.pages.blocks import Page, Steps, Table, Text

UNSAID = "—"
HEAD = ("account", "id and plan", "owner", "second person", "second factor", "billing", "recovery")


def page(handover: Handover) -> Page:
    """Return the page of the accounts."""
    missing = accounts.missing(handover.accounts)
    lead = (
        f"{missing} answers are missing (—): `./launch checklist accounts{handover.flag}` asks for them."
        if missing
        else "Each account with its owner, a second person who can sign in, and how to get back in."
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
    kept = ", ".join(handover.outputs.protected) or "nothing is protected, as in every rehearsal"
    flag = handover.flag
    person = (
        "Hand over the accounts that they own (chapter 1), then remove them from every account.",
        f"Rotate every secret that they knew: `./launch secrets rotate NAME{flag}`. `./launch secrets list{flag}` "
        "shows the new dates.",
        f"Give the alerts to somebody else: `alerts.email` in Pulumi.{handover.stack}.yaml, then `./launch up{flag}`.",
        f"Take back roles that were given by hand: `./launch preview --refresh{flag}` names each, with the command.",
        "Sign `accounts` and `on-call` again: the old signatures were for other people.",
    )
    leaving = (
        (
            "a user leaves",
            f"`./launch users export ID{flag}` exports what is kept about them, `./launch users erase ID{flag}` "
            "deletes it.",
        ),
        (
            "you leave the toolkit",
            "Everything is in your own accounts and keeps running. The program is plain Pulumi, and "
            f"`pulumi stack export --stack {handover.stack}` is the whole state.",
        ),
        (
            "you end the launch",
            f"`./launch destroy{flag}` keeps what is protected ({kept}). Give up the domain last.",
        ),
    )
    return Page(
        "offboarding",
        "Offboarding",
        "When a person leaves, and when a user or you do.",
        (
            Steps("When a person leaves", person),
            Table("When something ends", ("what ends", "what to do"), leaving),
            Text(_owners(handover)),
        ),
        ("offboarding",),
        joins=True,
    )


def _owners(handover: Handover) -> str:
    known = tuple(f"{one.account.name}: {owner}" for one in handover.accounts if (owner := one.answers.get("owner")))
    unknown = tuple(one.account.name for one in handover.accounts if not one.answers.get("owner"))
    told = f"Owners now: {'; '.join(known)}. " if known else ""
    if not unknown:
        return told or "No account is known."
    which = "any account" if not known else ", ".join(unknown)
    return f"{told}Nobody has said yet who owns {which}: `./launch checklist accounts{handover.flag}` asks."
