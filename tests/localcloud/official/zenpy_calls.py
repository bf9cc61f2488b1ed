"""The calls of zenpy against the helpdesk: `zenpy_calls.py URL_OF_THE_HELPDESK`.

`WORKS` does what Zendesk does; `NOT_DONE` is answered 501 with a sentence.
"""

from __future__ import annotations

import io
import os
import sys

import play
import requests
from requests.adapters import HTTPAdapter
from zenpy import Zenpy
from zenpy.lib.api_objects import Comment, Group, Organization, Ticket, User
from zenpy.lib.api_objects import Webhook as Hook

URL = sys.argv[1]
os.environ["ZENPY_FORCE_NETLOC"] = URL.partition("://")[2]


class Plain(HTTPAdapter):
    """Zendesk's links are https, and the stand-in ends no TLS itself."""

    def send(self, request, **options):
        asked = request.url
        request.url = asked.replace("https://", "http://")
        answer = super().send(request, **options)
        answer.url = request.url = asked
        return answer


def client():
    grant = {"grant_type": "client_credentials", "client_id": "zenpy", "client_secret": "secret-of-the-client"}
    answer = requests.post(f"{URL}/oauth/tokens", json={**grant, "scope": "read write"}, timeout=30)
    session = requests.Session()
    session.trust_env = False
    session.mount("https://", Plain())
    return Zenpy(subdomain="acme", oauth_token=answer.json()["access_token"], session=session, disable_cache=True)


api = client()
ADA = {"name": "Ada", "email": "list-of-calls@acme.test"}


def made(**more):
    """Return the audit of a new ticket, which holds the ticket too."""
    wanted = {"subject": "Help", "comment": Comment(body="It broke"), "requester": User(**ADA), **more}
    return api.tickets.create(Ticket(**wanted))


ticket = made(external_id="list").ticket
user = api.users(id=ticket.requester_id)
hook = None


def changed(**more):
    for name, value in more.items():
        setattr(ticket, name, value)
    return api.tickets.update(ticket)


def deleted():
    gone = made().ticket
    api.tickets.delete(gone)
    return gone


def follow_up():
    first = made().ticket
    first.status = "closed"
    api.tickets.update(first)
    return made(via_followup_source_id=first.id).ticket.via_followup_source_id == first.id


def lone_user():
    gone = made(requester=User(name="Eve", email="eve-of-calls@acme.test")).ticket
    api.tickets.delete(gone)
    return api.users(id=gone.requester_id)


def erased_user():
    eve = lone_user()
    api.users.delete(eve)
    return api.users.permanently_delete(eve.id)


def hook_of(**more):
    wanted = {"name": "calls", "endpoint": "https://acme.test/hook", "http_method": "POST", "request_format": "json"}
    return Hook(**wanted, status="active", subscriptions=["zen:event-type:ticket.created"], **more)


def hooked():
    global hook
    hook = api.webhooks.create(hook_of())
    return bool(hook.id)


