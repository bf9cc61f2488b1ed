"""Every record that the stack promised, exactly as promised."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from blueprint.finding import Finding
from blueprint.records import DnsRecord
from verify.judge.records import judge_records
from verify.observe.dns import Question
from verify.scene import Scene


async def promised_records(scene: Scene) -> list[Finding]:
    """Return one finding for each name and type that the stack promised."""
    promised = _by_question(scene.subject.promised.records if scene.subject.promised else ())
    answers = await scene.dns.ask_all(promised)
    return [
        judge_records(question.name, question.type, wanted, answers[question]) for question, wanted in promised.items()
    ]


def _by_question(records: Sequence[DnsRecord]) -> Mapping[Question, list[DnsRecord]]:
    promised: defaultdict[Question, list[DnsRecord]] = defaultdict(list)
    for record in records:
        promised[Question(record.name, "A" if record.proxied else record.type)].append(record)
    return promised


CHECKS = (promised_records,)
