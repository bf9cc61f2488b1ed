"""What is known of a test notification: checks from outside cannot send one, so whoever can tells them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Notified:
    """Where a test notification arrived, and which alerts (titles) lead to nobody; nothing when none was sent.

    `signed` tells who has signed that one came, and when; `error` why none could be sent.
    """

    arrived: tuple[str, ...] = ()
    mute: tuple[str, ...] = ()
    signed: str = ""
    error: str = ""
