from __future__ import annotations

from pathlib import Path

import typer
import yaml
from typer.testing import CliRunner

from blueprint.spec import Spec, parse
from cli.init import asked, is_the_example
from cli.show import Show
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
    "Zendesk": "acme",
    "alerts": "oncall@acme.com",
}
KEYS = ["v=DKIM1; k=rsa; p=AAAA"] * 3  # of Google, Resend and Postmark


def answered(written: Path, *lines: str) -> Spec:
    app = typer.Typer()

    @app.command()
    def ask() -> None:
        written.write_text(yaml.safe_dump(asked(Show())))

    done = CliRunner().invoke(app, input="\n".join(lines) + "\n")
    assert done.exit_code == 0, done.stderr
    return parse(yaml.safe_load(written.read_text()))


def test_the_answers_become_a_spec_with_what_every_launch_wants(tmp_path: Path) -> None:
    spec = answered(tmp_path / "spec.yaml", *ANSWERS.values(), *KEYS)
    assert spec.mail.senders == ("resend", "postmark")
    assert sorted(spec.mail.dkim) == ["google", "pm", "resend"]
    assert (spec.google.apps.android, spec.google.apps.apple) == ("com.acme.app", None)
    assert [redirect.source for redirect in spec.redirects] == ["www.acme.com"]
    assert spec.protect


def test_only_what_does_not_pass_is_asked_again(tmp_path: Path) -> None:
    wrong = {**ANSWERS, "Cloudflare account": "abc", "alerts": "oncall"}
    again = (ANSWERS["Cloudflare account"], ANSWERS["alerts"])
    spec = answered(tmp_path / "spec.yaml", *wrong.values(), *KEYS, *again)
    assert spec.alerts.email == "oncall@acme.com"


def test_only_the_file_that_ships_may_be_replaced_without_asking(tmp_path: Path) -> None:
    assert is_the_example(PROJECT / "Pulumi.prod.yaml")
    assert not is_the_example(PROJECT / "Pulumi.local.yaml")
    half = tmp_path / "Pulumi.half.yaml"
    half.write_text("config: {}")
    assert not is_the_example(half)
