"""The delegation: name servers, SOA, DNSSEC, CAA, and how far changes have spread."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from blueprint.finding import Finding
from blueprint.mail_providers import CERTIFICATE_AUTHORITIES
from verify.answers.delegation import Delegation
from verify.answers.dns import Answer, Outcome, Question, read
from verify.answers.dnssec import Signed, signed
from verify.group import together
from verify.judge import caa, dnssec
from verify.judge import delegation as judge
from verify.judge.propagation import judge_propagation
from verify.observe.delegation import look
from verify.observe.tls import shake_hands
from verify.scene import PromisedZone, Scene

BARE = ("NS", "A", "AAAA", "MX", "TXT", "CAA")  # what resolvers are compared by when nothing is promised


async def zones(scene: Scene) -> Sequence[Finding]:
    """Return the findings on the name servers of each domain's zone, and on its DNSSEC."""
    return await together(_zone(promised, scene) for promised in scene.subject.zones)


async def _zone(promised: PromisedZone, scene: Scene) -> list[Finding]:
    seen = await look(promised.domain, promised.nameservers, scene.dns, scene.reach)
    if not seen.zone:
        return [judge.judge_zone(promised.domain, seen)]
    own = seen.of(promised.nameservers)  # before the registrar's change, others may answer for the domain still
    return [
        judge.judge_nameservers(seen, promised.nameservers),
        *(judge.judge_server(seen.zone, name, servers) for name, servers in seen.by_name.items()),
        *(judge.judge_lost(seen.zone, name, why) for name, why in seen.lost),
        judge.judge_redundancy(own),
        judge.judge_serials(own),
        judge.judge_soa(own),
        *await _dnssec(own, promised.ds, scene),
    ]


async def _dnssec(seen: Delegation, ds: str, scene: Scene) -> list[Finding]:
    above = seen.above
    trusted = above.ds or ((ds,) if ds and (above.error or not above.visible) else ())
    keys = [found for server in seen.servers for found in signed(server.keys, seen.zone)]
    data = [found for server in seen.servers for reply in (server.soa, server.ns) for found in signed(reply, seen.zone)]
    data += await _promised_data(seen.zone, scene)
    answers = [read(server.keys) for server in seen.servers]
    heard = any(answer.outcome is not Outcome.FAILED for answer in answers)
    silent = "" if heard else "; ".join(answer.detail for answer in answers) or "no name server has an address"
    return [
        *([dnssec.judge_ds(seen.zone, above, ds)] if ds and above.visible else []),
        dnssec.judge_chain(seen.zone, trusted, bool(ds), keys, data, silent),
        *([dnssec.judge_lifetime(seen.zone, [*keys, *data], scene.now)] if keys else []),
    ]


async def _promised_data(zone: str, scene: Scene) -> list[Signed]:
    """Return the signed answers about what was promised; a resolver may leave signatures out, so none is missed."""
    replies = await asyncio.gather(*(scene.dns.replies(question) for question in scene.subject.questions))
    found = [one for reply in replies if reply for one in signed(reply[-1], zone)]
    return [one for one in found if one.signatures]


async def issuers(scene: Scene) -> list[Finding]:
    """Return whether CAA records admit the authorities that issue the certificates."""
    subject = scene.subject
    answered = await asyncio.gather(*(_caa(host, scene) for host in subject.hosts))
    found = dict(zip(subject.hosts, answered, strict=True))
    if subject.promised:
        return [caa.judge_promised_issuers(subject.domain, CERTIFICATE_AUTHORITIES, found)]
    answers = found[subject.domain]
    issuer, why = "", ""
    if any(answer.outcome is Outcome.ANSWER for answer in answers):  # else every authority may issue
        place, *_ = await scene.places(subject.domain)
        shown = await scene.aside(shake_hands, place, scene.reach)
        issuer, why = shown.certificate.issuer if shown.certificate else "", shown.error
    return [caa.judge_present_issuer(subject.domain, issuer, why, answers)]


async def _caa(host: str, scene: Scene) -> list[Answer]:
    """Return the answers for the host and each name above it, up to the apex of its zone."""
    apexes = [zone.domain for zone in scene.subject.zones]
    names = [host]
    while names[-1] not in apexes and any(names[-1].endswith(f".{apex}") for apex in apexes):
        names.append(names[-1].partition(".")[2])
    answers = await scene.dns.ask_all(Question(name, "CAA") for name in names)
    return list(answers.values())


async def propagation(scene: Scene) -> list[Finding]:
    """Return whether several resolvers say the same; with one resolver there is nothing to compare."""
    resolvers = list(dict.fromkeys((*scene.dns.resolvers, *scene.reach.others)))
    if len(resolvers) < 2:
        return []
    domain = scene.subject.domain
    questions = scene.subject.questions or [Question(domain, type_) for type_ in BARE]
    asked = [asyncio.gather(*(scene.dns.ask_at(server, question) for question in questions)) for server in resolvers]
    replies = await asyncio.gather(*asked)
    heard = {server: [read(reply) for reply in said] for server, said in zip(resolvers, replies, strict=True)}
    return [judge_propagation(domain, heard)]


CHECKS = (zones, issuers, propagation)
