"""Whether the owners of report addresses outside of the organization agreed to get reports: RFC 9990 section 4."""

from __future__ import annotations

from dataclasses import dataclass

from verify.answers.dns import Outcome, Question
from verify.mail.asking import Ask
from verify.mail.dmarc_record import domain_of, is_dmarc
from verify.mail.dmarc_walk import Walk, walks


@dataclass(frozen=True)
class Destination:
    """A domain that reports go to: inside of the organization, or outside with or without its consent.

    `consent` is None when the question was not answered, and `failure` then says why.
    """

    domain: str
    external: bool = False
    consent: bool | None = True
    failure: str = ""


async def destinations(walk: Walk, ask: Ask) -> list[Destination]:
    """Return where the reports of the record that applies go to, in its order."""
    if walk.applicable is None:
        return []
    place, record = walk.applicable
    domains = [name for name in dict.fromkeys(domain_of(uri) for uri in (*record.rua, *record.ruf)) if name]
    above = await walks(domains, ask)
    outside = [name for name in domains if above[name].organization != walk.organization]
    answers = await ask([Question(consent_name(place, name), "TXT") for name in outside]) if outside else {}
    found = []
    for name in domains:
        answer = answers.get(Question(consent_name(place, name), "TXT"))
        if answer is None:
            found.append(Destination(name))
        elif answer.outcome is Outcome.FAILED:
            found.append(Destination(name, external=True, consent=None, failure=answer.detail))
        else:
            found.append(Destination(name, external=True, consent=any(is_dmarc(text) for text in answer.data)))
    return found


def consent_name(place: str, domain: str) -> str:
    """Return the name at which `domain` agrees to get the reports of the record at `place`."""
    return f"{place}._report._dmarc.{domain}"
