from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import typer
import yaml
from typer.testing import CliRunner

from blueprint.spec import Spec, parse
from cli.questions import asked, is_the_example
from cli.terminal import Terminal
from engine.home import PROJECT

ANSWERS = {
    "Domain": "acme.com",
    "Your name": "Ada",
    "Your e-mail": "ada@acme.com",
    "project id": "acme-prod-1",
    "exist already": "",
    "Billing": "012345-6789AB-CDEF01",
    "Region": "",
    "Android": "com.acme.app",
    "Apple": "",
    "Cloudflare account": "0" * 32,
    "plan": "",
    "Host": "acme.web.app",
    "Mailbox": "google-workspace",
    "Who else sends": "resend, postmark",
    "DMARC": "dmarc@acme.com",
    "comes from": "support@acme.com",
    "go to": "team@acme.com",
    "tickets": "zendesk",
    "Zendesk": "acme",
    "sends the mail": "",
    "proposes replies": "",
    "sell": "basic=basic_monthly + basic_yearly, pro=price_1+once:pro_for_good",
    "alerts": "oncall@acme.com",
    "state": "",
}
KEY = (
    "v=DKIM1; k=rsa; p="
    "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQCkRR9GzRDl2QaocH5GdfN6iqImiTgGetjP6GQojngMDoz/GBPHEwEpHz9Z"
    "N6gnMg35zodwZgQ8pXG8wHo0gV3s/er39n4XsJlecbP/ZEXqgUkINcJc+iU1SN8p/VegIL4p+UE3nj2Aw1/bkluM9PiBoayk"
    "YmSTnbhHx4ux1kSNpQIDAQAB"
)
SELECTOR = "20260131120000pm"
KEYS = [KEY, KEY, SELECTOR, KEY]  # of Google, Resend and Postmark


def answered(written: Path, *lines: str, known: dict[str, Any] | None = None) -> Spec:
    app = typer.Typer()

    @app.command()
    def ask() -> None:
        written.write_text(yaml.safe_dump(asked(Terminal(), known or {})))

    done = CliRunner().invoke(app, input="\n".join(lines) + "\n")
    assert done.exit_code == 0, done.stderr
    return parse(yaml.safe_load(written.read_text()))


def test_the_answers_become_a_spec_with_what_every_launch_wants(tmp_path: Path) -> None:
    spec = answered(tmp_path / "spec.yaml", *ANSWERS.values(), *KEYS)
    assert spec.mail.senders == ("resend", "postmark")
    assert sorted(spec.mail.dkim) == [SELECTOR, "google", "resend"]
    assert (spec.google.apps.android, spec.google.apps.apple) == ("com.acme.app", None)
    assert [redirect.source for redirect in spec.redirects] == ["www.acme.com"]
    assert spec.support.providers == ("zendesk", "resend")
    assert spec.state
    assert spec.state.bucket == "acme-prod-1-state"
    assert spec.protect
    basic, pro = spec.payments.plans
    assert (basic.name, basic.prices, basic.purchases) == ("basic", ("basic_monthly", "basic_yearly"), ())
    assert (pro.name, pro.prices, pro.purchases) == ("pro", ("price_1",), ("pro_for_good",))


def test_plans_that_another_stack_sells_are_proposed_and_none_need_be_named(tmp_path: Path) -> None:
    known = {"payments": {"plans": [{"name": "team", "prices": ["t1"], "purchases": ["t2"]}]}}
    lines = list({**ANSWERS, "sell": ""}.values())
    (team,) = answered(tmp_path / "spec.yaml", *lines, *KEYS, known=known).payments.plans
    assert (team.name, team.prices, team.purchases) == ("team", ("t1",), ("t2",))
    assert answered(tmp_path / "spec.yaml", *lines, *KEYS).payments.plans == ()


@pytest.mark.parametrize(
    "wrong", ["basic", "basic=", "=p1", "basic=p1, basic=p2", "basic=p1, pro=p1", "free=p1", "basic=not a price"]
)
def test_plans_that_cannot_be_are_asked_for_again(tmp_path: Path, wrong: str) -> None:
    lines = list({**ANSWERS, "sell": wrong}.values())
    (plan,) = answered(tmp_path / "spec.yaml", *lines, *KEYS, "pro=p1").payments.plans
    assert (plan.name, plan.prices) == ("pro", ("p1",))


def test_what_an_answer_asks_for_is_asked_and_nothing_else(tmp_path: Path) -> None:
    by_mail = {**ANSWERS, "exist already": "create", "tickets": "", "sends the mail": "smtp"}
    by_mail |= {"Who else sends": "postmark", "proposes replies": "gemini-3.5-flash"}
    del by_mail["Zendesk"]
    lines = list(by_mail.values())
    after = list(by_mail).index("sends the mail") + 1
    lines[after:after] = ["smtp.acme.com:587", "acme"]
    lines[-1:] = ["acme-seed", "acme-state-1"]
    spec = answered(tmp_path / "spec.yaml", *lines, KEY, SELECTOR, KEY)
    assert spec.support.providers == ("email", "smtp", "drafts", "vertex")
    assert spec.support.smtp
    assert (spec.support.smtp.server, spec.support.zendesk) == ("smtp.acme.com:587", None)
    assert spec.state
    assert (spec.state.project, spec.state.bucket) == ("acme-seed", "acme-state-1")


