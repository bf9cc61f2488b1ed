"""The container's application: `uvicorn handlers.app:app`, with the environment variable ROLE choosing the service."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

from handlers import clients, roles, settings
from handlers.doors.wire import route
from handlers.logs import Log
from handlers.settings import Settings

if TYPE_CHECKING:
    from starlette.requests import Request

    from handlers.documents import Firestore
    from handlers.doors.accept import Acceptor
    from handlers.doors.wire import Door
    from handlers.drafts import Drafter
    from handlers.effects import Mailer, Performer
    from handlers.helpdesk import Helpdesk
    from handlers.queue import CloudTasks
    from handlers.secrets import Vault
    from handlers.worker import Prepare

app: Starlette


def __getattr__(name: str) -> Starlette:
    """Build `app` when uvicorn first asks for it: importing this module does no work and needs no environment."""
    if name != "app":
        raise AttributeError(name)
    globals()["app"] = built = create(os.environ)
    return built


def create(env: Mapping[str, str]) -> Starlette:
    """Return the application of the service that `env` describes; raises SettingsError."""
    config = settings.parse(env)
    log = Log({"service": config.role.name})
    return Starlette(routes=[_health(config), *ROUTES[config.role.name](config, env, log)])


def _health(config: Settings) -> Route:
    def health(_: Request) -> JSONResponse:
        return JSONResponse({"status": "ok", "service": config.role.name, "revision": config.revision})

    return Route("/health", health)


def _intake(config: Settings, env: Mapping[str, str], log: Log) -> list[Route]:
    from handlers.doors.accept import Acceptor
    from handlers.doors.edge import Edge
    from handlers.doors.intents import IntentsDoor
    from handlers.doors.staff import StaffDoor
    from handlers.doors.stripe import StripeDoor
    from handlers.identity import Identity

    acceptor = Acceptor(_documents(config, env), _queue(config, env), _utc_now, log)
    vault = _vault(config, env)
    stripe = StripeDoor(vault, acceptor, time.time, log)
    identity = Identity(config.project, time.monotonic)
    intents = IntentsDoor(identity, acceptor)
    doors: Mapping[str, Door] = {
        "/webhooks/stripe": stripe,
        "/v1/intents/{kind}": intents,
        "/v1/tickets/{ticket_id}/{kind}": StaffDoor(identity, acceptor),
        **_helpdesk_doors(config, vault, acceptor, log),
    }
    edge = Edge(vault)
    return [route(path, edge.only(door), log) for path, door in doors.items()]


def _helpdesk_doors(config: Settings, vault: Vault, acceptor: Acceptor, log: Log) -> Mapping[str, Door]:
    from handlers.doors.helpdesk import HelpdeskDoor, ZendeskDoor

    doors: dict[str, tuple[str, Door]] = {
        roles.ZENDESK: ("/webhooks/zendesk", ZendeskDoor(vault, acceptor, time.time, log)),
        roles.WEBHOOKS: ("/webhooks/helpdesk", HelpdeskDoor(vault, acceptor, time.time, log)),
    }
    return dict(path_and_door for provider, path_and_door in doors.items() if provider in config.providers)


def _sync_payments(config: Settings, env: Mapping[str, str], log: Log) -> list[Route]:
    from handlers.claims import ClaimsCache
    from handlers.doors.accept import Acceptor
    from handlers.dunning import Terms
    from handlers.effects import Notification
    from handlers.payments import Payments
    from handlers.stripe_api import Stripe
    from handlers.timers import Timer

    documents, vault = _documents(config, env), _vault(config, env)
    accounts, mailer = clients.accounts(config.project, env), _mailer(config, vault)
    terms = Terms(config.support_to, config.grace, config.reminders)
    payments = Payments(documents, Stripe(vault), accounts, terms, _utc_now)
    performers: dict[str, Performer] = {
        "notification": Notification(mailer, mailer.replay_window),
        "custom_claims": ClaimsCache(documents, accounts, _utc_now),
        "timer": Timer(Acceptor(documents, _queue(config, env), _utc_now, log).accept),
    }
    return _tasks(config, env, log, payments.prepare, performers)


def _sync_crm(config: Settings, env: Mapping[str, str], log: Log) -> list[Route]:
    from handlers import signup
    from handlers.crm_hubspot import HubSpot
    from handlers.effects import ContactSync

    contacts = ContactSync(_documents(config, env), HubSpot(_vault(config, env)))
    return _tasks(
        config,
        env,
        log,
        lambda held: partial(signup.decide, held.event, _utc_now()),
        {"crm_contact": contacts},
    )


def _support_ticket(config: Settings, env: Mapping[str, str], log: Log) -> list[Route]:
    from handlers.desk import Desk
    from handlers.effects import Notification
    from handlers.helpdesk import OPENING, SAYING, SHOWING, TicketComment, TicketOpening, TicketState
    from handlers.support import Terms

    documents, vault = _documents(config, env), _vault(config, env)
    mailer = _mailer(config, vault)
    helpdesk = _helpdesk(config, vault, mailer)
    terms = Terms(config.support_to, helpdesk.keeps_state)
    desk = Desk(documents, helpdesk, terms, _utc_now, _remote_drafter(config))
    performers: dict[str, Performer] = {
        OPENING: TicketOpening(documents, helpdesk),
        SAYING: TicketComment(documents, helpdesk),
        SHOWING: TicketState(documents, helpdesk),
        "notification": Notification(mailer, mailer.replay_window),
    }
    return _tasks(config, env, log, desk.prepare, performers)


def _intents(config: Settings, env: Mapping[str, str], log: Log) -> list[Route]:
    from handlers.doors.accept import Acceptor
    from handlers.doors.callers import Callers
    from handlers.doors.created import MAX_EVENT, CreatedDoor

    acceptor = Acceptor(_documents(config, env), _queue(config, env), _utc_now, log)
    eventarc = Callers(frozenset({config.event_caller}))
    return [route("/intents/created", eventarc.only(CreatedDoor(acceptor, log)), log, MAX_EVENT)]


def _support_drafts(config: Settings, env: Mapping[str, str], log: Log) -> list[Route]:  # noqa: ARG001 - as all roles
    from handlers.doors.drafts import DraftsDoor

    return [route("/v1/drafts", DraftsDoor(_drafter(config)), log)]


def _reconcile(config: Settings, env: Mapping[str, str], log: Log) -> list[Route]:
    from handlers.doors.accept import Acceptor
    from handlers.doors.sweeps import SweepDoor
    from handlers.dunning import Terms
    from handlers.stripe_api import Stripe

    acceptor = Acceptor(_documents(config, env), _queue(config, env), _utc_now, log)
    accounts, terms = clients.accounts(config.project, env), Terms(config.support_to, config.grace)
    return [route("/sweeps/{name}", SweepDoor(acceptor, Stripe(_vault(config, env)), accounts, terms, log), log)]


ROUTES = {
    roles.INTAKE: _intake,
    roles.SYNC_PAYMENTS: _sync_payments,
    roles.SYNC_CRM: _sync_crm,
    roles.SUPPORT_TICKET: _support_ticket,
    roles.INTENTS: _intents,
    roles.SUPPORT_DRAFTS: _support_drafts,
    roles.RECONCILE: _reconcile,
}


def _tasks(
    config: Settings, env: Mapping[str, str], log: Log, prepare: Prepare, performers: Mapping[str, Performer]
) -> list[Route]:
    from handlers.doors.callers import Callers
    from handlers.doors.tasks import TaskDoors
    from handlers.worker import Worker

    documents, queue = _documents(config, env), _queue(config, env)
    worker = Worker(documents, queue, prepare, performers, _utc_now, log)
    tasks, doors = Callers(frozenset({config.task_caller})), TaskDoors(worker, log)
    return [
        route("/events/{event_id}/run", tasks.only(doors.event), log),
        route("/effects/{effect_id}/run", tasks.only(doors.effect), log),
    ]


def _documents(config: Settings, env: Mapping[str, str]) -> Firestore:
    from handlers.documents import Firestore

    return Firestore(clients.firestore(config.project, env))


def _vault(config: Settings, env: Mapping[str, str]) -> Vault:
    from handlers.secrets import Vault

    return Vault(clients.secret_manager(env), config.project, time.monotonic)


def _queue(config: Settings, env: Mapping[str, str]) -> CloudTasks:
    from handlers.queue import CloudTasks

    return CloudTasks(clients.tasks(env), config.queues, config.task_caller, config.urls)


def _mailer(config: Settings, vault: Vault) -> Mailer:
    if roles.SMTP in config.providers and config.smtp:
        from handlers.mailer_smtp import Smtp

        return Smtp(vault, config.support_from, config.smtp)
    from handlers.mailer_resend import Resend

    return Resend(vault, config.support_from)


def _helpdesk(config: Settings, vault: Vault, mailer: Mailer) -> Helpdesk:
    if roles.EMAIL in config.providers:
        from handlers.helpdesk_email import EmailHelpdesk

        return EmailHelpdesk(mailer, config.support_to)
    from handlers.helpdesk_zendesk import Zendesk

    return Zendesk(vault, config.zendesk_subdomain)


def _remote_drafter(config: Settings) -> Drafter | None:
    from handlers.drafter_remote import RemoteDrafter

    url = config.urls.get(roles.SUPPORT_DRAFTS)
    return RemoteDrafter(url, clients.identity_token) if url else None


def _drafter(config: Settings) -> Drafter:
    if config.drafter == "rehearsal":
        from handlers.drafter_rehearsal import GullibleDrafter

        return GullibleDrafter()
    from handlers.drafter_vertex import Vertex

    return Vertex(config.project, config.drafter, clients.authorization())


def _utc_now() -> datetime:
    return datetime.now(UTC)
