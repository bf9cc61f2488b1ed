"""The delegation: name servers, SOA, DNSSEC, CAA, and how far changes have spread."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from blueprint.finding import Finding
from blueprint.mail_providers import CERTIFICATE_AUTHORITIES
from blueprint.old_zone import Before
from verify.answers.delegation import Delegation, Server
from verify.answers.dns import Answer, Outcome, Question, Reply, named, read
from verify.answers.dnssec import Gaps, Signed, Trust, signed
from verify.group import together
from verify.judge import caa, dnssec
from verify.judge import delegation as judge
from verify.judge.carried import judge_carried
from verify.judge.denial import judge_denial
from verify.judge.propagation import judge_propagation
from verify.observe import old_zone
from verify.observe.delegation import look
from verify.observe.tls import shake_hands
from verify.reach import Address
from verify.scene import PromisedZone, Scene

BARE = ("NS", "A", "AAAA", "MX", "TXT", "CAA")  # what resolvers are compared by when nothing is promised


async def missing(scene: Scene) -> Finding | None:
    """Return that the domain does not exist, None when it may; an alias to a name that is gone exists itself."""
    domain = scene.subject.domain
    replies = await scene.dns.replies(Question(domain, "NS"))
    answer = read(replies[-1]) if replies else None
    if answer is None or answer.outcome is not Outcome.NXDOMAIN or answer.aliases:
        return None
    return judge.judge_exists(domain, named(replies[-1].server))


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
        *(
            judge.judge_server(seen.zone, name, servers, seen.aliases.get(name, ""))
            for name, servers in seen.by_name.items()
        ),
        *(judge.judge_lost(seen.zone, lost) for lost in seen.lost),
        *([judge.judge_glue(seen)] if seen.glue else []),
        judge.judge_redundancy(own),
        judge.judge_serials(own),
        *await _content(own, scene),
        judge.judge_soa(own),
        *await _dnssec(own, promised.ds, scene),
        *await _carried(seen, promised, scene),
    ]


async def _carried(seen: Delegation, promised: PromisedZone, scene: Scene) -> list[Finding]:
    """Return whether the change of name servers would lose a record; nothing when they have changed already."""
    names = promised.nameservers
    if not names or not set(seen.above.nameservers) - set(names):
        return []
    before = scene.subject.before or Before(scene.subject.domain)
    more = {each.name for each in _questions(seen.zone, scene)}
    return [judge_carried(await old_zone.look(seen, names, before.records, more, scene.dns), before)]


async def _content(seen: Delegation, scene: Scene) -> list[Finding]:
    """Return whether the name servers that know the zone hold the same records, but for those compared as resolvers."""
    servers = [server for server in seen.servers if judge.soa_of(server)]
    questions = _questions(seen.zone, scene)
    if {server.address for server in servers} <= {*_compared(scene)}:
        questions = [question for question in questions if question not in _asked_of_resolvers(scene)]
    if len(servers) < 2 or not questions:
        return []
    asked = (asyncio.gather(*(scene.dns.ask_at(one.address, question) for question in questions)) for one in servers)
    replies = await asyncio.gather(*asked)
    answers = {one.where: [read(reply) for reply in said] for one, said in zip(servers, replies, strict=True)}
    lame = [fault for one, said in zip(servers, replies, strict=True) for fault in _lame(one, said)]
    return [judge.judge_content(seen.zone, answers, lame)]


def _lame(server: Server, replies: Sequence[Reply]) -> list[str]:
    """Return which answers lack authority; where the whole server is lame, that is told of the server."""
    whole = judge.without_authority(server.where, [server.soa])
    return [] if whole else judge.without_authority(server.where, replies)


def _questions(zone: str, scene: Scene) -> list[Question]:
    """Return what name servers are compared by: what is promised of the zone, for a bare domain what is common."""
    subject = scene.subject
    if subject.promised:
        return [each for each in subject.questions if each.name == zone or each.name.endswith(f".{zone}")]
    texts = (f"_dmarc.{zone}", *(f"{selector}._domainkey.{zone}" for selector in subject.selectors))
    apex = [Question(zone, type_) for type_ in BARE if type_ != "NS"]  # NS is compared with the zone above
    return [*apex, Question(f"www.{zone}", "A"), *(Question(name, "TXT") for name in texts)]


def _compared(scene: Scene) -> list[Address]:
    """Return the resolvers that are compared with each other: with one there is nothing to compare."""
    found = list(dict.fromkeys((*scene.dns.resolvers, *scene.reach.others)))
    return found if len(found) > 1 else []


def _asked_of_resolvers(scene: Scene) -> Sequence[Question]:
    return scene.subject.questions or [Question(scene.subject.domain, type_) for type_ in BARE]


async def _dnssec(seen: Delegation, ds: str, scene: Scene) -> list[Finding]:
    above = seen.above
    told = above.visible and not above.error
    trusted = above.ds or ((ds,) if ds and not told else ())
    keys = [found for server in seen.servers for found in signed(server.keys, seen.zone)]
    data = [found for server in seen.servers for reply in (server.soa, server.ns) for found in signed(reply, seen.zone)]
    data += await _promised_data(seen.zone, scene)
    trust = Trust(tuple(trusted), bool(ds), absent=told and not above.ds)
    return [
        *([dnssec.judge_ds(seen.zone, above, ds)] if ds and above.visible else []),
        dnssec.judge_chain(seen.zone, trust, keys, data, _gaps(seen)),
        *([dnssec.judge_lifetime(seen.zone, [*keys, *data], scene.now)] if keys else []),
        *(await _denial(seen, scene) if keys else []),
    ]


async def _denial(seen: Delegation, scene: Scene) -> list[Finding]:
    """Return whether resolvers like the zone's NSEC3; nothing for a zone that proves by NSEC."""
    question = Question(seen.zone, "NSEC3PARAM")
    replies = await asyncio.gather(*(scene.dns.ask_at(server.address, question) for server in seen.servers))
    answers = {named(reply.server): read(reply) for reply in replies}
    finding = judge_denial(seen.zone, answers)
    return [finding] if finding else []


def _gaps(seen: Delegation) -> Gaps:
    """Return which servers that know the zone gave no keys; of those that are dead, only when nobody answered."""
    if not seen.servers:
        return Gaps(silent="no name server has an address")
    answers = [(server, read(server.keys)) for server in seen.servers]
    heard = any(answer.outcome is not Outcome.FAILED for _, answer in answers)
    alive = [(server, answer) for server, answer in answers if judge.soa_of(server) or not heard]
    silent = [answer.detail for _, answer in alive if answer.outcome is Outcome.FAILED]
    without = [server.where for server, answer in alive if answer.outcome in (Outcome.NODATA, Outcome.NXDOMAIN)]
    return Gaps(tuple(without), "; ".join(silent))


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
    resolvers, questions = _compared(scene), _asked_of_resolvers(scene)
    if not resolvers:
        return []
    asked = [asyncio.gather(*(scene.dns.ask_at(server, question) for question in questions)) for server in resolvers]
    replies = await asyncio.gather(*asked)
    heard = {server: [read(reply) for reply in said] for server, said in zip(resolvers, replies, strict=True)}
    return [judge_propagation(scene.subject.domain, heard)]


CHECKS = (zones, issuers, propagation)
