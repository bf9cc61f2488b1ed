"""The environment of a service, parsed when it starts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType

from handlers.service_manifest import (
    SERVICE_MANIFESTS,
    SMTP,
    SMTP_PASSWORD,
    ZENDESK,
    ZENDESK_CLIENT_ID,
    ServiceManifest,
    asked_by,
    url_variable,
)

ACCOUNTS = "iam.gserviceaccount.com"  # a service account is called as its service


class SettingsError(ValueError):
    """The environment does not describe a service; the message names every variable that is missing or wrong."""


@dataclass(frozen=True)
class SmtpServer:
    """Where mail is handed in. Without a `user` nobody logs in; `is_plain` is for a server on this machine only."""

    host: str
    port: int
    user: str = ""
    is_plain: bool = False


@dataclass(frozen=True)
class Settings:
    """What the platform and the deployment tell a service.

    `queues` is what the full names of the Cloud Tasks queues begin with, `task_caller` the service account whose OIDC
    token the tasks carry, `event_caller` that of Eventarc's deliveries,
    `asking_callers` those of the services that ask this one, and `urls` the base URL of each service that
    this one calls. `providers` are the chosen ones (see vendors/providers); `smtp` is None unless mail is
    sent that way. `grace` and `reminders` count from a failed payment, `mode` is Stripe's mode that the stack is in,
    and `plans` says which price is which plan, as handlers/billing/plans.py reads it. `web_origins` are those whose
    pages may call the public doors, such as https://acme.com.
    """

    role: ServiceManifest
    project: str
    queues: str
    task_caller: str
    event_caller: str
    asking_callers: frozenset[str]
    urls: Mapping[str, str]
    support_from: str
    support_to: str
    providers: frozenset[str]
    zendesk_subdomain: str
    smtp: SmtpServer | None
    grace: timedelta
    reminders: tuple[timedelta, ...]
    mode: str
    plans: str
    drafter: str
    revision: str
    web_origins: tuple[str, ...]


def parse(env: Mapping[str, str]) -> Settings:
    """Return the settings in `env`; raises SettingsError when ROLE is unknown or a variable it needs is empty."""
    role = SERVICE_MANIFESTS.get(env.get("ROLE", ""))
    if role is None:
        raise SettingsError(f"ROLE is {env.get('ROLE', 'not set')!r}; set it to one of {', '.join(SERVICE_MANIFESTS)}")
    providers = frozenset(env.get("PROVIDERS", "").split())
    missing = [name for name in _needed(role, providers) if not env.get(name)]
    if missing:
        raise SettingsError(f"{role.name} needs {', '.join(missing)} in its environment")
    return Settings(
        role=role,
        project=env["GOOGLE_CLOUD_PROJECT"],
        queues=env.get("TASK_QUEUES", ""),
        task_caller=env.get("TASK_CALLER", ""),
        event_caller=env.get("EVENT_CALLER", ""),
        asking_callers=frozenset(f"{name}@{env['GOOGLE_CLOUD_PROJECT']}.{ACCOUNTS}" for name in role.asked_by),
        urls=MappingProxyType(
            {service: env[url_variable(service)].rstrip("/") for service in _others(role, providers)}
        ),
        support_from=env.get("SUPPORT_FROM", ""),
        support_to=env.get("SUPPORT_TO", ""),
        providers=providers,
        zendesk_subdomain=env.get("ZENDESK_SUBDOMAIN", ""),
        smtp=_smtp(env),
        grace=_days(env.get("GRACE_DAYS", "14"))[0],
        reminders=_days(env.get("REMINDER_DAYS", "none")),
        mode=_mode(env.get("PAYMENTS_MODE", "live")),
        plans=env.get("PAYMENTS_PLANS", ""),
        drafter=env.get("DRAFTER", ""),
        revision=env.get("K_REVISION", ""),
        web_origins=tuple(env.get("WEB_ORIGINS", "").split()),
    )


def _needed(role: ServiceManifest, providers: frozenset[str]) -> tuple[str, ...]:
    senders = ("TASK_QUEUES",) if role.calls else ()
    callers = () if role.asked_by else ("TASK_CALLER",)
    events = ("EVENT_CALLER",) if role.takes_events else ()
    urls = map(url_variable, _others(role, providers))
    zendesk = ("ZENDESK_SUBDOMAIN",) if ZENDESK in providers and ZENDESK_CLIENT_ID in role.secrets else ()
    smtp = ("SMTP_SERVER",) if SMTP in providers and SMTP_PASSWORD in role.secrets else ()
    return ("GOOGLE_CLOUD_PROJECT", *senders, *callers, *events, *urls, *role.env, *zendesk, *smtp)


def _others(role: ServiceManifest, providers: frozenset[str]) -> tuple[str, ...]:
    return (*role.calls, *asked_by(role.name, providers))


def _days(text: str) -> tuple[timedelta, ...]:
    """Return the days that `1,7,12` names; `none` means no days."""
    parts = [] if text == "none" else text.split(",")
    if not all(part.isascii() and part.isdigit() and len(part) < 4 for part in parts):
        raise SettingsError(f"{text!r} is not a list of days; write it like 1,7,12, or none")
    return tuple(timedelta(days=int(part)) for part in parts)


def _mode(text: str) -> str:
    if text not in {"live", "test"}:
        raise SettingsError(f"PAYMENTS_MODE is {text!r}; set it to live or test")
    return text


def _smtp(env: Mapping[str, str]) -> SmtpServer | None:
    """Return the SMTP server; where the environment names an emulator (HOST:PORT), that one, without TLS."""
    emulator, address = env.get("SMTP_EMULATOR_HOST", ""), env.get("SMTP_SERVER", "")
    host, _, port = (emulator or address).rpartition(":")
    if not host:
        return None
    if not (port.isascii() and port.isdigit()):
        raise SettingsError(f"SMTP_SERVER is {address!r}; it has to be HOST:PORT")
    return SmtpServer(host, int(port), "" if emulator else env.get("SMTP_USER", ""), is_plain=bool(emulator))
