"""Where the tickets of a stack are worked on: at Zendesk, or in the team's mailbox when the helpdesk is e-mail."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from flows import team
from flows.scene import Scene
from handlers.support import tickets

OPENS = "Support request: "  # begins the subject of a mail that opens a ticket (handlers/vendors/email_helpdesk.py)
REPLIES = "Re: "
ANSWERS = "Answer: "
SIGNATURE = "\n\n-- \n"  # after it comes what the user did not write


@dataclass(frozen=True)
class Opened:
    """A ticket as the team finds it: its id there, and the user's words."""

    id: str
    text: str


class Helpdesk(Protocol):
    """What the team sees and does. Tickets are named by our own id."""

    def tickets(self, ticket_id: str) -> list[Opened]:
        """Return what was opened for a ticket: one, when all is well."""

    def notifications(self, ticket_id: str) -> int:
        """Return how many mails told the team of a ticket."""

    def answer(self, ticket_id: str, text: str) -> None:
        """Have the team answer the user."""

    def replies(self, ticket_id: str) -> list[str]:
        """Return what the user was told."""

    def close(self, ticket_id: str) -> None:
        """Have the team end the ticket, for good where the helpdesk can."""

    def answers(self, ticket_id: str) -> list[str]:
        """Return what the user said after the request, as the team finds it."""


def of(scene: Scene) -> Helpdesk:
    """Return the desk of the stack that is played."""
    return Mailbox(scene) if scene.stage.works_by_mail else Zendesk(scene)


@dataclass(frozen=True)
class Zendesk:
    """The helpdesk's stand-in; an agent answers there."""

    scene: Scene

    def tickets(self, ticket_id: str) -> list[Opened]:
        """See Desk."""
        found = self.scene.vendors.helpdesk_tickets(ticket_id)
        return [Opened(str(each["id"]), str(each["description"])) for each in found]

    def notifications(self, ticket_id: str) -> int:
        """See Desk."""
        return len(self.scene.vendors.mails(ticket_id))

    def answer(self, ticket_id: str, text: str) -> None:
        """See Desk."""
        self.scene.vendors.act_at_helpdesk(self._id(ticket_id), "pending", text)

    def replies(self, ticket_id: str) -> list[str]:
        """See Desk."""
        return self.scene.vendors.comments(self._id(ticket_id), by_user=False)

    def close(self, ticket_id: str) -> None:
        """See Desk."""
        self.scene.vendors.act_at_helpdesk(self._id(ticket_id), "closed", "")

    def answers(self, ticket_id: str) -> list[str]:
        """See Desk: in the ticket and in its follow-ups."""
        there = self.tickets(ticket_id)
        return [text for each in there for text in self.scene.vendors.comments(each.id, by_user=True)][1:]

    def _id(self, ticket_id: str) -> str:
        return str(self.scene.record(tickets.path(ticket_id)).get("helpdeskId", ""))


@dataclass(frozen=True)
class Mailbox:
    """The mails of the team. Whoever answers does so by `./launch tickets`, which comes in by the team's own door."""

    scene: Scene

    def tickets(self, ticket_id: str) -> list[Opened]:
        """See Desk: the mail that opens a ticket, under the id that the record knows it by."""
        known = str(self.scene.record(tickets.path(ticket_id)).get("helpdeskId", ""))
        bare = known.strip("<>")
        return [
            Opened(known if bare and bare in mail["id"] else mail["id"], mail["text"].rpartition(SIGNATURE)[0])
            for mail in self.scene.vendors.mails(ticket_id)
            if mail["subject"].startswith(OPENS)
        ]

    def notifications(self, ticket_id: str) -> int:
        """See Desk: every mail that is not a reply to the user; the one that opens the ticket is the only one due."""
        return sum(not mail["subject"].startswith(REPLIES) for mail in self.scene.vendors.mails(ticket_id))

    def answer(self, ticket_id: str, text: str) -> None:
        """See Desk."""
        member = team.hired(self.scene, f"agent-{ticket_id}")
        member.outcome(member.command(ticket_id, "assign")[1])
        member.outcome(member.command(ticket_id, "reply", text=text)[1])

    def replies(self, ticket_id: str) -> list[str]:
        """See Desk."""
        mails = self.scene.vendors.mails(ticket_id)
        return [mail["text"].rstrip("\n") for mail in mails if mail["subject"].startswith(REPLIES)]

    def close(self, ticket_id: str) -> None:
        """See Desk."""
        member = team.hired(self.scene, f"closer-{ticket_id}")
        member.outcome(member.command(ticket_id, "assign")[1])
        member.outcome(member.command(ticket_id, "resolve")[1])

    def answers(self, ticket_id: str) -> list[str]:
        """See Desk."""
        mails = self.scene.vendors.mails(ticket_id)
        return [mail["text"].rstrip("\n") for mail in mails if mail["subject"].startswith(ANSWERS)]
