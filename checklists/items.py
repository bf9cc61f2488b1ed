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
class Detail:
    """What a person needs to know, by its name. `text` may hold commands and values between backticks.

    `is_value` says that it belongs to one stack: the rehearsal's name servers are not production's.
    """

    label: str
    text: str
    is_value: bool = True


def no_details(_outputs: Outputs) -> tuple[Detail, ...]:
    """Return no values."""
    return ()


def always(_outputs: Outputs) -> bool:
    """Return that an item belongs to every launch."""
    return True


@dataclass(frozen=True)
class Item:
    """One line of the handover.

    `proofs` are the findings that prove it, and each of them has to be there: a finding's id, or with a final dot the
    beginning of ids. `extras` count like proofs where they are there, and are not missed. `asides` are findings that
    say more about it but prove nothing. An item without proofs is a person's part: it is done when somebody signs it;
    `steps` say how to do it and `details` give the values for it. `production` says what is left to show after a
    rehearsal. `proven_with` is the command that brings the proofs.
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
    applies: Callable[[Outputs], bool] = always

    @property
    def by_hand(self) -> bool:
        """Whether only a person's signature can close the item."""
        return not self.proofs


def proven_by(proof: str, finding_id: str) -> bool:
    """Return whether a finding is one that `proof` asks for."""
    return finding_id.startswith(proof) if proof.endswith(".") else finding_id == proof
