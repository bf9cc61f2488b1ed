"""The workflow layer as the commands use it: what happens by a command takes the same way as what comes by a door."""

from __future__ import annotations

import io
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

from blueprint.outputs import Outputs
from cli.reachability import ports_of, require_running
from cli.results import read_outputs
from cli.stripe_client import once_more
from engine import environment
from engine.errors import UNREACHABLE, LaunchError
from engine.home import Home
from handlers.billing import custom_claims
from handlers.failures import Unavailable
from handlers.logs import Log
from handlers.outside import google_clients
from handlers.outside.firebase_accounts import Accounts
from handlers.work import inbox
from handlers.work.acceptor import Acceptor
from handlers.work.documents import Fields, Found, Query
from handlers.work.firestore_documents import Firestore
from handlers.work.inbox import Event, EventState
from handlers.work.task_queue import CloudTasks
from infra.resource_names import TASK_CALLER

PATIENCE = 40.0  # seconds until an event that was put into the inbox has to be at its end
PAUSE = 0.25

T = TypeVar("T")


@dataclass(frozen=True)
class Workflow:
    """One stack's documents and the way into its inbox; every method raises LaunchError when it cannot be reached."""

    home: Home
    client: Any
    acceptor: Acceptor
    accounts: Accounts
    outputs: Outputs
    environ: Mapping[str, str]

    def get(self, path: str) -> Fields | None:
        """Return a document's fields, or None."""
        return _reached(self.home, lambda: self.acceptor.documents.get(path))

    def find(self, query: Query) -> list[Found]:
        """Return what a query finds."""
        return _reached(self.home, lambda: self.acceptor.documents.find(query))

    def ask(self, what: Callable[[], T]) -> T:
        """Return what a call to the documents, the queue or a provider returns."""
        return _reached(self.home, what)

    def query(self, ask: Callable[[Any], Any]) -> list[Any]:
        """Return the documents of the query that `ask` makes of a Firestore client."""
        from google.api_core.exceptions import GoogleAPIError
        from google.auth.exceptions import GoogleAuthError

        try:
            return list(ask(self.client).stream(retry=None, timeout=20))
        except (GoogleAPIError, GoogleAuthError) as error:
            raise _unreachable(self.home, f"{type(error).__name__}: {error}") from error

    def set_claim(self, email: str, name: str, value: Any) -> bool:
        """Give an account a custom claim, or with None take it away; False when there is no account of that address.

        Taking it away is written down first, so that no service which copies claims gives it back.
        """
        account = _reached(self.home, lambda: self.accounts.by_email(email))
        if account is None:
            return False
        gone = custom_claims.revocation(account.id, name, is_gone=value is None)
        _reached(self.home, lambda: self.acceptor.documents.transact(lambda _: (None, [gone])))
        others = {key: kept for key, kept in account.claims.items() if key != name}
        wanted = others if value is None else {**others, name: value}
        _reached(self.home, lambda: self.accounts.set_claims(account.id, wanted))
        return True

    def play(self, event: Event, service: str) -> Fields:
        """Put an event into the inbox and return its record once it is at its end."""
        _reached(self.home, lambda: self.acceptor.accept(event, service))
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            record = self.get(inbox.path(event.id)) or {}
            if record and EventState(record["state"]).is_final:
                return record
            time.sleep(PAUSE)
        raise LaunchError(
            f"The event {event.id} is in the inbox, but has not been processed within {PATIENCE:.0f} s.",
            "The service or the queue is down or slow; the event is not lost.",
            f"See ./launch logs {service}{self.home.flag}; sending the command again is harmless.",
            UNREACHABLE,
        )


def of(home: Home) -> Workflow:
    """Return the workflow layer of a stack; raises LaunchError before the first `up`, and while the cloud is down."""
    outputs = read_outputs(home)
    require_running(home)
    local = environment.of_clients(ports_of(home), outputs.project) if home.is_local else {}
    environ: Mapping[str, str] = {**os.environ, **local}
    client = google_clients.firestore(outputs.project, environ)
    acceptor = Acceptor(
        Firestore(client), _queue(outputs, environ), lambda: datetime.now(UTC), Log(stream=io.StringIO())
    )
    return Workflow(home, client, acceptor, google_clients.accounts(outputs.project, environ), outputs, environ)


def _queue(outputs: Outputs, environ: Mapping[str, str]) -> CloudTasks:
    prefix = f"projects/{outputs.project}/locations/{outputs.region}/queues"
    caller = f"{TASK_CALLER}@{outputs.project}.iam.gserviceaccount.com"
    urls = {service.name: service.url for service in outputs.services}
    return CloudTasks(google_clients.tasks(environ), prefix, caller, urls)


def _reached(home: Home, ask: Callable[[], T]) -> T:
    try:
        return once_more(ask)
    except Unavailable as error:
        raise _unreachable(home, str(error)) from error


def _unreachable(home: Home, why: str) -> LaunchError:
    cure = "Is the stack up? See ./launch status" if home.is_local else "See: gcloud auth application-default login"
    return LaunchError("The stack's documents or queues cannot be reached.", why, cure, UNREACHABLE)
