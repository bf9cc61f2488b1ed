from __future__ import annotations

from datetime import UTC, datetime

import pytest

from blueprint.finding import Finding, Status
from blueprint.outputs import DeliveryOutput, Outputs
from checklists.handover import ITEMS, Handover, ItemState, Line, assemble, require_signable
from checklists.items import Item, Owner
from checklists.signoffs import Signoff, SignoffError

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
SIGNATURE = Signoff("Ada", "2026-11-23T12:00:00+00:00")


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
        ([Status.PASS, Status.PASS], ItemState.REHEARSED),
        ([Status.PASS, Status.WARN], ItemState.WARNED),
        ([Status.PASS, Status.UNKNOWN], ItemState.UNKNOWN),
        ([Status.UNKNOWN, Status.FAIL], ItemState.FAILED),
        ([], ItemState.UNKNOWN),
    ],
)
def test_an_item_is_as_good_as_its_worst_proof(outputs: Outputs, statuses: list[Status], state: ItemState) -> None:
    document = handover(outputs, *(finding("mail.dkim.key", status) for status in statuses))
    assert line(document, "dkim").state is state


def test_the_steps_of_a_real_stack_name_that_stack(outputs: Outputs) -> None:
    steps = [step for each in assemble("staging", False, outputs, (), {}, NOW).lines for step in each.item.steps]
    assert any("--stack staging" in step for step in steps)
    assert not [step for step in steps if "--stack prod" in step]


def test_only_production_proves(outputs: Outputs) -> None:
    document = assemble("prod", False, outputs, [finding("mail.dkim.key", Status.PASS)], {}, NOW)
    assert line(document, "dkim").state is ItemState.PROVEN


@pytest.mark.parametrize("item", [item for item in ITEMS if item.proofs], ids=lambda item: item.id)
def test_each_of_an_items_proofs_has_to_be_there(outputs: Outputs, item: Item) -> None:
    whole = [finding(f"{proof}x" if proof.endswith(".") else proof, Status.PASS) for proof in item.proofs]
    assert line(handover(outputs, *whole), item.id).done
    for place, proof in enumerate(item.proofs):
        without = line(handover(outputs, *whole[:place], *whole[place + 1 :]), item.id)
        assert (without.state, without.missing) == (ItemState.UNKNOWN, (proof,))


def test_a_failure_counts_though_other_proofs_are_missing(outputs: Outputs) -> None:
    assert line(handover(outputs, finding("mail.spf.single", Status.FAIL)), "spf").state is ItemState.FAILED


def test_what_was_not_played_in_production_says_so_and_is_not_done(outputs: Outputs) -> None:
    payment = line(handover(outputs, finding("flow.rehearsed", Status.WARN)), "payment")
    assert (payment.state, [found.id for found in payment.findings]) == (ItemState.UNKNOWN, ["flow.rehearsed"])


def test_what_is_left_is_sorted_by_owner_with_the_broken_first(outputs: Outputs) -> None:
    document = handover(outputs, finding("mail.dmarc.policy", Status.FAIL), billing=SIGNATURE)
    left = [line.item.id for line in document.left[Owner.FOUNDER]]
    assert left[0] == "dmarc"
    assert "nameservers" in left
    assert "billing" not in left
    assert len(document.left[Owner.ENGINEER]) + len(left) + document.done == len(document.lines)


def test_an_item_that_a_launch_does_not_have_is_not_asked_of_anybody(outputs: Outputs) -> None:
    delivery = {"preview_provider": "p", "previewer": "ci-preview@p", "deploy_provider": "d", "deployer": "ci-deploy@p"}
    by_github = outputs.model_copy(update={"delivery": DeliveryOutput(**delivery)})
    assert "delivery" not in [line.item.id for line in handover(outputs).lines]
    assert [detail.text for detail in line(handover(by_github), "delivery").details][:2] == ["`p`", "`ci-preview@p`"]


def test_a_helpdesk_that_tells_by_webhook_is_a_persons_part(outputs: Outputs) -> None:
    told = outputs.model_copy(update={"secrets": ["zendesk-signing-secret"]})
    assert "helpdesk" not in [line.item.id for line in handover(outputs).lines]
    details = {detail.label: detail.text for detail in line(handover(told), "helpdesk").details}
    assert details["Endpoint"] == "`https://api.acme.test/webhooks/zendesk`"
    assert "`zen:event-type:ticket.status_changed`" in details["Events"]


def test_a_finding_proves_only_the_item_that_it_belongs_to(outputs: Outputs) -> None:
    document = handover(outputs, finding("mail.dkim.key", Status.PASS))
    assert [line.item.id for line in document.lines if line.done] == ["dkim"]


def test_what_is_not_promised_is_not_missed_and_counts_where_it_is(outputs: Outputs) -> None:
    arrives = finding("mail.mx.published", Status.PASS)
    assert line(handover(outputs, arrives), "mailboxes").done
    omitted = handover(outputs, arrives, finding("mail.mta_sts.mx", Status.FAIL))
    assert line(omitted, "mailboxes").state is ItemState.FAILED


def test_a_persons_step_is_done_when_it_is_signed(outputs: Outputs) -> None:
    document = handover(outputs, nameservers=SIGNATURE)
    assert line(document, "nameservers").state is ItemState.SIGNED
    assert all(name in str(line(document, "nameservers").details) for name in outputs.nameservers)


def test_a_signature_does_not_heal_a_failed_proof(outputs: Outputs) -> None:
    document = handover(outputs, finding("mail.dkim.key", Status.FAIL), dkim=SIGNATURE)
    assert line(document, "dkim").state is ItemState.FAILED
    assert line(document, "dkim").signature_is_void


def test_what_is_not_proven_cannot_be_signed(outputs: Outputs) -> None:
    with pytest.raises(SignoffError, match="before anybody signs it"):
        require_signable(handover(outputs), "dkim")
    assert require_signable(handover(outputs, finding("mail.dkim.key", Status.PASS)), "dkim").item.id == "dkim"


def test_an_unknown_item_is_refused_with_the_known_ones(outputs: Outputs) -> None:
    with pytest.raises(SignoffError, match="the items are payment, signup"):
        require_signable(handover(outputs), "nonsense")


def test_an_unknown_item_is_refused_with_the_near_ones(outputs: Outputs) -> None:
    with pytest.raises(SignoffError, match=r"did you mean nameservers\? The items are payment, signup"):
        require_signable(handover(outputs), "nameserver")


def test_items_have_ids_of_their_own() -> None:
    assert len({item.id for item in ITEMS}) == len(ITEMS)
