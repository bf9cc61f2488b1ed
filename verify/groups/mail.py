"""E-mail: SPF, each known DKIM selector, and DMARC."""

from __future__ import annotations

from blueprint.finding import Finding
from verify.judge.mail import judge_dkim, judge_dmarc, judge_spf, judge_spf_lookups
from verify.observe.dns import Question
from verify.observe.spf import walk
from verify.scene import Scene


async def spf(scene: Scene) -> list[Finding]:
    """Return whether there is one SPF record, and one that receivers can evaluate."""
    domain = scene.subject.domain
    tree = await walk(domain, scene.dns)
    return [judge_spf(domain, await scene.dns.ask(domain, "TXT")), judge_spf_lookups(domain, tree)]


async def dkim(scene: Scene) -> list[Finding]:
    """Return what each known selector holds."""
    names = [f"{selector}._domainkey.{scene.subject.domain}" for selector in scene.subject.selectors]
    answers = await scene.dns.ask_all(Question(name, "TXT") for name in names)
    return [judge_dkim(name, answers[Question(name, "TXT")]) for name in names]


async def dmarc(scene: Scene) -> list[Finding]:
    """Return whether the promised policy is published."""
    promised, domain = scene.subject.promised, scene.subject.domain
    if promised is None:
        return []
    answer = await scene.dns.ask(f"_dmarc.{domain}", "TXT")
    return [judge_dmarc(domain, promised.mail.dmarc_policy, promised.mail.dmarc_report, answer)]


CHECKS = (spf, dkim, dmarc)
