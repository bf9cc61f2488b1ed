"""The items that `./launch accept` proves: acceptance criteria and edge cases, as one section of the handover."""

from __future__ import annotations

from checklists.checked_items import NOT_PLAYED
from checklists.items import Detail, Item, Level, Owner, no_details

SECTION = "Acceptance tests"
COMMAND = "./launch accept"
HOW = Detail("Played by", f"`{COMMAND}`", is_value=False)


def _item(id_: str, title: str, why: str, production: str, *proofs: str, level: Level = Level.MUST) -> Item:
    criteria = tuple(f"accept.{name}" for name in proofs)
    details = lambda outputs: (*no_details(outputs), HOW)  # noqa: E731 - one value, the same for all
    return Item(
        id_,
        SECTION,
        title,
        why,
        Owner.ENGINEER,
        criteria,
        NOT_PLAYED,
        details=details,
        production=production,
        proven_with=COMMAND,
        level=level,
        played=True,
    )


ACCEPTED: tuple[Item, ...] = (
    _item(
        "accept-once",
        "Repeats: however often something is sent, it happens once",
        "Apps repeat what was not acknowledged, from several devices, after tunnels and after being closed.",
        "The released app, in flight mode and back, makes one contact and one ticket.",
        "signup.once",
        "replay",
        "network",
        "edge.app_closed",
        "edge.offline_queue",
        "edge.devices",
        "edge.known_contact",
    ),
    _item(
        "accept-billing",
        "Billing: it follows the money, whatever else is down",
        "A paid plan has to come at once, and a failed charge must not cost a customer their plan without a word.",
        "Stripe's test clocks show the same path in test mode.",
        "billing.fast",
        "charge.failed",
        "edge.crm_timeout",
    ),
    _item(
        "accept-money",
        "Plans: what is paid decides the plan, and nothing else does",
        "Test payments must not give plans away, an upgrade must raise the plan, and no payment may end without one.",
        "A purchase, an upgrade in the portal and a refund in Stripe's test mode show the same.",
        "money.mode",
        "money.plan",
        "money.moved",
        "money.nobody",
    ),
    _item(
        "accept-support",
        "Support requests: each is there at once, word for word",
        "Whoever asks for help waits; and what they wrote, emoji included, is what the team must read.",
        "A request from the released app reaches the real helpdesk.",
        "ticket.fast",
        "edge.text",
        "edge.ended_ticket",
        "mail.arrives",
    ),
    _item(
        "accept-closed",
        "Access: nobody writes billing without proof, nobody reads another's",
        "A door that trusts its visitors gives plans away and customers' data with them.",
        "The deployed rules are those of this project, see the rules tests.",
        "billing.closed",
        "billing.private",
    ),
    _item(
        "accept-speed",
        "Speed: the door answers 95 of 100 requests within half a second",
        "Stripe and apps give up on a door that is slow, and come again with more.",
        "The latency chart of the public service shows the same under real traffic.",
        "latency",
        level=Level.SHOULD,
    ),
)