def test_a_project_that_is_yet_to_be_made_cannot_keep_the_state_and_is_asked_for_again(tmp_path: Path) -> None:
    lines = [*{**ANSWERS, "exist already": "create"}.values()]
    lines[-1:] = [ANSWERS["project id"], "acme-state-1"]
    spec = answered(tmp_path / "spec.yaml", *lines, *KEYS, "acme-seed")
    assert spec.state
    assert spec.state.project == "acme-seed"


def test_what_another_stack_answered_is_proposed(tmp_path: Path) -> None:
    known = {"contact": {"name": "Ada", "email": "ada@acme.com"}, "mail": {"senders": ["resend", "postmark"]}}
    lines = {**ANSWERS, "Your name": "", "Your e-mail": "", "Who else sends": ""}
    spec = answered(tmp_path / "spec.yaml", *lines.values(), *KEYS, known=known)
    assert spec.contact.email == "ada@acme.com"
    assert spec.mail.senders == ("resend", "postmark")


def test_only_what_does_not_pass_is_asked_again(tmp_path: Path) -> None:
    wrong = {**ANSWERS, "Cloudflare account": "abc", "alerts": "oncall"}
    again = (ANSWERS["Cloudflare account"], ANSWERS["alerts"])
    spec = answered(tmp_path / "spec.yaml", *wrong.values(), *KEYS, *again)
    assert spec.alerts.email == "oncall@acme.com"


def test_a_key_that_does_not_pass_is_asked_again(tmp_path: Path) -> None:
    spec = answered(tmp_path / "spec.yaml", *ANSWERS.values(), "v=DKIM1; p=AAAA", *KEYS[1:], KEY.partition("; ")[2])
    assert spec.mail.dkim["google"] == KEY


def test_a_mailbox_provider_that_is_not_listed_is_asked_for_what_its_console_shows(tmp_path: Path) -> None:
    servers = ["10 in1-smtp.messagingengine.com, 20 in2-smtp.messagingengine.com", "spf.messagingengine.com"]
    lines = list({**ANSWERS, "Mailbox": "other", "Who else sends": "resend"}.values())
    after = list(ANSWERS).index("Mailbox") + 1
    lines[after:after] = servers
    keys = ["fm1._domainkey", "fm1.acme.com.dkim.fmhosted.com", "fm2", "fm2.acme.com.dkim.fmhosted.com", ""]
    spec = answered(tmp_path / "spec.yaml", *lines, KEY, *keys)
    assert spec.mail.servers == ((10, "in1-smtp.messagingengine.com"), (20, "in2-smtp.messagingengine.com"))
    assert spec.mail.spf_includes == ("spf.messagingengine.com",)
    assert sorted(spec.mail.dkim) == ["fm1", "fm2", "resend"]


def test_a_provider_by_its_own_name_leads_to_the_questions_of_one_that_is_not_listed(tmp_path: Path) -> None:
    lines = {**ANSWERS, "Mailbox": "fastmail", "Who else sends": "resend"}.values()
    again = ["other", "10 mx.example.com", "spf.example.com"]
    spec = answered(tmp_path / "spec.yaml", *lines, KEY, again[0], "k1", KEY, "", *again[1:])
    assert (spec.mail.provider, spec.mail.mx, sorted(spec.mail.dkim)) == (
        "other",
        ("10 mx.example.com",),
        ["k1", "resend"],
    )


def test_a_provider_that_only_forwards_is_asked_for_no_key(tmp_path: Path) -> None:
    lines = list({**ANSWERS, "Mailbox": "other", "Who else sends": "resend", "alerts": "oncall"}.values())
    after = list(ANSWERS).index("Mailbox") + 1
    lines[after:after] = ["10 mx1.improvmx.com, 20 mx2.improvmx.com", "spf.improvmx.com"]
    spec = answered(tmp_path / "spec.yaml", *lines, KEY, "", ANSWERS["alerts"])
    assert spec.mail.unsigned
    assert sorted(spec.mail.dkim) == ["resend"]


def test_only_the_file_that_ships_may_be_replaced_without_asking(tmp_path: Path) -> None:
    assert is_the_example(PROJECT / "Pulumi.prod.yaml")
    assert is_the_example(PROJECT / "Pulumi.staging.yaml")
    assert not is_the_example(PROJECT / "Pulumi.local.yaml")
    half = tmp_path / "Pulumi.half.yaml"
    half.write_text("config: {}")
    assert not is_the_example(half)
