"""The founder's mailbox for tests: how it is named, read by IMAP over TLS, and left as it was found."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from flows import mailbox, mailbox_account
from flows.mailbox_account import ADDRESS, HOST, PASSWORD, USER, Account, MailboxError
from localcloud.base import ports
from localcloud.base.authority import Authority
from localcloud.base.process import on_thread
from localcloud.base.world import World
from localcloud.saas import imap
from localcloud.saas.imap_folder import Folder
from localcloud.saas.issued_keys import IssuedKeys
from localcloud.saas.mailbox import deliver

RUN = "0123456789"
NAMED = {HOST: "imap.acme.test", USER: "qa@acme.test", PASSWORD: "an app password"}
OLD_SERVER = ("IMAP4rev1", "AUTH=PLAIN")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("mailbox")


@pytest.fixture(scope="module")
def world(home: Path) -> Iterator[World]:
    with closing(World(home / "world.db")) as opened:
        yield opened


@pytest.fixture(scope="module")
def served(home: Path, world: World) -> Iterator[Callable[..., Account]]:
    """Return a function that serves the mailboxes, and gives the account of a user of them."""
    authority = Authority(home)
    with ExitStack() as exits:
        running: dict[Any, int] = {}

        def account(user: str, capabilities: tuple[str, ...] = imap.CAPABILITIES) -> Account:
            if capabilities not in running:
                running[capabilities] = ports.free_port(running.values())
                tls = authority.context("127.0.0.1", ("imap",))
                exits.enter_context(on_thread(imap.serving(world, running[capabilities], tls, capabilities)))
            place = f"127.0.0.1:{running[capabilities]}"
            return mailbox_account.rehearsed(user, place, authority.ca_file)

        yield account


def send(world: World, to: str, subject: str = "s", text: str = "t\n", **headers: str) -> None:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "support@acme.test", to, subject
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(text)
    deliver(world, "bounces@acme.test", [to], message.as_bytes())


# How it is named


def test_nothing_named_is_no_mailbox_and_half_of_one_is_a_mistake_that_names_the_rest() -> None:
    assert mailbox_account.of({"PATH": "/bin", HOST: " "}) is None
    with pytest.raises(MailboxError, match=f"named without {PASSWORD}; set that too"):
        mailbox_account.of({HOST: "imap.acme.test", USER: "qa@acme.test"})
    with pytest.raises(MailboxError, match=f"without {HOST} and {USER}"):
        mailbox_account.of({PASSWORD: "x"})


def test_the_password_is_in_no_text_of_the_account() -> None:
    named = mailbox_account.of(NAMED)
    assert named
    assert (named.host, named.port, named.password) == ("imap.acme.test", 993, "an app password")
    assert "an app password" not in f"{named} {named!r}"


@pytest.mark.parametrize(
    ("user", "address", "tagged", "its", "others"),
    [
        (
            "qa@acme.test",
            "",
            "qa+run@acme.test",
            ("QA@acme.test", "qa+x@acme.test"),
            ("qb@acme.test", "qa@acme.example"),
        ),
        ("qa+ci@acme.test", "", "qa+ci-run@acme.test", ("qa+ci@acme.test", "qa+ci-x@acme.test"), ("qa@acme.test",)),
        ("qa", "qa@acme.test", "qa+run@acme.test", ("qa@acme.test",), ("qa", "")),
        ("qa", "qa-*@acme.test", "qa-run@acme.test", ("qa@acme.test", "qa-1@acme.test"), ("qa+1@acme.test",)),
        ("qa", "*@in.acme.test", "run@in.acme.test", ("any@in.acme.test",), ("any@acme.test", "@in.acme.test.example")),
    ],
)
def test_addresses_have_the_tag_where_the_mailbox_takes_it(
    user: str, address: str, tagged: str, its: tuple[str, ...], others: tuple[str, ...]
) -> None:
    named = mailbox_account.of({**NAMED, USER: user, ADDRESS: address})
    assert named
    assert named.tagged("run") == tagged
    assert [each for each in (*its, tagged) if not named.receives(each)] == []
    assert [each for each in others if named.receives(each)] == []


def test_a_long_tag_keeps_its_end_in_which_the_run_is() -> None:
    named = mailbox_account.of({**NAMED, USER: f"{'q' * 40}@acme.test"})
    assert named
    tagged = named.tagged(f"flow-{'x' * 60}-{RUN}")
    assert len(tagged.partition("@")[0]) == 64
    assert tagged.endswith(f"-{RUN}@acme.test")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({HOST: "imap.acme.test:143"}, "begins without TLS"),
        ({HOST: "https://imap.acme.test"}, "HOST:PORT of an IMAP server"),
        ({HOST: "imap.acme.test:99999"}, "HOST:PORT of an IMAP server"),
        ({USER: "qa"}, f"no address that mail can be sent to; set {ADDRESS}"),
        ({ADDRESS: "qa+*@*.test"}, "no address"),
        ({ADDRESS: "a*b*@acme.test"}, "no address"),
        ({USER: f"{'q' * 60}@acme.test"}, "leaves no room for a tag"),
    ],
)
def test_what_cannot_be_meant_is_said(wrong: dict[str, str], said: str) -> None:
    with pytest.raises(MailboxError, match=said):
        mailbox_account.of({**NAMED, **wrong})


# What is read in it


def test_what_came_since_then_is_read_as_its_reader_sees_it(served: Any, world: World) -> None:
    send(world, "reads@acme.test", "before")
    with mailbox.opened(served("reads@acme.test")) as box:
        since = box.places()
        assert box.arrived(since) == []  # a search for what is new finds the last one, however old
        send(world, f"reads+flow-a-{RUN}@acme.test", "Grüße 🦜", "It broke. 🦜\n" * 9)
        send(world, "other@acme.test", "not ours")
        results = "mx.acme.test; dkim=fail header.d=a.test; dkim=pass header.d=b.test; spf=softfail; dmarc=pass"
        send(world, "reads@acme.test", "spam", X_Spam_Flag="YES", Authentication_Results=results)
        first, second = box.arrived(since)
    assert (first.subject, first.text, first.is_junk) == ("Grüße 🦜", "It broke. 🦜\n" * 9, False)
    assert first.names(RUN)
    assert not first.names("another")
    assert (second.subject, second.is_junk) == ("spam", True)
    assert second.results == {"dkim": "pass", "spf": "softfail", "dmarc": "pass"}


def test_the_results_are_those_of_the_last_server_and_not_what_a_sender_wrote(served: Any, world: World) -> None:
    with mailbox.opened(served("results@acme.test")) as box:
        since = box.places()
        message = (
            b"Authentication-Results: mx.acme.test; dmarc=fail\r\nAuthentication-Results: x; dmarc=pass\r\n\r\nt\r\n"
        )
        deliver(world, "a@b.test", ["results@acme.test"], message)
        (mail,) = box.arrived(since)
    assert mail.results == {"dmarc": "fail"}


def test_a_mail_that_nobody_can_read_is_a_mail_without_a_text(served: Any, world: World) -> None:
    with mailbox.opened(served("odd@acme.test")) as box:
        since = box.places()
        deliver(world, "a@b.test", ["odd@acme.test"], b"Content-Type: text/plain; charset=no-such\r\n\r\n\xff\xfe\r\n")
        (mail,) = box.arrived(since)
    assert mail.text == ""


# What is taken away


@pytest.mark.parametrize("capabilities", [imap.CAPABILITIES, OLD_SERVER], ids=["UIDPLUS", "without"])
def test_the_mails_of_the_run_are_taken_away_and_no_others(
    served: Any, world: World, capabilities: tuple[str, ...]
) -> None:
    name = f"clean{len(capabilities)}"
    account = served(f"{name}@acme.test", capabilities)
    send(world, f"{name}@acme.test", "before", RUN)
    with mailbox.opened(account) as box:
        since = box.places()
        send(world, f"{name}@acme.test", "meanwhile")
        send(world, f"{name}+flow-x-{RUN}@acme.test", "ours")
        send(world, f"{name}@acme.test", "about ours", f"Ticket of flow-y-{RUN}.\n")
        box.remove([mail for mail in box.arrived(since) if mail.names(RUN)])
        assert [mail.subject for mail in box.arrived(since)] == ["meanwhile"]
    there = [each.raw for each in Folder(world, f"{name}@acme.test", "INBOX").messages()]
    assert [b"Subject: before" in there[0], b"Subject: meanwhile" in there[1], len(there)] == [True, True, 2]


def test_what_somebody_else_has_marked_is_not_expunged_with_ours(served: Any, world: World) -> None:
    account = served("marked@acme.test", OLD_SERVER)
    send(world, "marked@acme.test", "somebody may yet want it back")
    folder = Folder(world, "marked@acme.test", "INBOX")
    folder.mark([folder.messages()[0].uid])
    with mailbox.opened(account) as box:
        since = box.places()
        send(world, "marked@acme.test", RUN)
        box.remove(box.arrived(since))
    assert len(folder.messages()) == 2
    assert len(folder.deleted()) == 2  # ours goes when its owner expunges


# What is wrong with it


def test_a_password_that_is_not_the_mailboxes_is_told_without_it(served: Any, world: World) -> None:
    IssuedKeys(world, "imap").keep("the right one", ours=False)
    account = replace(served("wrong@acme.test"), password="grüne Brücke 7")
    with (
        pytest.raises(MailboxError, match=r"does not let wrong@acme\.test in: .*app password") as refused,
        mailbox.opened(account),
    ):
        pytest.fail("it was let in")
    assert "Brücke" not in str(refused.value)
    assert refused.value.__suppress_context__  # what a library kept of the password is not shown
    with mailbox.opened(replace(account, password="the right one")) as box:
        assert box.places()


def test_a_server_that_is_not_there_or_not_the_one_that_is_meant_is_told(served: Any) -> None:
    account = served("any@acme.test")
    with (
        pytest.raises(MailboxError, match=f"no IMAP over TLS at 127.0.0.1:{(free := ports.free_port())}.*{HOST}"),
        mailbox.opened(replace(account, port=free)),
    ):
        pytest.fail("it was there")
    with (
        pytest.raises(MailboxError, match="a certificate that is not its own"),
        mailbox.opened(replace(account, ca_file=None)),
    ):
        pytest.fail("it was trusted")
