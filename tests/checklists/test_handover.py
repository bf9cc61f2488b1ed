from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from blueprint.finding import Finding, Status
from blueprint.outputs import DeliveryOutput, Outputs
from checklists.handover import ITEMS, Handover, ItemState, Line, require_signable
from checklists.items import Item, Level, Owner
from checklists.lines import Result
from checklists.signoffs import SignoffError, Waiver
from checklists.subject import Subject

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
Make = Callable[..., Handover]
Keep = Callable[..., None]
PLAYED = [item for item in ITEMS if item.played]


def finding(id_: str, status: Status = Status.PASS) -> Finding:
    return Finding(id_, "acme.test", status, "it works", "seen", fix="" if status is Status.PASS else "mend it")


def whole(item: Item) -> list[Finding]:
    return [finding(f"{proof}x" if proof.endswith(".") else proof) for proof in item.proofs]


def line(document: Handover, item_id: str) -> Line:
    return next(line for line in document.lines if line.item.id == item_id)


def test_without_evidence_nothing_is_done(made: Make) -> None:
    assert made().done == 0


@pytest.mark.parametrize(
    ("statuses", "state", "result"),
    [
        ([Status.PASS, Status.PASS], ItemState.REHEARSED, Result.PASS),
        ([Status.PASS, Status.WARN], ItemState.WARNED, Result.FAIL),
        ([Status.PASS, Status.UNKNOWN], ItemState.UNKNOWN, Result.UNKNOWN),
        ([Status.UNKNOWN, Status.FAIL], ItemState.FAILED, Result.FAIL),
        ([], ItemState.UNKNOWN, Result.UNKNOWN),
    ],
)
def test_an_item_is_as_good_as_its_worst_proof(
    keep: Keep, made: Make, statuses: list[Status], state: ItemState, result: Result
) -> None:
    keep(*(finding("mail.dkim.key", status) for status in statuses))
    dkim = line(made(), "dkim")
    assert (dkim.state, dkim.result, dkim.ready) == (state, result, result is Result.PASS)


def test_the_steps_of_a_real_stack_name_that_stack(made: Make, real: Subject) -> None:
    lines = made(subject=replace(real, stack="staging")).lines
    steps = [step for each in lines for step in each.steps]
    assert any("--stack staging" in step for step in steps)
    assert not [step for step in steps if "--stack prod" in step]


def test_only_production_proves(keep: Keep, made: Make, real: Subject) -> None:
    keep(finding("mail.dkim.key"), subject=real)
    assert line(made(subject=real), "dkim").state is ItemState.PROVEN


@pytest.mark.parametrize("item", [item for item in ITEMS if item.proofs], ids=lambda item: item.id)
def test_each_of_an_items_proofs_has_to_be_there(keep: Keep, made: Make, item: Item) -> None:
    proofs = whole(item)
    keep(*proofs)
    assert line(made(), item.id).done
    for place, proof in enumerate(item.proofs):
        keep(*proofs[:place], *proofs[place + 1 :])
        without = line(made(), item.id)
        assert (without.state, without.missing) == (ItemState.UNKNOWN, (proof,))


@pytest.mark.parametrize("item", [item for item in ITEMS if item.proofs], ids=lambda item: item.id)
def test_what_breaks_turns_exactly_its_item(keep: Keep, made: Make, item: Item) -> None:
    healthy = [proof for each in ITEMS for proof in whole(each)]
    keep(*healthy)
    before = {one.item.id: one.state for one in made().lines}
    assert all(before[each.id] is ItemState.REHEARSED for each in ITEMS if each.proofs)
    for broken in whole(item):
        keep(*(replace(one, status=Status.FAIL, fix="mend it") if one == broken else one for one in healthy))
        after = {one.item.id: one.state for one in made().lines}
        assert {id_ for id_ in before if before[id_] is not after[id_]} == {item.id}
        assert after[item.id] is ItemState.FAILED


def test_a_failure_counts_though_other_proofs_are_missing(keep: Keep, made: Make) -> None:
    keep(finding("mail.spf.single", Status.FAIL))
    assert line(made(), "spf").state is ItemState.FAILED


def test_evidence_that_has_expired_is_not_ready(keep: Keep, made: Make) -> None:
    keep(finding("mail.dkim.key"))
    until = line(made(), "dkim").valid_until
    assert until
    assert line(made(now=until - timedelta(seconds=1)), "dkim").ready
    old = line(made(now=until), "dkim")
    assert (old.state, old.result, old.ready) == (ItemState.EXPIRED, Result.UNKNOWN, False)
    assert f"until {until:%Y-%m-%d}" in old.reason


def test_one_old_proof_makes_the_item_old(keep: Keep, made: Make) -> None:
    keep(finding("tls.versions.old"), finding("tls.versions.new"), at=NOW - timedelta(days=30))
    keep(finding("tls.versions.new"), renews="tls.versions.new")
    assert line(made(), "tls").state is not ItemState.REHEARSED


