"""What a handover consists of: each item with its owner, what proves it, and what a person has to do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from blueprint.outputs import Outputs


class Owner(StrEnum):
    """Who answers for an item."""

    FOUNDER = "founder"
    ENGINEER = "engineer"


@dataclass(frozen=True)
class Item:
    """One line of the handover.

    `proofs` are prefixes of the finding ids that prove it. An item without proofs is a person's step: it is done when
    somebody signs it, and `details` gives the values that the person needs.
    """

    id: str
    section: str
    title: str
    why: str
    owner: Owner
    proofs: tuple[str, ...] = ()
    details: Callable[[Outputs], tuple[str, ...]] = lambda _outputs: ()

    @property
    def by_hand(self) -> bool:
        """Whether only a person's signature can close the item."""
        return not self.proofs


FLOWS, DOMAIN, MAIL, WEB, PEOPLE = (
    "What must not break",
    "Domain and DNS",
    "E-mail",
    "Web and edge",
    "What only a person can do",
)

ITEMS: tuple[Item, ...] = (
    Item(
        "payment",
        FLOWS,
        "A payment changes the customer's plan, exactly once",
        "Stripe repeats and reorders its events; a customer must neither lose a paid plan nor get it twice.",
        Owner.ENGINEER,
        ("flow.payment",),
    ),
    Item(
        "signup",
        FLOWS,
        "A new user reaches the CRM, exactly once",
        "Whoever signs up is one record here and one contact there, without anybody copying it by hand.",
        Owner.ENGINEER,
        ("flow.signup",),
    ),
    Item(
        "support",
        FLOWS,
        "A support request becomes one ticket and one notification",
        "A request that gets lost costs a customer, and one that calls twice costs your attention.",
        Owner.ENGINEER,
        ("flow.support",),
    ),
    Item(
        "health",
        FLOWS,
        "The handlers answer by the way that webhooks come in",
        "The uptime check looks at the same address as this verification did.",
        Owner.ENGINEER,
        ("flow.health", "web.health."),
        lambda outputs: (outputs.health_url,),
    ),
    Item(
        "records",
        DOMAIN,
        "The DNS holds exactly what the stack promises",
        "A record that was changed by hand is the most common cause of a launch that worked yesterday.",
        Owner.ENGINEER,
        ("dns.",),
    ),
    Item(
        "spf",
        MAIL,
        "SPF names every sender, within ten lookups",
        "Above ten lookups receivers treat the record as broken, and reject mail that was fine before.",
        Owner.ENGINEER,
        ("mail.spf.",),
    ),
    Item(
        "dkim",
        MAIL,
        "Each provider's DKIM key is published and strong",
        "Large receivers refuse unsigned mail from new domains.",
        Owner.ENGINEER,
        ("mail.dkim.",),
    ),
    Item(
        "dmarc",
        MAIL,
        "DMARC says what receivers do with forged mail",
        "The reports show who sends as you; the policy is tightened when they are clean.",
        Owner.FOUNDER,
        ("mail.dmarc.",),
    ),
    Item(
        "certificates",
        WEB,
        "Every host shows a trusted certificate with weeks to spare",
        "An expired certificate locks every visitor out at once.",
        Owner.ENGINEER,
        ("web.tls.",),
    ),
    Item(
        "redirects",
        WEB,
        "http leads to https, and every redirect to its target in one hop",
        "Search engines and payment pages follow the first answer; a chain costs time and ranking.",
        Owner.ENGINEER,
        ("web.redirect.",),
    ),
    Item(
        "hsts",
        WEB,
        "Browsers are told to come by https only",
        "HSTS is raised in stages, because it cannot be taken back before its time has passed.",
        Owner.ENGINEER,
        ("web.hsts.",),
    ),
    Item(
        "cache",
        WEB,
        "Assets come from the edge's cache, the API never does",
        "A cached API answer can show one user's data to another.",
        Owner.ENGINEER,
        ("web.cache.",),
    ),
    Item(
        "nameservers",
        PEOPLE,
        "The registrar points the domain to Cloudflare",
        "Until then nothing of this is visible to the world.",
        Owner.FOUNDER,
        details=lambda outputs: outputs.nameservers,
    ),
    Item(
        "dnssec",
        PEOPLE,
        "The registrar holds the zone's DS record",
        "It closes the chain of DNSSEC signatures; a wrong one makes the domain vanish, so copy it exactly.",
        Owner.FOUNDER,
        details=lambda outputs: (outputs.dnssec_ds,),
    ),
    Item(
        "secrets",
        PEOPLE,
        "Every secret has its production value, known to no one who does not need it",
        "Values go to Secret Manager by `./launch secrets push`, never through the stack's state or a chat.",
        Owner.FOUNDER,
        details=lambda outputs: outputs.secrets,
    ),
    Item(
        "alerts",
        PEOPLE,
        "A test alert reached the person on call",
        "An alert that nobody receives is not an alert.",
        Owner.FOUNDER,
        details=lambda outputs: outputs.alert_policies,
    ),
    Item(
        "accounts",
        PEOPLE,
        "Two people can sign in to Google Cloud, Cloudflare, Stripe and the registrar, each with a second factor",
        "One lost phone must not lock the company out.",
        Owner.FOUNDER,
    ),
)
