"""The container's application: `uvicorn handlers.app:app`, with the environment variable ROLE choosing the service."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from starlette.middleware import Middleware
from starlette.responses import JSONResponse
from starlette.routing import Route

from handlers import service_manifest, settings
from handlers.doors.routing import Doors, route
from handlers.logs import Log
from handlers.outside import google_clients
from handlers.settings import Settings, SettingsError
from handlers.vendors.providers import KNOWN

if TYPE_CHECKING:
    from starlette.requests import Request

    from handlers.billing.payment_terms import PaymentTerms
    from handlers.doors.routing import Door
    from handlers.outside.secret_cache import SecretCache
    from handlers.support.reply_drafts import Drafter
    from handlers.work.acceptor import Acceptor
    from handlers.work.effects import Performer
    from handlers.work.firestore_documents import Firestore
    from handlers.work.inbox import Event
    from handlers.work.task_queue import CloudTasks
    from handlers.work.worker import Prepare

app: Doors


def __getattr__(name: str) -> Doors:
    """Build `app` when uvicorn first asks for it: importing this module does no work and needs no environment."""
    if name != "app":
        raise AttributeError(name)
    globals()["app"] = built = create(os.environ)
    return built


def create(env: Mapping[str, str]) -> Doors:
    """Return the application of the service that `env` describes; raises SettingsError."""
    config = settings.parse(env)
    KNOWN.require_known(config.providers)
    log = Log({"service": config.role.name})
    routes = [_health(config), *ROUTES[config.role.name](config, env, log)]
    # Starlette's application has layers around its router which answer what no door raises.
    return Doors(routes, _for_browsers(config.web_origins))


def _for_browsers(origins: tuple[str, ...]) -> list[Middleware]:
    """Let pages of the web app's own origins call the doors (CORS, fetch.spec.whatwg.org); without any, none may."""
    if not origins:
        return []
    from handlers.doors.browsers import ForBrowsers

    return [Middleware(ForBrowsers, origins=origins)]


def _health(config: Settings) -> Route:
    def health(_: Request) -> JSONResponse:
        return JSONResponse({"status": "ok", "service": config.role.name, "revision": config.revision})

    return Route("/health", health)


def _intake(config: Settings, env: Mapping[str, str], log: Log) -> list[Route]:
    from handlers.doors.edge_header import Edge
    from handlers.doors.intent_requests import IntentsDoor
    from handlers.doors.probe_calls import ProbeDoor
    from handlers.doors.staff_requests import StaffDoor
    from handlers.doors.stripe_webhook import StripeDoor
    from handlers.senders.id_tokens import Identity
    from handlers.senders.service_tokens import ServiceIdentity
    from handlers.work.acceptor import Acceptor

    acceptor = Acceptor(_documents(config, env), _queue(config, env), _utc_now, log)
    secret_cache = _secret_cache(config, env)
    stripe = StripeDoor(secret_cache, acceptor, time.time, log, config.mode)
    identity = Identity(config.project, time.monotonic)
    intents = IntentsDoor(identity, acceptor)
    scheduler = ServiceIdentity(config.task_caller, service_manifest.PROBE_AUDIENCE, time.monotonic)
    doors: Mapping[str, Door] = {
        "/webhooks/stripe": stripe,
        service_manifest.PROBE_PATH: ProbeDoor(scheduler, acceptor),
        "/v1/intents/{kind}": intents,
        "/v1/tickets/{ticket_id}/{kind}": StaffDoor(identity, acceptor, google_clients.accounts(config.project, env)),
        **_helpdesk_doors(config, secret_cache, acceptor, log),
    }
    edge = Edge(secret_cache)
    return [route(path, door, log, gate=edge) for path, door in doors.items()]


