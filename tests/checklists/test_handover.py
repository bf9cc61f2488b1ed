from __future__ import annotations

from datetime import UTC, datetime

import pytest

from blueprint.finding import Finding, Status
from blueprint.outputs import Outputs
from checklists.handover import Handover, Line, State, assemble, require_signable
from checklists.items import ITEMS
from checklists.signoffs import Signoff, SignoffError

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def finding(id_: str, status: Status) -> Finding:
    return Finding(id_, "acme.test", status, "it works", "seen", fix="" if status is Status.PASS else "mend it")


def handover(outputs: Outputs, *findings: Finding, **signoffs: Signoff) -> Handover:
    return assemble("local", True, outputs, findings, signoffs, NOW)


def line(document: Handover, item_id: str) -> Line:
    return next(line for line in document.lines if line.item.id == item_id)


def test_without_evidence_nothing_is_done(outputs: Outputs) -> None:
    assert handover(outputs).done == 0


@pytest.mark.parametrize(
    ("statuses", "state"),
    [
        ([Status.PASS, Status.PASS], State.PROVEN),
        ([Status.PASS, Status.WARN], State.WARNED),
        ([Status.PASS, Status.UNKNOWN], State.UNKNOWN),
        ([Status.UNKNOWN, Status.FAIL], State.FAILED),
        ([], State.UNKNOWN),
    ],
)
def test_an_item_is_as_good_as_its_worst_proof(outputs: Outputs, statuses: list[Status], state: State) -> None:
    document = handover(outputs, *(finding("mail.spf.single", status) for status in statuses))
    assert line(document, "spf").state is state


def test_a_finding_proves_only_the_item_that_it_belongs_to(outputs: Outputs) -> None:
    document = handover(outputs, finding("mail.spf.single", Status.PASS))
    assert [line.item.id for line in document.lines if line.done] == ["spf"]


def test_a_persons_step_is_done_when_it_is_signed(outputs: Outputs) -> None:
    document = handover(outputs, nameservers=Signoff("Ada", "2026-11-23T12:00:00+00:00"))
    assert line(document, "nameservers").state is State.SIGNED
    assert line(document, "nameservers").details == outputs.nameservers


def test_a_signature_does_not_heal_a_failed_proof(outputs: Outputs) -> None:
    document = handover(
        outputs, finding("mail.spf.single", Status.FAIL), spf=Signoff("Ada", "2026-11-23T12:00:00+00:00")
    )
    assert line(document, "spf").state is State.FAILED


def test_what_is_not_proven_cannot_be_signed(outputs: Outputs) -> None:
    with pytest.raises(SignoffError, match="before anybody signs it"):
        require_signable(handover(outputs), "spf")
    assert require_signable(handover(outputs, finding("mail.spf.single", Status.PASS)), "spf").item.id == "spf"


def test_an_unknown_item_is_refused_with_the_known_ones(outputs: Outputs) -> None:
    with pytest.raises(SignoffError, match="the items are payment, signup"):
        require_signable(handover(outputs), "nonsense")


def test_items_have_ids_of_their_own() -> None:
    assert len({item.id for item in ITEMS}) == len(ITEMS)
