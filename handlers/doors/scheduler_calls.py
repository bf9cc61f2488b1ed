"""`POST /sweeps/{name}`: Cloud Scheduler's calls. Cloud Run admits only callers with the invoker role."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from handlers import sweeps
from handlers.billing.payment_terms import PaymentTerms
from handlers.billing.stripe_api import Provider
from handlers.doors.intent_documents import CreatedDoor
from handlers.doors.routing import Answer, Call
from handlers.failures import Rejected
from handlers.logs import Log
from handlers.outside.firebase_accounts import Accounts
from handlers.rounds.night import Rounds
from handlers.rounds.pages import Outside
from handlers.words import Code
from handlers.work.acceptor import Acceptor


@dataclass(frozen=True)
class SweepDoor:
    """2xx ends the call; everything else has Cloud Scheduler try again."""

    acceptor: Acceptor
    provider: Provider
    accounts: Accounts
    terms: PaymentTerms
    log: Log
    monotonic: Callable[[], float] = time.monotonic

    def __call__(self, call: Call) -> Answer:
        """Do the sweep that the path names, and answer with its counts."""
        name = call.path["name"]
        rounds = self._rounds()
        known: Mapping[str, Callable[[], Mapping[str, int]]] = {
            "minute": self._minute,
            "hour": self._hour,
            "night": rounds.begin,
            "on": rounds.go_on,
        }
        if name not in known:
            raise Rejected(404, Code.NOT_FOUND, f"there is no such sweep; known are {', '.join(known)}")
        return Answer(200, known[name]())

    def _minute(self) -> Mapping[str, int]:
        swept = sweeps.stuck(self.acceptor)
        return self._done("minute", {"stuck": swept.seen, "sent": swept.sent})

    def _hour(self) -> Mapping[str, int]:
        """Take in what never came. What Stripe kept from before the first sweep was not missed: nobody listened yet."""
        self._rounds().take_up()
        is_first = self.acceptor.documents.get(sweeps.CURSOR) is None
        swept = sweeps.stripe_events(self.acceptor, self.provider, self.terms.mode)
        missed = {"missed": 0, "history": swept.sent} if is_first else {"missed": swept.sent}
        waiting = {"unanswered": sweeps.unanswered(self.acceptor)}
        return self._done("hour", {"events": swept.seen, **missed, **waiting})

    def _done(self, name: str, counts: Mapping[str, int]) -> Mapping[str, int]:
        self.log.info("swept", sweep=name, outcome="done", **counts)
        return counts

    def _rounds(self) -> Rounds:
        take = CreatedDoor(self.acceptor, self.log, self.accounts).take
        outside = Outside(self.acceptor.documents, self.provider, self.accounts, self.terms, take, self.log)
        return Rounds(self.acceptor, outside, self.monotonic)
