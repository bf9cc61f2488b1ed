"""The mail sink: whatever is sent in the rehearsal ends here, as journal entries of kind `mail`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from email import message_from_bytes, policy
from functools import lru_cache

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from localcloud.base.world import World

KIND = "mail"
PATH = "/_rehearsal/mail"


def deliver(world: World, sender: str, recipients: Iterable[str], raw: bytes, client: str = "", helo: str = "") -> None:
    """Keep one message (RFC 5322) for each recipient, with what the receiving server saw of who brought it.

    `sender` is the address of MAIL FROM, `client` the address of the host that connected, `helo` the name it gave.
    """
    subject = str(message_from_bytes(raw, policy=policy.default).get("Subject", ""))
    text = raw.decode("utf-8", "surrogateescape")
    for recipient in recipients:
        world.record(KIND, recipient, sender=sender, subject=subject, raw=text, client=client, helo=helo)


@dataclass(frozen=True)
class Mail:
    """A message as its reader sees it: the Message-ID without brackets, receiver, subject and text."""

    id: str
    to: str
    subject: str
    text: str


@lru_cache(maxsize=4096)
def read(raw: str) -> Mail:
    """Return the mail that a kept message is, whatever encoding it travelled in."""
    message = message_from_bytes(raw.encode("utf-8", "surrogateescape"), policy=policy.default)
    body = message.get_body(("plain",))
    id_, to, subject = (str(message.get(name, "")) for name in ("Message-ID", "To", "Subject"))
    # A subject that was folded before its first word keeps the fold's space when it is parsed.
    return Mail(id_.strip("<>"), to, subject.strip(), body.get_content().replace("\r\n", "\n") if body else "")


def route(world: World) -> Route:
    """Return `GET /_rehearsal/mail?to=ADDRESS`: the messages that arrived for an address, oldest first.

    With `?about=TEXT` it returns, for a reader, the mails to anybody that hold the text in subject or body.
    """

    def mails(request: Request) -> Response:
        recipient, about = request.query_params.get("to"), request.query_params.get("about")
        if about:
            everything = (read(entry.data["raw"]) for entry in world.journal(KIND))
            found = [asdict(mail) for mail in everything if about in mail.subject or about in mail.text]
        elif recipient:
            found = [{"seq": each.seq, "at": each.at, **each.data} for each in world.journal(KIND, recipient)]
        else:
            return JSONResponse({"error": "to must be the address that the mail went to, or about a text in it"}, 400)
        return JSONResponse({"mails": found})

    return Route(PATH, mails)
