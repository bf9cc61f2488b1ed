"""The mailer with Resend's rules, our adapter on it, and the SMTP sink."""

from __future__ import annotations

import re
import smtplib
import socket
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import dkim
import pytest
import requests
import yaml

from handlers.failures import Unavailable
from handlers.outside.http_client import Refused
from handlers.vendors.resend import Resend
from localcloud.base.process import on_thread
from localcloud.base.web import serving
from localcloud.saas import mailbox
from localcloud.saas.mail_transfer import by_smtp
from localcloud.saas.mailer import app

PROJECT = Path(__file__).parents[3]
KEY_NAME = b"resend._domainkey.acme.test."


TAG = {"name": "kind", "value": "welcome"}


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
    assert (kept["client"], kept["subject"]) == ("127.0.0.1", "Héllo 👋")
    assert re.fullmatch(r"bounces\+[0-9a-f-]{36}@send\.acme\.test", kept["sender"])
    message = message_from_bytes(kept["raw"].encode(), policy=policy.default)
    assert message.get_content() == "🦜\r\n"


def test_a_domain_without_the_senders_dkim_key_may_not_send(mailer):
    said = r"knows secret resend-key and refuses: 403 validation_error The elsewhere.test domain is not verified\. "
    with pytest.raises(Unavailable, match=said):  # a person can fix it, so the mail waits
        Resend(Key(), "x@elsewhere.test", mailer.url).send("team@acme.test", "s", "t", "k-2")
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
        (mail(cc="nowhere"), 422),
        (mail(bcc=["a@acme.test", "nowhere"]), 422),
        (mail(tags=[{"name": "kind", "value": "über"}]), 422),
        (mail(tags=[{"name": "two words", "value": "x"}]), 422),
        (mail(headers={"X-A": "b\r\nBcc: c@acme.test"}), 422),
        (mail(headers=["X-A"]), 422),
        (mail(attachments=[]), 501),
    ],
)
def test_a_mail_that_is_not_valid_is_refused(mailer, body, status):
    assert mailer("POST", "/emails", body).status_code == status


def test_headers_and_tags_go_with_the_mail(mailer, world):
    wanted = mail(to="list@acme.test", headers={"List-Unsubscribe": "<https://acme.test/u>"}, tags=[TAG])
    assert mailer("POST", "/emails", wanted).status_code == 200
    assert "List-Unsubscribe: <https://acme.test/u>\r\n" in inbox(world, "list@acme.test")[0]["raw"]


def test_without_a_key_nothing_is_sent(mailer):
    answer = requests.post(f"{mailer.url}/emails", json=mail(), timeout=5)
    assert (answer.status_code, answer.json()["name"]) == (401, "missing_api_key")
    assert mailer("POST", "/emails", mail(), **{"Idempotency-Key": "k" * 257}).status_code == 400
    assert mailer("GET", "/domains").status_code == 501


def free():
    with socket.create_server(("127.0.0.1", 0)) as closed:
        return closed.getsockname()[1]


def published():
    spec = yaml.safe_load((PROJECT / "Pulumi.local.yaml").read_text())["config"]["launch:spec"]
    return spec["mail"]["dkim"]["resend"].encode()


def test_what_is_sent_is_signed_with_the_key_that_the_rehearsal_publishes(mailer, world):
    sent = mailer("POST", "/emails", mail(to="signed@acme.test", subject="Grüße 🦜", html="<p>Hi", cc="c@acme.test"))
    assert sent.status_code == 200
    kept = mailer("GET", "/_rehearsal/mail?to=signed@acme.test").json()["mails"][-1]
    raw = kept["raw"].encode("utf-8", "surrogateescape")
    verifier = dkim.DKIM(raw)
    assert verifier.verify(dnsfunc=lambda name, timeout=0: published() if name == KEY_NAME else None)
    assert {b"from", b"to", b"cc", b"subject", b"date", b"message-id"} <= {name for name, _ in verifier.signed_headers}
    forged = dkim.DKIM(raw.replace(b"Hello", b"Jello"))
    with pytest.raises(dkim.ValidationError):
        forged.verify(dnsfunc=lambda name, timeout=0: published())
    assert mailer("GET", f"/emails/{sent.json()['id']}").json()["last_event"] == "delivered"


def test_a_mail_that_no_server_takes_has_bounced(world):
    nobody = free()
    with on_thread(serving(app(world, by_smtp(nobody)), chosen_port := free())):
        url, key = f"http://127.0.0.1:{chosen_port}/emails", {"Authorization": "Bearer re_1"}
        sent = requests.post(url, json=mail(to="lost@acme.test"), headers=key, timeout=5)
        assert requests.get(f"{url}/{sent.json()['id']}", headers=key, timeout=5).json()["last_event"] == "bounced"
    assert inbox(world, "lost@acme.test") == []