def _helpdesk_doors(config: Settings, secret_cache: SecretCache, acceptor: Acceptor, log: Log) -> Mapping[str, Door]:
    from handlers.doors.helpdesk_webhooks import HelpdeskDoor, ZendeskDoor

    doors: dict[str, tuple[str, Door]] = {
        service_manifest.ZENDESK: ("/webhooks/zendesk", ZendeskDoor(secret_cache, acceptor, time.time, log)),
        service_manifest.WEBHOOKS: ("/webhooks/helpdesk", HelpdeskDoor(secret_cache, acceptor, time.time, log)),
    }
    return dict(path_and_door for provider, path_and_door in doors.items() if provider in config.providers)


def _sync_payments(config: Settings, env: Mapping[str, str], log: Log) -> list[Route]:
    from handlers import signup
    from handlers.billing.custom_claims import ClaimsCache
    from handlers.billing.customer_address import CustomerAddress
    from handlers.billing.payments import Payments
    from handlers.billing.stripe_api import Stripe
    from handlers.work.acceptor import Acceptor
    from handlers.work.effects import Notification
    from handlers.work.timers import Timer

    documents, secret_cache = _documents(config, env), _secret_cache(config, env)
    accounts, mailer = google_clients.accounts(config.project, env), KNOWN.mailer(config, secret_cache)
    terms = _payment_terms(config, log)
    stripe = Stripe(secret_cache, config.mode)
    payments = Payments(documents, stripe, accounts, terms, _utc_now)
    performers: dict[str, Performer] = {
        "notification": Notification(mailer, mailer.replay_window),
        "custom_claims": ClaimsCache(documents, accounts, _utc_now),
        signup.STRIPE_ADDRESS: CustomerAddress(documents, stripe, accounts),
        "timer": Timer(Acceptor(documents, _queue(config, env), _utc_now, log).accept),
    }
    return _tasks(config, env, log, payments.prepare, performers, payments.subject)


def _sync_crm(config: Settings, env: Mapping[str, str], log: Log) -> list[Route]:
    from handlers import signup
    from handlers.vendors.hubspot import HubSpot
    from handlers.work.effects import ContactSync

    contacts = ContactSync(
        _documents(config, env), HubSpot(_secret_cache(config, env)), google_clients.accounts(config.project, env)
    )
    return _tasks(
        config,
        env,
        log,
        lambda held: partial(signup.decide, held.event, _utc_now()),
        {"crm_contact": contacts},
    )


def _support_ticket(config: Settings, env: Mapping[str, str], log: Log) -> list[Route]:
    from handlers.support.desk import Desk
    from handlers.support.helpdesk import (
        OPENING,
        SAYING,
        SHOWING,
        TicketComment,
        TicketOpening,
        TicketStateUpdate,
    )
    from handlers.support.ticket_decisions import SupportTerms
    from handlers.work.effects import Notification

    documents, secret_cache = _documents(config, env), _secret_cache(config, env)
    mailer = KNOWN.mailer(config, secret_cache)
    helpdesk = KNOWN.helpdesk(config, secret_cache, mailer)
    terms = SupportTerms(config.support_to, helpdesk.keeps_state)
    desk = Desk(documents, helpdesk, terms, _utc_now, _remote_drafter(config))
    performers: dict[str, Performer] = {
        OPENING: TicketOpening(documents, helpdesk),
        SAYING: TicketComment(documents, helpdesk),
        SHOWING: TicketStateUpdate(documents, helpdesk),
        "notification": Notification(mailer, mailer.replay_window),
    }
    return _tasks(config, env, log, desk.prepare, performers)


def _intents(config: Settings, env: Mapping[str, str], log: Log) -> list[Route]:
    from handlers.doors.intent_documents import MAX_EVENT, CreatedDoor
    from handlers.doors.service_callers import Callers
    from handlers.work.acceptor import Acceptor

    acceptor = Acceptor(_documents(config, env), _queue(config, env), _utc_now, log)
    eventarc = Callers(frozenset({config.event_caller}))
    door = CreatedDoor(acceptor, log, google_clients.accounts(config.project, env))
    return [route("/intents/created", eventarc.only(door), log, MAX_EVENT)]


