"""What is told every night: endings that need a person, and those that should have renewed themselves."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from blueprint.finding import Finding, Status
from blueprint.outputs import Outputs
from blueprint.spec import Spec
from checklists import record
from checklists.due import due
from checklists.handover import Handover
from checklists.pages.dates import FOUND, RENEWED, endings

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
SEEN = {
    "tls.certificate.expiry": "5 of 90 days left, until 2026-11-28",
    "dns.dnssec.lifetime": "the first of 19 ends 2026-11-24 12:16 UTC",
}
Make = Callable[..., Handover]
Keep = Callable[..., None]


def whats(handover: Handover, days: int) -> list[str]:
    return [one.what for one in due(handover, timedelta(days=days))]


@pytest.mark.parametrize("id_", SEEN)
@pytest.mark.parametrize("observed", ["5 of 90 days left, until 2026-11-28", "no signature", "nobody answers"])
@pytest.mark.parametrize("status", [Status.WARN, Status.FAIL])
def test_what_did_not_renew_itself_in_time_is_due_and_what_did_is_not(
    keep: Keep, made: Make, spec: Spec, id_: str, status: Status, observed: str
) -> None:
    keep(Finding(id_, "acme.test", Status.PASS, "long enough", SEEN[id_]))
    assert not [each for each in whats(made(spec=spec), 14) if each.startswith(FOUND[id_][0])]
    keep(Finding(id_, "acme.test", status, "long enough", observed, fix="Look at it."))
    assert [each for each in whats(made(spec=spec), 14) if each.startswith(FOUND[id_][0])]


def test_a_registration_is_due_from_the_first_day_within_the_time(
    keep: Keep, made: Make, shelf: Any, spec: Spec
) -> None:
    record.answer(shelf, "registrar", {"owner": "Ada", "ends": "2026-12-07"})
    assert not [each for each in whats(made(spec=spec), 13) if each.startswith("registration")]
    assert [each for each in whats(made(spec=spec), 14) if each.startswith("registration")]


def test_a_rotation_a_signature_and_a_sunset_are_due(
    keep: Keep, sign: Keep, made: Make, shelf: Any, spec: Spec, outputs: Outputs
) -> None:
    record.keep_facts(shelf, {outputs.secrets[0]: "2026-09-01T00:00:00+00:00"}, "", date(2026, 9, 1))
    sign("restore")
    found = whats(made(spec=spec), 400)
    for start in ("rotation of secret ", "signature of restore", "vendor change: "):
        assert [each for each in found if each.startswith(start)], start


def test_evidence_that_each_verification_renews_is_never_due(keep: Keep, made: Make, spec: Spec) -> None:
    keep(Finding("mail.dkim.key", "acme.test", Status.PASS, "a key", "a key"))
    handover = made(spec=spec)
    assert [one for one in endings(handover) if one.what.startswith("first evidence")]
    assert not [each for each in whats(handover, 400) if each.startswith("first evidence")]


def test_what_renews_itself_is_what_the_handover_calls_so() -> None:
    assert all("by itself" in FOUND[id_][1] or "every few days" in FOUND[id_][1] for id_ in RENEWED)
