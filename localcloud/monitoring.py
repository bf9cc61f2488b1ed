"""Cloud Monitoring's "Send test notification": a mail to each channel that alert policies name, by the SMTP sink."""

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
    channels = {channel.outputs.get("name", channel.id): channel for channel in world.resources(CHANNEL)}
    policies = [policy for policy in world.resources(POLICY) if policy.inputs.get("enabled", True)]
    reached = {_title(policy): _addresses(policy, channels) for policy in policies}
    addresses = sorted({address for found in reached.values() for address in found})
    for address in addresses:
        _send(address, smtp_port, mark)
    arrived = tuple(address for address in addresses if _kept(world, address, mark))
    mute = (title for title, found in reached.items() if not set(found) & set(arrived))
    return SentNotification(arrived, tuple(mute))


def _title(policy: Resource) -> str:
    return str(policy.inputs.get("displayName", policy.id))


def _addresses(policy: Resource, channels: dict[str, Resource]) -> list[str]:
    """Return the addresses of the policy's e-mail channels that exist and are not switched off."""
    named: Iterable[str] = policy.inputs.get("notificationChannels") or ()
    found = [channels[name].inputs for name in named if name in channels]
    usable = [one for one in found if one.get("type") == "email" and one.get("enabled", True)]
    return [str((one.get("labels") or {}).get("email_address", "")) for one in usable]


def _send(address: str, smtp_port: int, mark: str) -> None:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = SENDER, address, "Test notification"
    message.set_content(f"This is a test of the notification channel {address}.\n\n{mark}\n")
    with smtplib.SMTP(LOOPBACK, smtp_port, timeout=TIMEOUT) as sink:
        sink.send_message(message)


def _kept(world: World, address: str, mark: str) -> bool:
    return any(mark in str(entry.data.get("raw", "")) for entry in world.journal(mailbox.KIND, address))
