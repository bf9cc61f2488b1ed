"""`POST /sweeps/{name}`: Cloud Scheduler's calls. Cloud Run admits only callers with the invoker role."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from handlers import reconcile, sweeps
from handlers.billing.payment_terms import PaymentTerms
from handlers.billing.stripe_api import Provider
from handlers.doors.intent_documents import CreatedDoor
from handlers.doors.routing import Answer, Call
from handlers.failures import Rejected
from handlers.logs import Log
from handlers.outside.firebase_accounts import Accounts
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

    def __call__(self, call: Call) -> Answer:
        """Do the sweep that the path names, and answer with its counts."""
        name = call.path["name"]
        known: Mapping[str, Callable[[], Mapping[str, int]]] = {
            "minute": self._minute,
            "hour": self._hour,
            "night": self._night,
        }
        if name not in known:
            raise Rejected(404, Code.NOT_FOUND, f"there is no such sweep; known are {', '.join(known)}")
        counts = known[name]()
        self.log.info("swept", sweep=name, outcome="done", **counts)
        return Answer(200, counts)

    def _minute(self) -> Mapping[str, int]:
        swept = sweeps.stuck(self.acceptor)
        return {"stuck": swept.seen, "sent": swept.sent}

    def _hour(self) -> Mapping[str, int]:
        """Take in what never came. What Stripe kept from before the first sweep was not missed: nobody listened yet."""
        is_first = self.acceptor.documents.get(sweeps.CURSOR) is None
        swept = sweeps.stripe_events(self.acceptor, self.provider, self.terms.mode)
        waiting = {"unanswered": sweeps.unanswered(self.acceptor)}
        if is_first:
            return {"events": swept.seen, "missed": 0, "history": swept.sent, **waiting}
        return {"events": swept.seen, "missed": swept.sent, **waiting}

    def _night(self) -> Mapping[str, int]:
        intents = sweeps.forgotten_intents(self.acceptor, CreatedDoor(self.acceptor, self.log, self.accounts).take)
        now = self.acceptor.clock()
        observed = reconcile.look(self.acceptor.documents, self.provider, self.accounts, self.terms, now)
        found = reconcile.differences(observed, self.terms, now)
        for each in found:
            self.log.warning("differs", kind=each.kind, subject=each.subject, kept=each.kept, truth=each.truth)
            if each.repair:
                self.acceptor.accept(each.repair.event, each.repair.service)
        sent = sum(each.repair is not None for each in found)  # how each ends is known later: see `./launch events`
        return {"differences": len(found), "repairs_sent": sent, "forgotten_intents": intents.sent}
