"""`POST /v1/tickets/{ticket_id}/{kind}`: commands of the team, who are users with the custom claim `staff`."""

from __future__ import annotations

from dataclasses import dataclass

from handlers import strictjson
from handlers.billing.custom_claims import STAFF
from handlers.doors.routing import Answer, Call, require_json
from handlers.failures import Rejected
from handlers.outside.firebase_accounts import Accounts
from handlers.senders.id_tokens import Identity, Person
from handlers.service_manifest import SUPPORT_TICKET
from handlers.support import team_commands, tickets
from handlers.support.team_commands import Agent
from handlers.words import Code
from handlers.work import inbox
from handlers.work.acceptor import Acceptor, new_correlation_id


@dataclass(frozen=True)
class StaffDoor:
    """Verify the person and the claim, see whether the ticket takes it, store, enqueue."""

    identity: Identity
    acceptor: Acceptor
    accounts: Accounts

    def __call__(self, call: Call) -> Answer:
        """Answer 202 for a new command and 200 for one that is known; see failures for the other ends.

        The service that moves the ticket checks again, in the transaction: between here and there it may have moved.
        """
        person = self.identity.verify(call.headers.get("authorization", ""))
        if not person.is_staff:
            raise Rejected(403, Code.NOT_STAFF, "only the team may do this; the user has no claim staff")
        self._require_present(person)
        require_json(call)
        agent = Agent(person.user_id, person.email or person.user_id)
        correlation_id = call.correlation_id or new_correlation_id()
        ticket_id, kind = call.path["ticket_id"], call.path["kind"]
        event = team_commands.event(agent, ticket_id, kind, strictjson.parse_object(call.body), correlation_id)
        if self.acceptor.documents.get(inbox.path(event.id)) is None:
            self._require_possible(ticket_id, kind)
        stored = self.acceptor.accept(event, SUPPORT_TICKET)
        return Answer(202 if stored.is_new else 200, {"id": event.id, "state": stored.state.value})

    def _require_present(self, person: Person) -> None:
        """Raise Rejected (403) unless the account is one of the team now: a token lives for an hour after it is signed.

        Asked for are what firebase.google.com/docs/auth/admin/manage-sessions says of revoked and disabled users, and
        the claim as it stands.
        """
        account = self.accounts.get(person.user_id)
        is_valid = account is not None and not account.disabled and person.signed_in >= account.valid_since
        if not (is_valid and account is not None and account.claims.get(STAFF) is True):
            raise Rejected(403, Code.NOT_STAFF, "the user is not of the team any more; sign in again if that is wrong")

    def _require_possible(self, ticket_id: str, kind: str) -> None:
        fields = self.acceptor.documents.get(tickets.path(ticket_id))
        if fields is None:
            raise Rejected(404, Code.UNKNOWN_TICKET, "there is no such ticket")
        team_commands.require_possible(tickets.parse(ticket_id, fields), kind)