@pytest.mark.parametrize("item", PLAYED, ids=lambda item: item.id)
def test_what_nobody_may_play_in_production_is_signed_there_by_a_person(
    made: Make, sign: Keep, real: Subject, item: Item
) -> None:
    before = line(made(subject=real), item.id)
    assert (before.state, before.by_hand, before.steps) == (ItemState.OPEN, True, (item.production,))
    sign(item.id, subject=real)
    assert line(made(subject=real), item.id).state is ItemState.SIGNED
    rehearsed = line(made(), item.id)
    assert (rehearsed.state, rehearsed.by_hand) == (ItemState.UNKNOWN, False)


def test_what_was_played_on_a_staging_cloud_counts_as_evidence(keep: Keep, made: Make, real: Subject) -> None:
    item = PLAYED[-1]
    keep(*whole(item), subject=real)
    assert line(made(subject=real), item.id).state is ItemState.PROVEN


def test_an_item_that_says_that_it_was_not_played_tells_so(keep: Keep, made: Make) -> None:
    keep(finding("flow.rehearsed", Status.WARN))
    payment = line(made(), "payment")
    assert (payment.state, [found.id for found in payment.findings]) == (ItemState.UNKNOWN, ["flow.rehearsed"])


def test_what_is_left_is_sorted_by_owner_with_the_broken_first(keep: Keep, made: Make, sign: Keep) -> None:
    keep(finding("mail.dmarc.policy", Status.FAIL))
    sign("billing")
    document = made()
    left = [line.item.id for line in document.left[Owner.FOUNDER]]
    assert left[0] == "dmarc"
    assert "nameservers" in left
    assert "billing" not in left
    assert len(document.left[Owner.ENGINEER]) + len(left) + document.done == len(document.applicable)


def test_an_item_that_a_launch_does_not_have_says_why_and_keeps_nobody_back(outputs: Outputs, made: Make) -> None:
    names = {"preview_provider": "p", "previewer": "ci-preview@p", "deploy_provider": "d", "deployer": "ci-deploy@p"}
    by_github = outputs.model_copy(update={"delivery": DeliveryOutput(**names)})
    without = line(made(), "delivery")
    assert (without.state, without.result, without.ready) == (ItemState.NOT_APPLICABLE, Result.NA, True)
    assert "names no repository" in without.reason
    assert [detail.text for detail in line(made(of=by_github), "delivery").details][:2] == ["`p`", "`ci-preview@p`"]


def test_every_item_that_does_not_apply_gives_a_reason(outputs: Outputs, made: Make) -> None:
    bare = outputs.model_copy(update={"gateway_address": "", "secrets": ()})
    lines = [one for one in made(of=bare).lines if one.state is ItemState.NOT_APPLICABLE]
    assert {one.item.id for one in lines} == {"origin", "helpdesk", "sending", "delivery"}
    assert all(one.reason and not one.details for one in lines)


def test_with_a_worker_every_item_can_be_done(outputs: Outputs, keep: Keep, made: Make, sign: Keep) -> None:
    direct = outputs.model_copy(update={"gateway_address": ""})
    keep(*(proof for item in ITEMS if item.id != "origin" for proof in whole(item)), of=direct)
    sign(*(item.id for item in ITEMS if not item.proofs), of=direct)
    assert made(of=direct).unready(Level.MAY) == ()


def test_a_helpdesk_that_tells_by_webhook_is_a_persons_part(outputs: Outputs, made: Make) -> None:
    told = outputs.model_copy(update={"secrets": ("zendesk-signing-secret",)})
    assert line(made(), "helpdesk").state is ItemState.NOT_APPLICABLE
    details = {detail.label: detail.text for detail in line(made(of=told), "helpdesk").details}
    assert details["Endpoint"] == "`https://api.acme.test/webhooks/zendesk`"
    assert "`zen:event-type:ticket.status_changed`" in details["Events"]


def test_what_is_not_promised_is_not_missed_and_counts_where_it_is(keep: Keep, made: Make) -> None:
    arrives = finding("mail.mx.published")
    keep(arrives)
    assert line(made(), "mailboxes").done
    keep(arrives, finding("mail.mta_sts.mx", Status.FAIL))
    assert line(made(), "mailboxes").state is ItemState.FAILED


def test_a_persons_step_is_done_when_it_is_signed(outputs: Outputs, made: Make, sign: Keep) -> None:
    sign("nameservers")
    assert line(made(), "nameservers").state is ItemState.SIGNED
    assert all(name in str(line(made(), "nameservers").details) for name in outputs.nameservers)


@pytest.mark.parametrize("item", [item for item in ITEMS if not item.proofs], ids=lambda item: item.id)
def test_a_persons_step_is_never_ticked_by_a_machine(keep: Keep, made: Make, item: Item) -> None:
    keep(*(proof for each in ITEMS for proof in whole(each)), finding(item.id), finding(f"accept.{item.id}"))
    assert not line(made(), item.id).done


def test_a_signature_does_not_heal_a_failed_proof(keep: Keep, made: Make, sign: Keep) -> None:
    sign("dkim")
    keep(finding("mail.dkim.key", Status.FAIL))
    assert line(made(), "dkim").state is ItemState.FAILED
    assert line(made(), "dkim").signature_is_void


