"""A message that really goes, where the stack's mailer can be had to send one: in the rehearsal."""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Sequence

from blueprint.finding import Finding
from verify.answers.message import Arrived
from verify.groups.mail_upwards import upwards
from verify.judge.message import Authenticated, judge_message, judge_not_arrived
from verify.mail.dmarc_walk import walks
from verify.mail.signatures import author_domain, signatures
from verify.mail.spf_check import check_host
from verify.mail.spf_macros import Mail
from verify.observe.message import send_and_fetch
from verify.scene import Scene

MAILER = "resend"  # whose stand-in sends in the rehearsal


async def real_message(scene: Scene) -> Sequence[Finding]:
    """Return how a message of the domain's arrives."""
    promised, mailer, domain = scene.subject.promised, scene.reach.mailer, scene.subject.domain
    if promised is None or mailer is None or MAILER not in promised.mail.providers:
        return []
    recipient = f"verify-{scene.now.timestamp():.6f}@{domain}"  # nobody else's, so that it is found again
    arrived = await scene.aside(send_and_fetch, mailer, f"verify@{domain}", recipient, scene.reach.timeout)
    if arrived.error:
        return judge_not_arrived(domain, arrived.error)
    return judge_message(arrived, await authenticated(arrived, scene))


async def authenticated(arrived: Arrived, scene: Scene) -> Authenticated:
    """Return what a receiver of the message finds out."""
    ask, author = upwards(scene), author_domain(arrived.raw)
    sender = arrived.sender.rpartition("@")[2].lower() or arrived.helo
    mail = Mail(ipaddress.ip_address(arrived.client), arrived.sender, arrived.helo, sender)
    (result, why), signed = await asyncio.gather(check_host(mail, ask), signatures(arrived.raw, ask, scene.now))
    domains = dict.fromkeys((author, sender, *(each.domain for each in signed if each.domain)))
    return Authenticated(author, sender, result, why, signed, dict(await walks(list(domains), ask)))


CHECKS = (real_message,)
