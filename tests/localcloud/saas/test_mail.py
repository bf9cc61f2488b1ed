"""The mailer with Resend's rules, our adapter on it, and the SMTP sink."""

from __future__ import annotations

import smtplib
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
import requests

from handlers.failures import Unavailable
from handlers.mailer_resend import Resend
from handlers.web import Refused


class Key:
    def values(self, _):
        return ("re_1",)


def mail(**changes):
    wanted = {"from": "Acme <support@acme.test>", "to": ["team@acme.test"], "subject": "Hi", "text": "Hello"}
    return {name: value for name, value in {**wanted, **changes}.items() if value is not None}


def inbox(world, recipient):
    return [entry.data for entry in world.journal("mail", recipient)]


def test_our_adapter_sends_one_mail_a_key(mailer, world):
    resend = Resend(Key(), "support@acme.test", mailer.url)
    assert resend.send("one@acme.test", "Héllo 👋", "🦜\n", "k-1") == resend.send(
        "one@acme.test", "Héllo 👋", "🦜\n", "k-1"
    )
    (kept,) = inbox(world, "one@acme.test")
    assert (kept["sender"], kept["subject"]) == ("support@acme.test", "Héllo 👋")
    message = message_from_bytes(kept["raw"].encode(), policy=policy.default)
    assert message.get_content() == "🦜\n"


def test_a_domain_without_the_senders_dkim_key_may_not_send(mailer):
    with pytest.raises(Unavailable, match="403 validation_error"):  # a person can mend it, so the mail waits
        Resend(Key(), "x@elsewhere.test", mailer.url).send("team@acme.test", "s", "t", "k-2")
    with pytest.raises(Refused, match="422"):
        Resend(Key(), "support@acme.test", mailer.url).send("a b", "s", "t", "k-2")
    answer = mailer("POST", "/emails", mail(**{"from": "x@elsewhere.test"}))
    assert (answer.status_code, "elsewhere.test domain is not verified" in answer.json()["message"]) == (403, True)


def test_a_key_with_another_payload_is_refused(mailer):
    assert mailer("POST", "/emails", mail(), **{"Idempotency-Key": "k-3"}).status_code == 200
    other = mailer("POST", "/emails", mail(subject="Other"), **{"Idempotency-Key": "k-3"})
    assert (other.status_code, other.json()["name"]) == (409, "invalid_idempotent_request")


def test_every_recipient_finds_the_mail(mailer, world):
    sent = mailer("POST", "/emails", mail(to="to@acme.test", cc=["cc@acme.test"], bcc="bcc@acme.test", html="<p>Hi"))
    assert [len(inbox(world, name)) for name in ("to@acme.test", "cc@acme.test", "bcc@acme.test")] == [1, 1, 1]
    assert "bcc@acme.test" not in inbox(world, "to@acme.test")[0]["raw"]
    assert mailer("GET", f"/emails/{sent.json()['id']}").json()["subject"] == "Hi"
    assert mailer("GET", "/emails/none").status_code == 404


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ([], 400),
        (mail(to=None), 422),
        (mail(to=[]), 422),
        (mail(to=[f"a{n}@acme.test" for n in range(51)]), 422),
        (mail(to="nowhere"), 422),
        (mail(subject=None), 422),
        (mail(subject="two\nlines"), 422),
        (mail(text=None), 422),
        (mail(tetx="typo"), 422),
        (mail(attachments=[]), 501),
    ],
)
def test_a_mail_that_is_not_valid_is_refused(mailer, body, status):
    assert mailer("POST", "/emails", body).status_code == status


def test_without_a_key_nothing_is_sent(mailer):
    answer = requests.post(f"{mailer.url}/emails", json=mail(), timeout=5)
    assert (answer.status_code, answer.json()["name"]) == (401, "missing_api_key")
    assert mailer("POST", "/emails", mail(), **{"Idempotency-Key": "k" * 257}).status_code == 400
    assert mailer("GET", "/domains").status_code == 501


def test_a_message_by_smtp_is_kept_for_each_recipient(chosen, world):
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "alerts@acme.test", "oncall@acme.test", "Fire 🔥"
    message.set_content("It burns.")
    with smtplib.SMTP("127.0.0.1", chosen["smtp"], timeout=5) as server:
        server.send_message(message, to_addrs=["oncall@acme.test", "second@acme.test"])
    for recipient in ("oncall@acme.test", "second@acme.test"):
        (kept,) = inbox(world, recipient)
        assert (kept["sender"], kept["subject"]) == ("alerts@acme.test", "Fire 🔥")