@pytest.mark.parametrize(
    ("elsewhere", "why"),
    [
        (Subject("local", "acme.test", "acme-rehearsal", rehearsal=False), "a rehearsal, and this is the real world"),
        (Subject("local", "other.test", "acme-rehearsal", rehearsal=True), "domain acme.test, and this is domain"),
        (Subject("local", "acme.test", "another", rehearsal=True), "project acme-rehearsal, and this is project"),
        (Subject("staging", "acme.test", "acme-rehearsal", rehearsal=True), "stack local, and this is stack staging"),
    ],
)
def test_a_signature_counts_for_no_other_launch(made: Make, sign: Keep, elsewhere: Subject, why: str) -> None:
    sign("firebase")
    there = line(made(subject=elsewhere), "firebase")
    assert (there.state, there.ready) == (ItemState.OPEN, False)
    assert why in there.void


def test_a_signature_counts_for_no_other_values(outputs: Outputs, made: Make, sign: Keep) -> None:
    sign("nameservers", "dnssec")
    moved = outputs.model_copy(update={"nameservers": ("eve.ns.cloudflare.test",)})
    assert line(made(of=moved), "nameservers").void == "the values that were signed have changed"
    assert line(made(of=moved), "dnssec").state is ItemState.SIGNED


def test_a_deployment_does_not_take_the_drills_signature_away(outputs: Outputs, made: Make, sign: Keep) -> None:
    sign("rollback")
    assert line(made(of=outputs.model_copy(update={"image": "another"})), "rollback").state is ItemState.SIGNED


def test_a_signature_lasts_as_long_as_its_item_says(made: Make, sign: Keep) -> None:
    sign("restore", "firebase")
    later = made(now=NOW + timedelta(days=400))
    assert line(later, "restore").state is ItemState.EXPIRED
    assert line(later, "firebase").state is ItemState.SIGNED


def test_a_waiver_keeps_an_item_open_and_lets_the_launch_be_ready_until_its_day(
    shelf: object, made: Make, here: Subject, real: Subject
) -> None:
    from checklists import record

    day = (NOW + timedelta(days=3)).date()
    record.waive(shelf, "restore", Waiver("Ada", day, "there is no data yet", NOW, here))  # type: ignore[arg-type]
    waived = line(made(), "restore")
    assert (waived.state, waived.done, waived.ready) == (ItemState.OPEN, False, True)
    assert line(made(now=NOW + timedelta(days=3)), "restore").ready
    assert not line(made(now=NOW + timedelta(days=4)), "restore").ready
    assert not line(made(subject=real), "restore").ready


def test_a_launch_is_ready_by_level(keep: Keep, made: Make, sign: Keep) -> None:
    keep(*(proof for item in ITEMS for proof in whole(item)))
    sign(*(item.id for item in ITEMS if not item.proofs and item.level is Level.MUST))
    assert made().unready(Level.MUST) == ()
    assert {one.item.level for one in made().unready(Level.MAY)} == {Level.SHOULD}


def test_what_is_not_proven_cannot_be_signed(keep: Keep, made: Make) -> None:
    with pytest.raises(SignoffError, match="before anybody signs it"):
        require_signable(made(), "dkim")
    keep(finding("mail.dkim.key"))
    assert require_signable(made(), "dkim").item.id == "dkim"


def test_what_does_not_apply_cannot_be_signed(made: Make) -> None:
    with pytest.raises(SignoffError, match="does not apply to this launch: the spec names no repository"):
        require_signable(made(), "delivery")


def test_an_unknown_item_is_refused_with_the_known_ones(made: Make) -> None:
    with pytest.raises(SignoffError, match="the items are payment, signup"):
        require_signable(made(), "nonsense")


def test_an_unknown_item_is_refused_with_the_near_ones(made: Make) -> None:
    with pytest.raises(SignoffError, match=r"did you mean nameservers\? The items are payment, signup"):
        require_signable(made(), "nameserver")


def test_items_have_ids_of_their_own_and_titles_that_name_their_subject() -> None:
    assert len({item.id for item in ITEMS}) == len(ITEMS)
    assert all(": " in item.title for item in ITEMS)
    assert len({item.title.partition(":")[0] for item in ITEMS}) > len(ITEMS) * 0.8


@pytest.mark.parametrize("status", [Status.FAIL, Status.UNKNOWN])
def test_a_step_that_would_lose_something_is_held_back_and_cannot_be_signed(
    keep: Keep, made: Make, real: Subject, status: Status
) -> None:
    keep(finding("dns.change.records", status), subject=real)
    held = line(made(subject=real), "nameservers")
    assert (held.held, held.steps, held.details, held.ready) == (True, (), (), False)
    assert [one.fix for one in held.findings] == ["mend it"]
    with pytest.raises(SignoffError, match="nameservers must not be done yet: seen"):
        require_signable(made(subject=real), "nameservers")


def test_a_step_that_loses_nothing_is_offered_as_ever(keep: Keep, made: Make, real: Subject) -> None:
    keep(finding("dns.change.records"), subject=real)
    offered = line(made(subject=real), "nameservers")
    assert (offered.held, offered.state) == (False, ItemState.OPEN)
    assert offered.steps
    assert offered.details
