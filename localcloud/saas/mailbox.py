"""The mail sink: whatever is sent in the rehearsal ends here, as journal entries of kind `mail`."""

from __future__ import annotations

from collections.abc import Iterable
from email import message_from_bytes, policy

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from localcloud.world import World

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


def route(world: World) -> Route:
    """Return `GET /_rehearsal/mail?to=ADDRESS`: the messages that arrived for an address, oldest first."""

    def mails(request: Request) -> Response:
        recipient = request.query_params.get("to")
        if not recipient:
            return JSONResponse({"error": "to must be the address that the mail went to"}, 400)
        found = world.journal(KIND, recipient)
        return JSONResponse({"mails": [{"seq": entry.seq, "at": entry.at, **entry.data} for entry in found]})

    return Route(PATH, mails)
