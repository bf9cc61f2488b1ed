"""E-mail: who may send as the domain, how receivers can tell, and DMARC's next stage."""

from __future__ import annotations

from datetime import date, timedelta

from blueprint.mail_authentication import txt_text
from blueprint.mail_providers import NOBODY, PROVIDERS, selectors_of
from blueprint.outputs import Outputs
from checklists.handover import Handover
from checklists.pages.blocks import Drawing, Page, Row, Table, Text, meant
from checklists.pictures.stages import stages

STAGES = ("none", "quarantine", "reject")
STAY = timedelta(days=14)  # the reports of two weeks show who sends as the domain


def page(handover: Handover) -> Page:
    """Return the page of e-mail."""
    mail, outputs = handover.outputs.mail, handover.outputs
    texts = [(one.name, txt_text(one.content)) for one in outputs.records if one.type == "TXT"]
    spf = tuple((name, f"`{text}`") for name, text in texts if text.startswith("v=spf1"))
    rows = (
        *((f"SPF of {name}", text, "which servers may send") for name, text in spf),
        ("DKIM selectors", ", ".join(mail.selectors) or "none", "each mail is signed with one of these keys"),
        (
            "DMARC policy",
            f"`{mail.dmarc_policy}`; reports to {mail.dmarc_report}",
            "what receivers do with mail that is forged",
        ),
        ("MTA-STS", mail.mta_sts, "other servers have to encrypt mail to you"),
        ("TLS reports", mail.tls_rpt or "none", "who hears when that did not work"),
        ("BIMI", mail.bimi or "none", "your logo in mail programs"),
    )
    return Page(
        "mail",
        "E-mail: SPF, DKIM and DMARC",
        f"Who may send as {outputs.domain}, and how receivers can tell.",
        (
            Drawing(stages(STAGES, mail.dmarc_policy)),
            Text(_next(handover)),
            Table(
                "Who may send",
                ("provider", "DKIM selectors", "bounces go to"),
                _senders(outputs),
                "Nobody sends as the domain.",
            ),
            Table("What the DNS says", ("what", "value", "what it is for"), rows),
        ),
        ("SPF", "DKIM", "DMARC", "e-mail"),
    )


def _senders(outputs: Outputs) -> tuple[Row, ...]:
    """Return a row for each provider with the published selectors that it signs with, and one for those of nobody."""
    names = [name for name in outputs.mail.providers if name != NOBODY]
    found = selectors_of(names, outputs.dkim_keys)
    theirs = {selector for each in found.values() for selector in each}
    more = [selector for selector in outputs.mail.selectors if selector not in theirs]
    rows = [(outputs.mailer(name), found.get(name, ()), _path(name, outputs.domain)) for name in names]
    rows += [("a sender not listed", tuple(more), "")] if more else []
    return tuple((who, ", ".join(keys) or "none", path) for who, keys, path in rows)


def next_stage(handover: Handover) -> tuple[str, date] | None:
    """Return DMARC's next stage and the first day for it, None at the last stage or when the beginning is unknown."""
    policy, since = handover.outputs.mail.dmarc_policy, handover.record.dmarc_since
    if policy not in STAGES[:-1] or not since:
        return None
    return STAGES[STAGES.index(policy) + 1], date.fromisoformat(since) + STAY


def _next(handover: Handover) -> str:
    policy = handover.outputs.mail.dmarc_policy
    if policy == STAGES[-1]:
        return "DMARC is at its last stage: receivers refuse forged mail."
    following = next_stage(handover)
    if following is None:
        told = "When this stage began is not known. `./launch verify` notes it; two weeks later comes the next."
        return meant(told, handover.flag)
    stage, day = following
    return (
        f"DMARC has been at `{policy}` since {handover.record.dmarc_since}. Next: read the reports. If every sender in "
        f"them is yours, set `mail.dmarc.policy: {stage}` from {day} on, and run `./launch up{handover.flag}`."
    )


def _path(name: str, domain: str) -> str:
    provider = PROVIDERS.get(name)
    if provider is None:
        return ""
    return f"{provider.return_path}.{domain}" if provider.return_path else provider.bounces or "the domain itself"
