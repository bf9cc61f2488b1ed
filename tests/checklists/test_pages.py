"""What the pages say: read from outputs, spec, record and runbooks, never made up."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from blueprint.mail_providers import NOBODY, PROVIDERS, title_of
from blueprint.outputs import EdgeRule, Outputs
from blueprint.records import DnsRecord
from blueprint.spec import Spec
from checklists import accounts, record
from checklists.accounts import AnswerError
from checklists.differences import SnapshotError, differences, snapshot
from checklists.handover import Handover
from checklists.items import Level
from checklists.pages import book, breaks
from checklists.pages.blocks import Page, Table
from checklists.pages.dates import endings
from checklists.pages.request import vendors
from checklists.pictures.svg import shortened
from checklists.subject import Subject
from checklists.view import View

ROOT = Path(__file__).parents[2]
RUNBOOKS = {path.stem: path.read_text() for path in (ROOT / "docs" / "runbooks").glob("*.md") if path.stem != "README"}
Make = Callable[..., Handover]
Keep = Callable[..., None]


def page(document: Handover, id_: str) -> Page:
    return next(one for one in book.pages(document) if one.id == id_)


def rows(page: Page) -> list[tuple[str, ...]]:
    return [row for block in page.blocks if isinstance(block, Table) for row in block.rows]


def test_every_alert_has_its_threshold_and_its_runbook(made: Make, spec: Spec) -> None:
    told = rows(page(made(spec=spec), "alerts"))
    assert any("more than 2 % of requests" in row[0] and "docs/runbooks/error-rate.md" in row[3] for row in told)


def test_the_runbooks_of_the_alerts_say_what_to_look_at_and_what_to_do(made: Make, spec: Spec) -> None:
    told = rows(page(made(spec=spec, runbooks=RUNBOOKS), "breaks"))
    assert len(told) >= 10
    assert all(row[0] and row[1].startswith("`./launch ") and row[2] for row in told)
    assert not [row for row in told if "STACK" in row[1]]


def test_every_command_on_a_page_names_the_stack_of_the_handover(made: Make, spec: Spec, real: Subject) -> None:
    document = made(spec=spec, runbooks=RUNBOOKS, subject=real)
    told = (*map(str, book.pages(document)), *(one.then for one in endings(document)))
    commands = [found for text in told for found in re.findall(r"`(\./launch [^`]+)`", text)]
    assert len(commands) > 30
    assert [one for one in commands if one.count(f"--stack {real.stack}") != 1] == []


@pytest.mark.parametrize("name", sorted(RUNBOOKS))
def test_a_runbook_is_read_for_title_command_and_cure(name: str) -> None:
    told = breaks.parsed(RUNBOOKS[name])
    assert told["title"]
    assert told["command"].startswith("./launch ")
    assert len(told["then"]) > 10


def test_records_of_one_name_and_type_stand_in_one_row(made: Make, outputs: Outputs) -> None:
    caa = tuple(DnsRecord("acme.test", "CAA", f'0 issue "{name}"') for name in ("a.test", "b.test"))
    told = rows(page(made(of=outputs.model_copy(update={"records": caa})), "domains"))
    assert ("acme.test", "CAA", '`0 issue "a.test"`, `0 issue "b.test"`', "no") in told


def mailed(outputs: Outputs, providers: tuple[str, ...], *records: DnsRecord) -> Outputs:
    """Return outputs with these providers and these mail records, of whose keys the selectors are."""
    selectors = tuple(one.name.partition("._domainkey")[0] for one in records if "._domainkey" in one.name)
    mail = outputs.mail.model_copy(update={"providers": providers, "selectors": selectors})
    return outputs.model_copy(update={"mail": mail, "records": records})


def key(selector: str, content: str = '"v=DKIM1; k=rsa; p=MIGf"') -> DnsRecord:
    return DnsRecord(f"{selector}._domainkey.acme.test", "TXT" if content.startswith('"') else "CNAME", content)


SENDGRID = [key(name, f"{name}.domainkey.u1.wl1.sendgrid.net") for name in ("a1", "a2")]


@pytest.mark.parametrize(
    ("published", "shown"),
    [
        ([key("acme2026"), key("resend")], {"google-workspace": "acme2026", "resend": "resend"}),
        (SENDGRID, {"sendgrid": "a1, a2"}),
        ([key("google"), *SENDGRID], {"google-workspace": "google", "sendgrid": "a1, a2"}),
        ([key("selector1"), key("selector2")], {"microsoft-365": "selector1, selector2"}),
        ([key("google"), key("20260131pm")], {"google-workspace": "google", "postmark": "20260131pm"}),
        ([key("zendesk1"), key("zendesk2")], {"zendesk": "zendesk1, zendesk2"}),
        ([key("google"), key("k2", "dkim2.mcsv.net")], {"google-workspace": "google", "a sender not listed": "k2"}),
        ([key("fm1"), key("fm2"), key("resend")], {"other": "fm1, fm2", "resend": "resend"}),
        ([], {"resend": "none"}),
        ([], {"none": "none"}),
    ],
)
def test_each_sender_is_shown_with_the_selectors_that_are_published(
    made: Make, outputs: Outputs, published: list[DnsRecord], shown: dict[str, str]
) -> None:
    providers = tuple(name for name in shown if name in PROVIDERS)
    told = page(made(of=mailed(outputs, providers, *published)), "mail")
    senders = next(block.rows for block in told.blocks if isinstance(block, Table) and block.caption == "Who may send")
    expected = [(title_of(name), keys) for name, keys in shown.items() if name != NOBODY]
    assert [row[:2] for row in senders] == expected


def test_a_mailbox_provider_that_is_not_listed_is_named_by_its_first_server(
    made: Make, outputs: Outputs, spec: Spec
) -> None:
    servers = [DnsRecord("acme.test", "MX", f"in{n}.example.com", priority=n * 10) for n in (2, 1)]
    elsewhere = mailed(outputs, ("other", "resend"), *servers, key("fm1"), key("resend"))
    mail = spec.mail.model_copy(update={"provider": "other"})
    moved = spec.model_copy(update={"mail": mail})
    document = made(of=elsewhere, spec=moved)
    assert ("in1.example.com", "fm1", "the domain itself") in rows(page(document, "mail"))
    assert "Mail by in1.example.com and Resend" in View(document).launched
    assert "in1.example.com" in vendors(document)
    assert "in1.example.com" in {one.name for one in accounts.accounts(elsewhere, moved)}


def test_a_founders_own_text_does_not_hide_the_spf_record(made: Make, outputs: Outputs) -> None:
    texts = [DnsRecord("acme.test", "TXT", f'"{text}"') for text in ("v=spf1 -all", "google-site-verification=x")]
    told = rows(page(made(of=mailed(outputs, (), *texts)), "mail"))
    assert ("SPF of acme.test", "`v=spf1 -all`", "which servers may send") in told


def test_rules_of_the_edge_are_those_of_the_state(made: Make, outputs: Outputs) -> None:
    rule = EdgeRule(phase="Rate limiting rules", title="Intents", action="block", what="more than 7 requests")
    edge = outputs.edge.model_copy(update={"rules": (rule,), "settings": {"ssl": "strict"}})
    told = rows(page(made(of=outputs.model_copy(update={"edge": edge})), "cloudflare"))
    assert any("more than 7 requests" in row for row in told)
    assert any(row[1] == "strict" for row in told)


def test_secrets_are_told_with_readers_age_and_next_rotation_and_no_value(
    made: Make, shelf: Any, spec: Spec, outputs: Outputs
) -> None:
    from datetime import date

    record.keep_facts(shelf, {"stripe-signing-secret": "2026-11-13T12:00:00+00:00"}, "none", date(2026, 11, 23))
    told = rows(page(made(spec=spec), "services"))
    assert ("`stripe-signing-secret`", "intake", "10 days", "2027-02-11", "`stripe connect`") in told


def test_answers_about_accounts_are_signed_and_a_change_makes_the_signature_void(
    made: Make, sign: Keep, shelf: Any, spec: Spec
) -> None:
    for one in accounts.accounts(made().outputs, spec):
        record.answer(shelf, one.id, dict.fromkeys(one.questions, "2027-01-01"))
    sign("accounts", spec=spec)
    line = next(line for line in made(spec=spec).lines if line.item.id == "accounts")
    assert line.done
    record.answer(shelf, "stripe", {"owner": "somebody else"})
    changed = next(line for line in made(spec=spec).lines if line.item.id == "accounts")
    assert (changed.done, changed.void) == (False, "the values that were signed have changed")


@pytest.mark.parametrize("text", ["whsec_" + "a" * 30, "it is sk_live_" + "b2" * 12])
def test_a_secret_is_not_an_answer(text: str) -> None:
    with pytest.raises(AnswerError, match="does not belong into a handover"):
        accounts.checked("recovery", text)


def test_what_became_worse_is_told_from_what_only_changed(made: Make, sign: Keep, outputs: Outputs) -> None:
    sign("firebase", "nameservers")
    before = snapshot(made())
    moved = outputs.model_copy(update={"nameservers": ("eve.test",), "image": "another"})
    found = {one.what: one for one in differences(before, snapshot(made(of=moved)))}
    assert (found["nameservers"].worse, found["nameservers"].before) == (True, "signed")
    assert not found["image"].worse
    assert "firebase" not in found
    assert differences(before, before) == ()


@pytest.mark.parametrize("other", [{}, [], {"form": 99}, "text"])
def test_what_is_no_handover_cannot_be_compared(made: Make, other: Any) -> None:
    with pytest.raises(SnapshotError):
        differences(snapshot(made()), other)


def test_an_item_as_a_value_has_everything_that_an_auditor_asks(made: Make) -> None:
    item = snapshot(made())["items"]["dkim"]
    wanted = ("level", "owner", "by", "command", "expected", "result", "evidence", "sha256", "taken_at", "commit")
    assert {*wanted, "valid_until"} <= set(item)
    assert item["level"] == Level.MUST.value


def test_a_long_name_is_cut_in_the_middle() -> None:
    assert shortened("a-very-long-host.example.com", 15) == "a-very-lo…e.com"
    assert shortened("short", 15) == "short"