WORKS = {
    "tickets.create": lambda: made().audit.events[0]["body"] == "It broke",
    "tickets.create, with tags, type and priority": lambda: (
        made(tags=["a"], type="question", priority="high").ticket.tags == ["a"]
    ),
    "tickets.create, a follow-up": follow_up,
    "tickets(id)": lambda: api.tickets(id=ticket.id).subject == "Help",
    "tickets()": lambda: ticket.id in [each.id for each in api.tickets()],
    "tickets(), page by page": lambda: len({each.id for each in api.tickets(cursor_pagination=1)}) > 2,
    "tickets(), by number": lambda: ticket.id in [each.id for each in api.tickets(cursor_pagination=False)],
    "tickets(external_id)": lambda: [each.id for each in api.tickets(external_id="list")] == [ticket.id],
    "tickets.update, a public comment": lambda: changed(comment=Comment(body="Which phone?", public=True)).audit,
    "tickets.update, an internal note": lambda: changed(comment=Comment(body="Old one", public=False)).audit,
    "tickets.update, status": lambda: changed(comment=None, status="pending").ticket.status == "pending",
    "tickets.update, tags": lambda: changed(tags=["b"]).ticket.tags == ["b"],
    "tickets.comments": lambda: [each.public for each in api.tickets.comments(ticket=ticket.id)] == [True, True, False],
    "tickets.merge": lambda: api.tickets.merge(target=ticket, source=made().ticket),
    "tickets.delete": lambda: deleted().id > 0,
    "tickets.permanently_delete": lambda: api.tickets.permanently_delete(deleted()),
    "users(id)": lambda: api.users(id=user.id).email == ADA["email"],
    "users.search": lambda: [each.id for each in api.users.search(query=f"email:{ADA['email']}")] == [user.id],
    "users.update, name": lambda: api.users.update(User(id=user.id, name="Ada L.")).name == "Ada L.",
    "users.update, suspended": lambda: (
        api.users.update(User(id=user.id, suspended=True)).suspended is True
        and api.users.update(User(id=user.id, suspended=False)).suspended is False
    ),
    "users.delete": lambda: api.users.delete(lone_user()),
    "users.permanently_delete": erased_user,
    "webhooks.create": hooked,
    "webhooks.list": lambda: hook.id in [each.id for each in api.webhooks.list()],
    "webhooks.show_secret": lambda: api.webhooks.show_secret(hook),
    "webhooks.reset_secret": lambda: api.webhooks.reset_secret(hook),
    "webhooks.delete": lambda: api.webhooks.delete(hook),
}
NOT_DONE = {
    "tickets.create, several": lambda: api.tickets.create([Ticket(description="a"), Ticket(description="b")]),
    "tickets.create, with custom fields": lambda: made(custom_fields=[{"id": 1, "value": "x"}]),
    "tickets.create, with collaborators": lambda: made(collaborator_ids=[1]),
    "tickets.create, with an attachment": lambda: made(comment=Comment(body="See", uploads=["t"])),
    "tickets.create, with HTML": lambda: made(comment=Comment(html_body="<b>See</b>")),
    "tickets.update, several": lambda: api.tickets.update([ticket, ticket]),
    "tickets.delete, several": lambda: api.tickets.delete([ticket, ticket]),
    "tickets(ids)": lambda: list(api.tickets(ids=[ticket.id])),
    "tickets(), sorted": lambda: list(api.tickets(sort_by="created_at")),
    "tickets(), with users beside": lambda: list(api.tickets(include=["users"])),
    "tickets.comments, inline": lambda: list(api.tickets.comments(ticket=ticket.id, include_inline_images=True)),
    "tickets.audits": lambda: list(api.tickets.audits(ticket=ticket.id)),
    "tickets.audits, of all": lambda: list(api.tickets.audits()),
    "tickets.metrics": lambda: api.tickets.metrics(ticket),
    "tickets.tags": lambda: list(api.tickets.tags(ticket.id)),
    "tickets.add_tags": lambda: api.tickets.add_tags(ticket.id, ["c"]),
    "tickets.set_tags": lambda: api.tickets.set_tags(ticket.id, ["c"]),
    "tickets.incremental": lambda: list(api.tickets.incremental(start_time=1)),
    "tickets.events": lambda: list(api.tickets.events(start_time=1)),
    "tickets.deleted": lambda: list(api.tickets.deleted()),
    "tickets.restore": lambda: api.tickets.restore(ticket.id),
    "users()": lambda: list(api.users()),
    "users.me": lambda: api.users.me(),
    "users.create": lambda: api.users.create(User(**ADA)),
    "users.create_or_update": lambda: api.users.create_or_update(User(**ADA)),
    "users.update, notes": lambda: api.users.update(User(id=user.id, notes="x")),
    "users.search, by words": lambda: list(api.users.search(query="Ada")),
    "users.requested": lambda: list(api.users.requested(user.id)),
    "users.merge": lambda: api.users.merge(user, user),
    "users.identities": lambda: list(api.users.identities(id=user.id)),
    "search": lambda: list(api.search("help", type="ticket")),
    "search.count": lambda: api.search.count("help", type="ticket"),
    "organizations()": lambda: list(api.organizations()),
    "organizations.create": lambda: api.organizations.create(Organization(name="Acme")),
    "groups()": lambda: list(api.groups()),
    "groups.create": lambda: api.groups.create(Group(name="Acme")),
    "views()": lambda: list(api.views()),
    "macros()": lambda: list(api.macros()),
    "triggers()": lambda: list(api.triggers()),
    "ticket_fields()": lambda: list(api.ticket_fields()),
    "job_status(id)": lambda: api.job_status(id="x"),
    "attachments.upload": lambda: api.attachments.upload(io.BytesIO(b"x"), target_name="x.txt"),
    "webhooks.update": lambda: api.webhooks.update("x", hook_of()),
    "webhooks.patch": lambda: api.webhooks.patch(Hook(id="x", name="other")),
    "webhooks.clone": lambda: api.webhooks.clone("x"),
    "webhooks.test": lambda: api.webhooks.test("x", request={}),
    "webhooks.invocations": lambda: list(api.webhooks.invocations("x")),
}


def refusal(error):
    answer = getattr(error, "response", None)
    return (0 if answer is None else answer.status_code), str(error)


if __name__ == "__main__":
    play.play(WORKS, NOT_DONE, refusal)
