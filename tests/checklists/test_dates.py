"""What ends when: the launch's own dates always, vendors' sunsets beside them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

from blueprint.finding import Finding, Status
from blueprint.outputs import Outputs
from blueprint.spec import Spec
from checklists import record
from checklists.handover import Handover
from checklists.pages.dates import Ending, endings

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
Make = Callable[..., Handover]
Keep = Callable[..., None]


def passed(id_: str, subject: str, observed: str) -> Finding:
    return Finding(id_, subject, Status.PASS, "long enough", observed)


def named(found: tuple[Ending, ...], start: str) -> list[date]:
    return [one.on for one in found if one.what.startswith(start)]


def test_own_dates_stand_on_the_line_however_many_sunsets_come_first(
    keep: Keep, sign: Keep, made: Make, shelf: Any, spec: Spec, outputs: Outputs
) -> None:
    keep(
        passed("tls.certificate.expiry", "acme.test at 192.0.2.1", "89 of 90 days left, until 2027-02-21"),
        passed("tls.certificate.expiry", "www.acme.test at 192.0.2.1", "60 of 90 days left, until 2027-01-22"),
        passed("dns.dnssec.lifetime", "acme.test", "the first of 19 ends 2026-11-30 12:16 UTC"),
        passed("mail.dkim.key", "acme.test", "a key"),
    )
    sign("restore")
    record.answer(shelf, "registrar", {"owner": "Ada", "ends": "2029-05-01"})
    record.keep_facts(shelf, {outputs.secrets[0]: "2026-11-01T00:00:00+00:00"}, outputs.mail.dmarc_policy, NOW.date())
    found = endings(made(spec=spec))
    assert named(found, "certificate of www.acme.test") == [date(2027, 1, 22)]
    assert named(found, "DNSSEC") == [date(2026, 11, 30)]
    assert named(found, "rotation of secret stripe-signing-secret") == [date(2027, 1, 30)]
    assert named(found, "registration of acme.test") == [date(2029, 5, 1)]
    assert named(found, "DMARC can move to quarantine") == [date(2026, 12, 7)]
    assert named(found, "signature of restore") == [date(2027, 11, 23)]
    assert named(found, "first evidence") == [date(2026, 12, 3)]
    assert named(found, "vendor change")
    assert [one.on for one in found] == sorted(one.on for one in found)


def test_a_sunset_of_what_the_launch_does_not_use_is_left_out(made: Make, spec: Spec) -> None:
    bare = spec.model_copy(update={"support": spec.support.model_copy(update={"zendesk": None, "helpdesk": "email"})})
    assert not [one for one in endings(made(spec=bare)) if "Zendesk" in one.what]
