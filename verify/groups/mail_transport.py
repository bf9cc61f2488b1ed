"""How mail gets to the domain, where the domain says something about it: MTA-STS, TLS reports, DANE; and its logo."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from blueprint.finding import Finding
from verify.answers.dns import Answer, Question, covered
from verify.group import together
from verify.judge import bimi as bimi_judge
from verify.judge import transport
from verify.judge.mx import hosts
from verify.mail import bimi_record, dmarc_walk, mta_sts, tls_rpt
from verify.mail.nearly import nearly
from verify.scene import Scene


async def mta_sts_policy(scene: Scene) -> Sequence[Finding]:
    """Return whether senders are told to use TLS, and to which hosts, where that is promised or found."""
    domain = scene.subject.domain
    name = f"_mta-sts.{domain}"
    answer = await scene.dns.ask(name, "TXT")
    if not _concerns(scene, name, answer, "MTA-STS", mta_sts.is_sts):
        return []
    page, exchanges = await asyncio.gather(scene.fetch(transport.policy_url(domain)), scene.dns.ask(domain, "MX"))
    served, policy = transport.judge_sts_policy(domain, page)
    named = [transport.judge_sts_hosts(domain, policy, hosts(exchanges))] if policy else []
    return [transport.judge_sts_record(name, answer), served, *named]


async def tls_reports(scene: Scene) -> Sequence[Finding]:
    """Return whether senders may report failures of TLS, where that is promised or found."""
    name = f"_smtp._tls.{scene.subject.domain}"
    answer = await scene.dns.ask(name, "TXT")
    concerns = _concerns(scene, name, answer, "TLS-RPT", tls_rpt.is_tls_rpt)
    return [transport.judge_tls_rpt(name, answer)] if concerns else []


async def dane(scene: Scene) -> Sequence[Finding]:
    """Return whether the TLSA records of the MX hosts can be used, where there are any."""
    found = hosts(await scene.dns.ask(scene.subject.domain, "MX"))
    return await together(_dane(f"_25._tcp.{host}", scene) for host in found)


async def _dane(name: str, scene: Scene) -> list[Finding]:
    question = Question(name, "TLSA")
    answer = await scene.dns.ask(name, "TLSA")
    if not answer.data:
        return []
    replies = [await scene.dns.ask_at(server, question) for server in scene.dns.resolvers]
    return [transport.judge_dane(name, answer, any(covered(reply) for reply in replies))]


async def bimi(scene: Scene) -> Sequence[Finding]:
    """Return whether the logo can be shown, where one is promised or found."""
    name = f"default._bimi.{scene.subject.domain}"
    answer = await scene.dns.ask(name, "TXT")
    if not _concerns(scene, name, answer, "BIMI", bimi_record.is_bimi):
        return []
    finding, record = bimi_judge.judge_bimi(name, answer)
    if record is None or not record.logo:
        return [finding]
    walk, page = await asyncio.gather(
        dmarc_walk.walk(scene.subject.domain, scene.dns.ask_all), scene.fetch(record.logo)
    )
    return [
        finding,
        bimi_judge.judge_enforced(scene.subject.domain, walk),
        bimi_judge.judge_logo(record.logo, page),
    ]


def _concerns(scene: Scene, name: str, answer: Answer, kind: str, is_one: Callable[[str], bool]) -> bool:
    """Return whether there is anything to judge at a name: promised, a record of the kind, or what was meant as one."""
    promised = scene.subject.promised
    wanted = any(record.name == name for record in promised.records) if promised else False
    return wanted or any(is_one(text) for text in answer.data) or bool(nearly(kind, answer.data, is_one))


CHECKS = (mta_sts_policy, tls_reports, dane, bimi)
