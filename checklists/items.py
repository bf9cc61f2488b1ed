"""What a handover consists of: each item with its level, its owner, what proves it, and what a person has to do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from blueprint.outputs import Outputs

QUARTER, YEAR = timedelta(days=90), timedelta(days=365)


class Owner(StrEnum):
    """Who answers for an item."""

    FOUNDER = "founder"
    ENGINEER = "engineer"


class Level(StrEnum):
    """How much depends on an item: nobody launches without a MUST; a SHOULD is missed later, a MAY by few."""

    MUST = "must"
    SHOULD = "should"
    MAY = "may"


@dataclass(frozen=True)
class Detail:
    """What a person needs to know, by its name. `text` may hold commands and values between backticks.

    `is_value` says that it belongs to one stack: the rehearsal's name servers are not production's. `is_signed` says
    that a signature is for this text, and void when it changes; what changes at every deployment is not.
    """

    label: str
    text: str
    is_value: bool = True
    is_signed: bool = True


def no_details(_outputs: Outputs) -> tuple[Detail, ...]:
    """Return no values."""
    return ()


def applicable(_outputs: Outputs) -> str:
    """Return that nothing keeps an item from belonging to a launch."""
    return ""


@dataclass(frozen=True)
class Item:
    """One line of the handover.

    `proofs` are the findings that prove it, and each of them has to be there: a finding's id, or with a final dot the
    beginning of ids. `extras` count like proofs where they are there, and are not missed. `asides` are findings that
    say more about it but prove nothing. An item without proofs is a person's part: it is done when somebody signs it;
    `steps` say how to do it and `details` give the values for it. `production` says what is left to show after a
    rehearsal. `proven_with` is the command that brings the proofs.

    `not_applicable` returns why a launch does not have the item, nothing where it has. A signature holds for `lasts`
    (None: as long as what was signed stays the same). One that is `played` acts as users and vendors do, which nobody
    may in production: there a person does what `production` says, and signs it.
    `held_by` are findings that hold a person's step back: as long as one is not well, it must not be done.
    """

    id: str
    section: str
    title: str
    why: str
    owner: Owner
    proofs: tuple[str, ...] = ()
    extras: tuple[str, ...] = ()
    asides: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()
    details: Callable[[Outputs], tuple[Detail, ...]] = no_details
    production: str = ""
    proven_with: str = "./launch up"
    not_applicable: Callable[[Outputs], str] = applicable
    level: Level = Level.MUST
    lasts: timedelta | None = None
    played: bool = False
    held_by: tuple[str, ...] = ()

    @property
    def by_hand(self) -> bool:
        """Whether only a person's signature can close the item."""
        return not self.proofs


def proven_by(proof: str, finding_id: str) -> bool:
    """Return whether a finding is one that `proof` asks for."""
    return finding_id.startswith(proof) if proof.endswith(".") else finding_id == proof
