"""The zone's records: each one that the stack promised, no mail records besides, and no name that leads nowhere."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from blueprint.finding import Finding
from blueprint.records import DnsRecord
from verify.answers.dns import Question
from verify.group import together
from verify.judge.aliases import judge_dangling, judge_takeover
from verify.judge.records import judge_records, judge_ttls, judge_unexpected
from verify.promised import question_of
from verify.scene import Scene
from verify.web.takeover import service_of

MAIL_TYPES = ("MX", "TXT")


async def promised_records(scene: Scene) -> list[Finding]:
    """Return one finding for each name and type that the stack promised, and one on how long they are kept."""
    records = scene.subject.promised.records if scene.subject.promised else ()
    promised = _by_question(records)
    answers = await scene.dns.ask_all(promised)
    return [
        *(judge_records(question.name, question.type, promised[question], answers[question]) for question in promised),
        *([judge_ttls(scene.subject.domain, records, answers)] if records else []),
    ]


def _by_question(records: Sequence[DnsRecord]) -> Mapping[Question, list[DnsRecord]]:
    promised: defaultdict[Question, list[DnsRecord]] = defaultdict(list)
    for record in records:
        promised[question_of(record)].append(record)
    return promised


async def unexpected(scene: Scene) -> list[Finding]:
    """Return whether there are mail records at hosts for which the stack promised none."""
    if scene.subject.promised is None:
        return []
    wanted = [Question(host, type_) for host in scene.subject.hosts for type_ in MAIL_TYPES]
    questions = [question for question in wanted if question not in scene.subject.questions]
    answers = await scene.dns.ask_all(questions)
    return [judge_unexpected(scene.subject.domain, answers.values())]


async def aliases(scene: Scene) -> Sequence[Finding]:
    """Return whether the names that our hosts lead to are there, and ours."""
    return await together(_alias(host, scene) for host in await scene.hosts())


async def _alias(host: str, scene: Scene) -> list[Finding]:
    target = await _target(host, scene)
    if not target:
        return []
    answer = await scene.dns.ask(target, "A")
    found = [judge_dangling(host, target, answer)]
    if service := service_of(target):
        found.append(judge_takeover(host, target, service, answer, await scene.fetch(f"http://{host}/")))
    return found


async def _target(host: str, scene: Scene) -> str:
    """Return the name that a host leads to: where the DNS shows it, or where the promise puts it behind the edge."""
    seen = (await scene.dns.ask(host, "A")).aliases
    promised = scene.subject.promised.records if scene.subject.promised else ()
    hidden = [record.content for record in promised if record.name == host and record.type == "CNAME"]
    return next(reversed((*hidden[:1], *seen)), "")


CHECKS = (promised_records, unexpected, aliases)
