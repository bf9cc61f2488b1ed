"""The mail sink: whatever is sent in the rehearsal ends here, as journal entries of kind `mail`."""

from __future__ import annotations

from collections.abc import Iterable
from email import message_from_bytes, policy

from localcloud.world import World

KIND = "mail"


def deliver(world: World, sender: str, recipients: Iterable[str], raw: bytes) -> None:
    """Keep one message (RFC 5322) for each recipient."""
    subject = str(message_from_bytes(raw, policy=policy.default).get("Subject", ""))
    for recipient in recipients:
        world.record(KIND, recipient, sender=sender, subject=subject, raw=raw.decode("utf-8", "surrogateescape"))
