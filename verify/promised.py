"""How a promised record is asked for."""

from __future__ import annotations

from blueprint.records import DnsRecord
from verify.answers.dns import Question


def question_of(record: DnsRecord) -> Question:
    """Return what has to be asked to see a promised record: the edge's address for one that hides behind it."""
    return Question(record.name, "A" if record.proxied else record.type)
