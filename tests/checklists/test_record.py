"""Evidence counts only unchanged, in its time, and for the very launch that it is of."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from blueprint.finding import Finding, Status
from blueprint.outputs import Outputs
from checklists import record
from checklists.evidence import deployment_of
from checklists.handover import Handover
from checklists.lines import ItemState, Line
from checklists.signoffs import SignoffError
from checklists.subject import Subject

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
Make = Callable[..., Handover]
Keep = Callable[..., None]
DKIM = Finding("mail.dkim.key", "acme.test", Status.PASS, "a key", "a key")
SPEED = Finding("accept.latency", "acme.test", Status.PASS, "fast", "fast")


def dkim(document: Handover) -> Line:
    return next(line for line in document.lines if line.item.id == "dkim")


def test_a_proof_names_file_hash_time_commit_and_end(keep: Keep, made: Make, shelf: Any) -> None:
    keep(DKIM)
    found = dkim(made()).evidence
    assert found is not None
    assert (found.file, found.taken_at, found.commit) == (
        shelf.verified,
        NOW,
        "0123456789abcdef" * 2 + "01234567",
    )
    assert found.digest == shelf.get("register.json")["verified"]
    assert found.valid_until > NOW


@pytest.mark.parametrize(
    "tamper",
    [
        lambda text: text.replace('"a key"', '"another key"', 1),
        lambda text: text.replace('"status": "pass"', '"status": "fail"'),
        lambda text: text.replace("2026-11-23", "2027-11-23"),
        lambda text: text.replace("acme.test", "other.test"),
        lambda text: text[:-20],
        lambda _: "[]",
        lambda _: "null",
    ],
)
def test_evidence_that_was_changed_is_refused(keep: Keep, made: Make, shelf: Any, tamper: Callable[[str], str]) -> None:
    keep(DKIM, SPEED)
    shelf.files[shelf.verified] = tamper(shelf.files[shelf.verified])
    line = dkim(made())
    assert (line.state, line.ready) == (ItemState.UNKNOWN, False)
    assert shelf.verified in line.reason
    speed = next(line for line in made().lines if line.item.id == "accept-speed")
    assert speed.done, "the other file is as it was"


def test_evidence_that_is_gone_is_refused(keep: Keep, made: Make, shelf: Any) -> None:
    keep(DKIM)
    del shelf.files[shelf.verified]
    assert "is not there" in dkim(made()).reason


@pytest.mark.parametrize(
    "foreign",
    [
        Subject("prod", "acme.test", "acme-rehearsal", rehearsal=True),
        Subject("local", "other.test", "acme-rehearsal", rehearsal=True),
        Subject("local", "acme.test", "another", rehearsal=True),
        Subject("local", "acme.test", "acme-rehearsal", rehearsal=False),
    ],
)
def test_evidence_of_another_launch_does_not_count(keep: Keep, made: Make, foreign: Subject) -> None:
    keep(DKIM, subject=foreign)
    line = dkim(made())
    assert line.state is ItemState.UNKNOWN
    assert "does not count here" in line.reason


def test_a_rehearsal_never_satisfies_the_real_world(keep: Keep, made: Make, real: Subject) -> None:
    keep(DKIM)
    line = dkim(made(subject=real))
    assert line.state is ItemState.UNKNOWN
    assert "it is of a rehearsal, and this is the real world" in line.reason


def test_evidence_of_another_deployment_does_not_count(keep: Keep, made: Make, outputs: Outputs) -> None:
    keep(DKIM)
    line = dkim(made(of=outputs.model_copy(update={"image": "another@sha256:11"})))
    assert (line.state, line.reason) == (ItemState.UNKNOWN, "the stack has changed since the evidence was taken")


def test_a_run_replaces_what_it_looked_at_and_leaves_the_rest(keep: Keep, made: Make) -> None:
    keep(DKIM, SPEED, at=NOW - timedelta(days=3))
    keep(Finding("mail.spf.single", "acme.test", Status.PASS, "one", "one"), renews="mail.")
    found = {proof.finding.id: proof.taken_at for proof in made().record.proofs}
    assert found == {"mail.spf.single": NOW, "accept.latency": NOW - timedelta(days=3)}


def test_nothing_of_a_former_deployment_is_carried_on(keep: Keep, made: Make, outputs: Outputs) -> None:
    keep(DKIM, SPEED)
    other = outputs.model_copy(update={"image": "another@sha256:11"})
    one = Finding("accept.replay", "acme.test", Status.PASS, "once", "once")
    keep(one, of=other, renews="accept.replay")
    assert [proof.finding.id for proof in made(of=other).record.proofs] == ["accept.replay"]


def test_nothing_of_a_file_that_was_changed_is_carried_on(keep: Keep, made: Make, shelf: Any) -> None:
    keep(DKIM)
    shelf.files[shelf.verified] = shelf.files[shelf.verified].replace("a key", "no key")
    keep(Finding("tls.versions.new", "acme.test", Status.PASS, "1.3", "1.3"), renews="tls.")
    assert [proof.finding.id for proof in made().record.proofs] == ["tls.versions.new"]


def test_a_run_that_renews_evidence_leaves_no_file_behind(keep: Keep, shelf: Any) -> None:
    keep(DKIM, SPEED, at=NOW - timedelta(days=3))
    former = shelf.verified
    keep(DKIM, renews="mail.")
    kept = [name for name in shelf.files if name.startswith("evidence/")]
    assert len(kept) == 2
    assert former not in kept


def test_evidence_that_is_renewed_while_it_is_read_is_read_again(keep: Keep, made: Make, shelf: Any) -> None:
    keep(DKIM, at=NOW - timedelta(days=3))
    read = shelf.get

    def meanwhile(name: str) -> Any:
        if name.startswith("evidence/"):
            shelf.get = read
            keep(DKIM, renews="mail.")
        return read(name)

    shelf.get = meanwhile
    line = dkim(made())
    assert (line.state, line.evidence and line.evidence.taken_at) == (ItemState.REHEARSED, NOW)


def test_signatures_are_kept_side_by_side(made: Make, sign: Keep) -> None:
    sign("alerts")
    sign("dnssec", by="Grace", note="by phone")
    assert {item: one.by for item, one in made().record.signatures.items()} == {"alerts": "Ada", "dnssec": "Grace"}


@pytest.mark.parametrize(
    "content", ["", "[]", '{"alerts": {"who": "Ada"}}', '{"alerts": 3}', '{"alerts": {"by": "A"}}']
)
def test_a_broken_file_of_signatures_is_refused_and_not_overwritten(
    shelf: Any, made: Make, sign: Keep, content: str
) -> None:
    shelf.files["signatures.json"] = content
    with pytest.raises(SignoffError, match="fix it or move it away"):
        made()
    with pytest.raises(SignoffError, match="fix it or move it away"):
        record.sign(shelf, "alerts", None)  # type: ignore[arg-type]
    assert shelf.files["signatures.json"] == content


def test_a_signature_from_before_it_said_what_was_signed_counts_for_nothing(shelf: Any, made: Make) -> None:
    shelf.put("signatures.json", {"alerts": {"by": "Ada", "at": "2026-11-23T09:30:00+01:00", "note": ""}})
    line = next(line for line in made().lines if line.item.id == "alerts")
    assert (line.state, line.void) == (ItemState.OPEN, "it does not say what was signed")


def test_a_deployment_is_told_by_everything_that_the_stack_promises(outputs: Outputs) -> None:
    assert deployment_of(outputs) == deployment_of(outputs.model_copy())
    assert deployment_of(outputs) != deployment_of(outputs.model_copy(update={"dnssec_ds": "other"}))


def test_dmarcs_stage_is_dated_when_it_is_first_seen(shelf: Any, here: Subject) -> None:
    record.keep_facts(shelf, {"a": "2026-11-01T00:00:00+00:00"}, "none", NOW.date())
    record.keep_facts(shelf, None, "none", (NOW + timedelta(days=5)).date())
    kept = record.load(shelf, here, "")
    assert (kept.dmarc_since, kept.secrets) == ("2026-11-23", {"a": "2026-11-01T00:00:00+00:00"})
    record.keep_facts(shelf, None, "quarantine", (NOW + timedelta(days=20)).date())
    assert record.load(shelf, here, "").dmarc_since == "2026-12-13"