def _support_drafts(config: Settings, env: Mapping[str, str], log: Log) -> list[Route]:  # noqa: ARG001 - as all roles
    from handlers.doors.draft_requests import DraftsDoor
    from handlers.doors.service_callers import Callers

    support = Callers(config.asking_callers)
    return [route("/v1/drafts", support.only(DraftsDoor(KNOWN.drafter(config))), log)]


def _reconcile(config: Settings, env: Mapping[str, str], log: Log) -> list[Route]:
    from handlers.billing.stripe_api import Stripe
    from handlers.doors.scheduler_calls import SweepDoor
    from handlers.doors.service_callers import Callers
    from handlers.work.acceptor import Acceptor

    acceptor = Acceptor(_documents(config, env), _queue(config, env), _utc_now, log)
    accounts, stripe = google_clients.accounts(config.project, env), Stripe(_secret_cache(config, env), config.mode)
    scheduler = Callers(frozenset({config.task_caller}))
    door = SweepDoor(acceptor, stripe, accounts, _payment_terms(config, log), log)
    return [route("/sweeps/{name}", scheduler.only(door), log)]


def _payment_terms(config: Settings, log: Log) -> PaymentTerms:
    from handlers.billing import plans
    from handlers.billing.payment_terms import PaymentTerms

    try:
        table = plans.parse(config.plans) if config.plans else plans.PlanTable()
    except ValueError as error:
        raise SettingsError(f"PAYMENTS_PLANS is {error}") from error
    if not table.plans:
        log.warning("payments.plans is empty: every price is a plan of its own, and none is higher", outcome="no_plans")
    return PaymentTerms(config.support_to, config.grace, config.reminders, config.mode, table)


ROUTES = {
    service_manifest.INTAKE: _intake,
    service_manifest.SYNC_PAYMENTS: _sync_payments,
    service_manifest.SYNC_CRM: _sync_crm,
    service_manifest.SUPPORT_TICKET: _support_ticket,
    service_manifest.INTENTS: _intents,
    service_manifest.SUPPORT_DRAFTS: _support_drafts,
    service_manifest.RECONCILE: _reconcile,
}


def _tasks(
    config: Settings,
    env: Mapping[str, str],
    log: Log,
    prepare: Prepare,
    performers: Mapping[str, Performer],
    subject: Callable[[Event], str] | None = None,
) -> list[Route]:
    from handlers.doors.service_callers import Callers
    from handlers.doors.task_deliveries import TaskDoors
    from handlers.work import probes
    from handlers.work.worker import Worker, of_its_own

    documents, queue = _documents(config, env), _queue(config, env)
    worker = Worker(documents, queue, probes.spared(prepare), performers, _utc_now, log, subject or of_its_own)
    tasks, doors = Callers(frozenset({config.task_caller})), TaskDoors(worker, log)
    return [
        route("/events/{event_id}/run", tasks.only(doors.event), log),
        route("/effects/{effect_id}/run", tasks.only(doors.effect), log),
    ]


def _documents(config: Settings, env: Mapping[str, str]) -> Firestore:
    from handlers.work.firestore_documents import Firestore

    return Firestore(google_clients.firestore(config.project, env))


def _secret_cache(config: Settings, env: Mapping[str, str]) -> SecretCache:
    from handlers.outside.secret_cache import SecretCache

    return SecretCache(google_clients.secret_manager(env), config.project, time.monotonic)


def _queue(config: Settings, env: Mapping[str, str]) -> CloudTasks:
    from handlers.work.task_queue import CloudTasks

    return CloudTasks(google_clients.tasks(env), config.queues, config.task_caller, config.urls)


def _remote_drafter(config: Settings) -> Drafter | None:
    from handlers.vendors.remote_drafter import RemoteDrafter

    url = config.urls.get(service_manifest.SUPPORT_DRAFTS)
    return RemoteDrafter(url, google_clients.identity_token) if url else None


def _utc_now() -> datetime:
    return datetime.now(UTC)
