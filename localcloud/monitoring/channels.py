"""Notification channels: which addresses a policy reaches, and mails to them by the SMTP sink.

`send_test` is Cloud Monitoring's "Send test notification", to each channel that alert policies name.
"""

from __future__ import annotations

import smtplib
from collections.abc import Iterable
from dataclasses import dataclass
from email.message import EmailMessage

from localcloud.base.ports import LOOPBACK
from localcloud.base.world import Resource, World
from localcloud.saas import mailbox

POLICY = "gcp:monitoring/alertPolicy:AlertPolicy"
CHANNEL = "gcp:monitoring/notificationChannel:NotificationChannel"
SENDER = "alerting-noreply@google.com"
TIMEOUT = 5.0  # seconds


@dataclass(frozen=True)
class SentNotification:
    """Addresses at which the notification is kept, and the titles of alert policies that reach none."""

    arrived: tuple[str, ...]
    mute: tuple[str, ...]


def send_test(world: World, smtp_port: int, mark: str) -> SentNotification:
    """Send a notification that carries `mark` to every e-mail channel in use, and look where it has arrived.

    Raises OSError (smtplib's errors are such) when nobody takes it.
    """
    policies = [policy for policy in world.resources(POLICY) if policy.inputs.get("enabled", True)]
    reached = {_title(policy): addresses(world, policy.inputs.get("notificationChannels") or ()) for policy in policies}
    everybody = sorted({address for found in reached.values() for address in found})
    for address in everybody:
        text = f"This is a test of the notification channel {address}.\n\n{mark}\n"
        send(smtp_port, address, "Test notification", text)
    arrived = tuple(address for address in everybody if kept(world, address, mark))
    mute = (title for title, found in reached.items() if not set(found) & set(arrived))
    return SentNotification(arrived, tuple(mute))


def addresses(world: World, names: Iterable[str]) -> list[str]:
    """Return the addresses of those e-mail channels that exist and are not switched off."""
    channels = {channel.outputs.get("name", channel.id): channel for channel in world.resources(CHANNEL)}
    found = [channels[name].inputs for name in names if name in channels]
    usable = [one for one in found if one.get("type") == "email" and one.get("enabled", True)]
    return [str((one.get("labels") or {}).get("email_address", "")) for one in usable]


def send(smtp_port: int, address: str, subject: str, text: str, id_: str = "") -> None:
    """Send a mail by the sink, with a Message-ID if one is given. Raises OSError when nobody takes it."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = SENDER, address, subject
    if id_:
        message["Message-ID"] = f"<{id_}>"
    message.set_content(text)
    with smtplib.SMTP(LOOPBACK, smtp_port, timeout=TIMEOUT) as sink:
        sink.send_message(message)


def kept(world: World, address: str, mark: str) -> bool:
    """Return whether a mail that carries `mark`, in its text or as its Message-ID, has arrived at an address."""
    return any(mark in str(entry.data.get("raw", "")) for entry in world.journal(mailbox.KIND, address))


def _title(policy: Resource) -> str:
    return str(policy.inputs.get("displayName", policy.id))
