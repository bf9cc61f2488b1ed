"""Mail over SMTP, against a real server with TLS and a password, and against servers that break off at every point."""

from __future__ import annotations

import email
import socket
import ssl
import threading
from email import policy

import pytest
import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult

from handlers.failures import NotSent, Unavailable
from handlers.outside.http_client import Refused
from handlers.settings import SmtpServer
from handlers.vendors.smtp import Smtp


class Sink:
    """Keeps mails; `refuse` is the answer to a receiver."""

    def __init__(self):
        self.mails = []
        self.refuse = ""

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802 - aiosmtpd's
        envelope.rcpt_tos.append(address)
        return self.refuse or "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802 - aiosmtpd's
        self.mails.append((envelope.mail_from, envelope.rcpt_tos, envelope.content))
        return "250 OK"


class Strict(Controller):
    def factory(self):
        return SMTP(
            self.handler,
            tls_context=self.tls,
            require_starttls=True,
            auth_required=True,
            authenticator=lambda server, session, envelope, mechanism, data: AuthResult(
                success=data.password == b"secret", handled=False
            ),
        )


@pytest.fixture
def sink():
    return Sink()


@pytest.fixture(scope="module")
def authority():
    return trustme.CA()


@pytest.fixture
def port(sink, authority):
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(tls)
    controller = Strict(sink, hostname="127.0.0.1", port=_free_port())
    controller.tls = tls
    controller.start()
    yield controller.port
    controller.stop()


@pytest.fixture
def trusting(authority):
    tls = ssl.create_default_context()
    authority.configure_trust(tls)
    return tls


def _free_port():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


@pytest.fixture
def smtp(secret_cache, port, trusting):
    secret_cache.kept["smtp-password"] = ("secret",)
    return Smtp(secret_cache, "Acme <help@acme.test>", SmtpServer("127.0.0.1", port, "acme"), trusting)


def test_a_mail_arrives_with_every_character_and_the_id_that_its_key_makes(smtp, sink):
    text = "Héllo 🦜\n.\n" + "ein langer Satz " * 100
    id_ = smtp.send("ada@acme.test", "Grüße 👋", text, "int_1.mail", "team@acme.test")
    ((sender, receivers, raw),) = sink.mails
    mail = email.message_from_bytes(raw, policy=policy.default)
    assert (sender, receivers) == ("help@acme.test", ["ada@acme.test"])
    assert (mail["Subject"], mail["Reply-To"], mail["Message-ID"]) == ("Grüße 👋", "team@acme.test", id_)
    assert mail.get_content().replace("\r\n", "\n").rstrip("\n") == text
    assert raw.isascii()
    assert smtp.send("ada@acme.test", "again", "again", "int_1.mail") == id_


def test_a_wrong_password_waits_for_a_person_and_nothing_is_sent(smtp, secret_cache, sink):
    secret_cache.kept["smtp-password"] = ("wrong",)
    with pytest.raises(NotSent, match="denied secret smtp-password"):
        smtp.send("ada@acme.test", "s", "t", "k")
    assert sink.mails == []


def test_a_certificate_of_nobody_is_not_talked_to(secret_cache, port, sink):
    secret_cache.kept["smtp-password"] = ("secret",)
    with pytest.raises(NotSent):
        Smtp(secret_cache, "help@acme.test", SmtpServer("127.0.0.1", port, "acme")).send("ada@acme.test", "s", "t", "k")
    assert sink.mails == []


@pytest.mark.parametrize(("answer", "error"), [("550 No such user", Refused), ("451 Try later", NotSent)])
def test_a_receiver_that_is_refused_now_is_tried_again_and_one_refused_for_good_is_not(smtp, sink, answer, error):
    sink.refuse = answer
    with pytest.raises(error, match=answer[:3]):
        smtp.send("nobody@acme.test", "s", "t", "k")
    assert sink.mails == []


def test_an_address_that_takes_smtputf8_is_refused_where_the_server_does_not_offer_it(smtp, sink):
    with pytest.raises(Refused, match="takes SMTPUTF8"):
        smtp.send("adä@acme.test", "s", "t", "k")
    assert sink.mails == []


def test_a_domain_of_another_alphabet_is_written_in_a_labels_which_every_server_takes(smtp, sink):
    smtp.send("ada@münchen.test", "s", "t", "k", "bob@例子.测试")
    ((_, receivers, raw),) = sink.mails
    assert receivers == ["ada@xn--mnchen-3ya.test"]
    assert raw.isascii()
    assert (b"To: ada@xn--mnchen-3ya.test\r\n" in raw, b"Reply-To: bob@xn--fsqu00a.xn--0zwm56d\r\n" in raw) == (
        True,
        True,
    )


def test_an_answers_address_that_takes_smtputf8_is_left_out_where_there_is_none(smtp, sink):
    smtp.send("team@acme.test", "s", "t", "k", "adä@acme.test")
    assert b"Reply-To" not in sink.mails[0][2]