def test_a_mailbox_is_asked_for_by_its_address(mailer):
    assert mailer("GET", "/_rehearsal/mail").status_code == 400
    assert mailer("GET", "/_rehearsal/mail?to=nobody@acme.test").json() == {"mails": []}


@pytest.mark.parametrize("text", ["It broke 🦜\n" * 30, "A plain line.\n"], ids=["encoded", "plain"])
def test_mails_are_found_by_what_a_reader_reads_in_them(mailer, text):
    named = f"tkt_{len(text)}"
    sent = mailer("POST", "/emails", mail(subject=f"Hélp [{named}]", text=text)).json()
    (found,) = mailer("GET", f"/_rehearsal/mail?about={named}").json()["mails"]
    assert found == {
        "id": f"{sent['id']}@rehearsal.invalid",
        "to": "team@acme.test",
        "subject": f"Hélp [{named}]",
        "text": text,
    }
    assert found in mailer("GET", f"/_rehearsal/mail?about={text[:8]}").json()["mails"]


def test_a_message_by_smtp_is_kept_for_each_recipient(chosen, world):
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "alerts@acme.test", "oncall@acme.test", "Fire 🔥"
    message.set_content("It burns.")
    with smtplib.SMTP("127.0.0.1", chosen["smtp"], timeout=5) as server:
        server.send_message(message, to_addrs=["oncall@acme.test", "second@acme.test"])
    for recipient in ("oncall@acme.test", "second@acme.test"):
        (kept,) = inbox(world, recipient)
        assert (kept["sender"], kept["subject"]) == ("alerts@acme.test", "Fire 🔥")


def test_a_bad_key_is_told_apart_from_a_refusal_of_the_mail(mailer):
    class BadKey:
        def values(self, _):
            return ("nonsense",)

    with pytest.raises(Unavailable, match="denied every version of secret resend-key: 403 invalid_api_key"):
        Resend(BadKey(), "support@acme.test", mailer.url).send("team@acme.test", "s", "t", "k-3")


def test_what_resend_refuses_is_told_in_its_own_words_without_addresses(mailer):
    with pytest.raises(Refused, match=r"Resend refuses a mail: 422 validation_error Invalid address; .*…@example\.com"):
        Resend(Key(), "support@acme.test", mailer.url).send("ada@localhost", "s", "t", "k-4")


def test_addresses_of_other_alphabets_arrive_as_they_are_with_domains_in_a_labels(mailer, world):
    resend = Resend(Key(), "Müller <support@acme.test>", mailer.url)
    resend.send("用户@例子.测试", "Grüße", "t", "k-5", "bücher@münchen.test")
    (kept,) = inbox(world, "用户@xn--fsqu00a.xn--0zwm56d")
    head = kept["raw"].partition("\r\n\r\n")[0]
    assert "To: 用户@xn--fsqu00a.xn--0zwm56d" in head
    assert "Reply-To: bücher@xn--mnchen-3ya.test" in head
    assert "=?" not in "".join(line for line in head.splitlines() if line.startswith(("To:", "Reply-To:")))


def test_a_user_whose_address_is_nonsense_costs_the_answers_address_and_not_the_mail(mailer, world):
    Resend(Key(), "support@acme.test", mailer.url).send(
        "team-6@acme.test", "s", "t", "k-6", "ada@acme.test\nBcc: x@y.z"
    )
    (kept,) = inbox(world, "team-6@acme.test")
    assert "Reply-To" not in kept["raw"]


@pytest.mark.parametrize(("to", "subject"), [("a@acme.test\r\nBcc: x@y.z", "s"), ("a@acme.test", "s\nBcc: x@y.z")])
def test_a_line_break_in_a_header_is_refused_before_anything_is_sent(mailer, to, subject):
    before = len(mailer.history())
    with pytest.raises(Refused):
        Resend(Key(), "support@acme.test", mailer.url).send(to, subject, "t", "k-7")
    assert len(mailer.history()) == before


@pytest.mark.parametrize("length", range(55, 85))
def test_a_subject_is_read_as_it_was_written_whether_or_not_its_line_was_folded(length: int) -> None:
    message = EmailMessage()
    message["Subject"] = ("[ALERT - Error] " + "a word " * 12)[:length].rstrip()
    message.set_content("text")
    assert mailbox.read(message.as_bytes(policy=policy.SMTP).decode()).subject == message["Subject"]
