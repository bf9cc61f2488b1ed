"""E-mail: who may send (SPF, DKIM, DMARC), where mail goes to (MX), how it gets there, and one that really went."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from blueprint.finding import Finding
from blueprint.mail_authentication import txt_text
from blueprint.mail_providers import NOBODY
from blueprint.outputs import Outputs
from verify.answers.dns import Question
from verify.group import together
from verify.groups import mail_message, mail_transport
from verify.groups.mail_upwards import upwards
from verify.judge.dkim import judge_dkim, judge_no_selector, judge_revoked
from verify.judge.dmarc import DmarcPromise, judge_dmarc
from verify.judge.mx import hosts, judge_hosts, judge_mx, judge_reverse
from verify.judge.spf import judge_spf
from verify.mail import dmarc_walk, spf_tree
from verify.mail.aliases import Found, follow
from verify.mail.reports import destinations
from verify.mail.spf_macros import reverse_name
from verify.mail.spf_syntax import is_spf
from verify.scene import Scene

ADDRESSES = ("A", "AAAA")


async def spf(scene: Scene) -> Sequence[Finding]:
    """Return what the SPF records of the domain and of its return paths are worth."""
    senders = {scene.subject.domain: (), **_promised_senders(scene.subject.promised)}
    return await together(_spf(domain, wanted, scene) for domain, wanted in senders.items())


async def _spf(domain: str, senders: Sequence[str], scene: Scene) -> list[Finding]:
    tree, answer, leftover = await asyncio.gather(
        spf_tree.walk(domain, scene.dns.ask_all), scene.dns.ask(domain, "TXT"), scene.dns.ask(domain, "SPF")
    )
    return judge_spf(tree, senders, answer, leftover)


def _promised_senders(promised: Outputs | None) -> Mapping[str, tuple[str, ...]]:
    """Return the promised SPF records' domains, each with the senders that it includes."""
    texts = [
        (each.name, txt_text(each.content)) for each in (promised.records if promised else ()) if each.type == "TXT"
    ]
    return {name: spf_tree.includes(text) for name, text in texts if is_spf(text)}


async def dkim(scene: Scene) -> Sequence[Finding]:
    """Return what each known selector holds; selectors cannot be found by asking."""
    keys = f"_domainkey.{scene.subject.domain}"
    names = [f"{selector}.{keys}" for selector in scene.subject.selectors]
    promised = scene.subject.promised
    if not names and promised and promised.mail.providers == (NOBODY,):
        return [judge_revoked(f"any.{keys}", await scene.dns.ask(f"any.{keys}", "TXT"))]
    if not names:
        return [judge_no_selector(keys, await scene.dns.ask(keys, "TXT"))]
    found = await follow(names, "TXT", scene.dns.ask_all)
    return [finding for name in names for finding in judge_dkim(name, found[name])]


async def dmarc(scene: Scene) -> Sequence[Finding]:
    """Return which policy applies to the domain, and whether its reports arrive."""
    walk = await dmarc_walk.walk(scene.subject.domain, upwards(scene))
    places = await destinations(walk, upwards(scene))
    promised = scene.subject.promised
    promise = DmarcPromise(promised.mail.dmarc_policy, promised.mail.dmarc_report) if promised else None
    return judge_dmarc(walk, places, promise)


async def mx(scene: Scene) -> Sequence[Finding]:
    """Return whether mail for the domain, and bounces to its return paths, can be delivered."""
    promised = scene.subject.promised
    records = promised.records if promised else ()
    domains = dict.fromkeys((scene.subject.domain, *(each.name for each in records if each.type == "MX")))
    answers = await scene.dns.ask_all(Question(domain, "MX") for domain in domains)
    edge = {each.name for each in records if each.proxied}
    named = {domain: hosts(answers[Question(domain, "MX")]) for domain in domains}
    found = await _addresses({host for each in named.values() for host in each}, scene)
    judged = [
        finding
        for domain in domains
        for finding in (
            judge_mx(domain, answers[Question(domain, "MX")]),
            *judge_hosts(domain, {host: found[host] for host in named[domain]}, edge),
        )
    ]
    ours = [host for host in found if host.endswith(f".{scene.subject.domain}") and host not in edge]
    addresses = [address for host in ours for each in found[host].values() for address in each.answer.data]
    return [*judged, *await together(_reverse(address, scene) for address in addresses)]


async def _addresses(named: set[str], scene: Scene) -> Mapping[str, Mapping[str, Found]]:
    both = await asyncio.gather(*(follow(named, type_, scene.dns.ask_all) for type_ in ADDRESSES))
    return {host: {type_: each[host] for type_, each in zip(ADDRESSES, both, strict=True)} for host in sorted(named)}


async def _reverse(address: str, scene: Scene) -> list[Finding]:
    names = await scene.dns.ask(reverse_name(address), "PTR")
    type_ = "AAAA" if ":" in address else "A"
    back = await scene.dns.ask_all(Question(name, type_) for name in names.data)
    return [judge_reverse(address, names, list(back.values()))]


CHECKS = (spf, dkim, dmarc, mx, *mail_transport.CHECKS, *mail_message.CHECKS)