@pytest.fixture
def wide(secret_cache, sink):
    """A mailer on a server that offers SMTPUTF8."""
    controller = Controller(sink, hostname="127.0.0.1", port=_free_port(), enable_SMTPUTF8=True)
    controller.start()
    yield Smtp(secret_cache, "Müller & Co <help@acme.test>", SmtpServer("127.0.0.1", controller.port, is_plain=True))
    controller.stop()


def test_with_smtputf8_addresses_arrive_as_they_are_and_never_as_encoded_words(wide, sink):
    wide.send("用户@例子.测试", "Grüße", "Héllo", "k", "adä@acme.test")
    ((sender, receivers, raw),) = sink.mails
    assert (sender, receivers) == ("help@acme.test", ["用户@xn--fsqu00a.xn--0zwm56d"])
    assert "To: 用户@xn--fsqu00a.xn--0zwm56d\r\n".encode() in raw
    assert "Reply-To: adä@acme.test\r\n".encode() in raw
    assert email.message_from_bytes(raw, policy=policy.default)["Subject"] == "Grüße"


@pytest.mark.parametrize(
    ("to", "subject"),
    [
        ("ada@acme.test\nBcc: eve@acme.test", "s"),
        ("ada@acme.test", "s\r\nBcc: eve@acme.test"),
        ("ada@acme.test", "s\x00"),
        ("Ada <ada@acme.test>", "s"),
        ("ada@acme.test,eve@acme.test", "s"),
        ("ada", "s"),
        ("", "s"),
        ("a" * 65 + "@acme.test", "s"),
        ("ada@" + "ä" * 64 + ".test", "s"),
    ],
)
def test_what_is_no_address_or_no_line_is_refused_before_anything_is_sent(smtp, sink, to, subject):
    with pytest.raises(Refused):
        smtp.send(to, subject, "t", "k")
    assert sink.mails == []


def test_a_servers_own_words_are_told_without_addresses(smtp, sink):
    sink.refuse = "550 5.1.1 <nobody@acme.test>: no such user here"
    with pytest.raises(Refused, match=r"550 to the receiver: 5\.1\.1 <…@acme\.test>: no such user here"):
        smtp.send("nobody@acme.test", "s", "t", "k")


def test_a_server_that_is_not_there_got_nothing(secret_cache):
    with pytest.raises(NotSent):
        Smtp(secret_cache, "help@acme.test", SmtpServer("127.0.0.1", _free_port(), is_plain=True)).send(
            "a@b.c", "s", "t", "k"
        )


@pytest.mark.parametrize(
    ("lines", "error"),
    [
        ([], NotSent),
        (["220 hi"], NotSent),
        (["220 hi", "250 hi", "250 ok"], NotSent),
        (["220 hi", "250 hi", "250 ok", "250 ok", "554 no"], Refused),
        (["220 hi", "250 hi", "250 ok", "250 ok", "354 go on"], Unavailable),
        (["220 hi", "250 hi", "250 ok", "250 ok", "354 go on", "552 too long"], Refused),
    ],
)
def test_only_after_the_text_was_sent_is_the_outcome_unknown(secret_cache, lines, error):
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=_say, args=(listening, lines))
        thread.start()
        server = SmtpServer("127.0.0.1", listening.getsockname()[1], is_plain=True)
        with pytest.raises(error) as raised:
            Smtp(secret_cache, "help@acme.test", server).send("ada@acme.test", "s", "text", "k")
        thread.join(5)
    assert type(raised.value) is error


def _say(listening, lines):
    """Answer one connection with these lines, one for each command and one for the text, then hang up."""
    connection, _ = listening.accept()
    with connection, connection.makefile("rb") as heard:
        for number, line in enumerate(lines):
            connection.sendall(f"{line}\r\n".encode())
            if line.startswith("354"):
                while heard.readline() not in (b".\r\n", b""):
                    pass
            elif number < len(lines) - 1 or len(lines) < 6:
                heard.readline()


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (
            "535 5.7.8 Bad credentials of acme@acme.test",
            "denied secret smtp-password: 5.7.8 Bad credentials of …@acme.test",
        ),
        ("534 5.7.9 Application-specific password required", "answered 534 to the log-in: 5.7.9 Application-specific"),
        ("454 4.7.0 Temporary authentication failure", "answered 454 to the log-in: 4.7.0 Temporary"),
        ("530 5.7.0 Must issue STARTTLS first", "answered 530 to the log-in: 5.7.0 Must issue STARTTLS"),
    ],
)
def test_a_wrong_password_is_told_apart_from_what_else_may_end_a_log_in_in_the_servers_words(
    secret_cache, answer, told
):
    """RFC 4954, section 6: 535 is for wrong credentials, 454 for a server in trouble, and 534 for a way that is off."""
    secret_cache.kept["smtp-password"] = ("secret",)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=_say, args=(listening, ["220 hi", "250-hi\r\n250 AUTH PLAIN", answer]))
        thread.start()
        server = SmtpServer("127.0.0.1", listening.getsockname()[1], "acme", is_plain=True)
        with pytest.raises(NotSent) as raised:
            Smtp(secret_cache, "help@acme.test", server).send("ada@acme.test", "s", "text", "k")
        thread.join(5)
    assert told in str(raised.value)
