"""The environment of a service, parsed once at start."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from handlers.roles import ROLES, Role, url_variable


class SettingsError(ValueError):
    """The environment does not describe a service; the message names every variable that is missing or wrong."""


@dataclass(frozen=True)
class Settings:
    """What the platform and the deployment tell a service.

    `queues` is what the full names of the Cloud Tasks queues begin with, `task_caller` the service account whose OIDC
    token the tasks carry, and `urls` the base URL of each service that this one calls.
    """

    role: Role
    project: str
    queues: str
    task_caller: str
    urls: Mapping[str, str]
    support_from: str
    support_to: str
    zendesk_subdomain: str
    revision: str


def parse(env: Mapping[str, str]) -> Settings:
    """Return the settings in `env`; raises SettingsError when ROLE is unknown or a variable it needs is empty."""
    role = ROLES.get(env.get("ROLE", ""))
    if role is None:
        raise SettingsError(f"ROLE is {env.get('ROLE', 'not set')!r}; set it to one of {', '.join(ROLES)}")
    missing = [name for name in _needed(role) if not env.get(name)]
    if missing:
        raise SettingsError(f"{role.name} needs {', '.join(missing)} in its environment")
    return Settings(
        role=role,
        project=env["GOOGLE_CLOUD_PROJECT"],
        queues=env.get("TASK_QUEUES", ""),
        task_caller=env.get("TASK_CALLER", ""),
        urls=MappingProxyType({service: env[url_variable(service)].rstrip("/") for service in role.calls}),
        support_from=env.get("SUPPORT_FROM", ""),
        support_to=env.get("SUPPORT_TO", ""),
        zendesk_subdomain=env.get("ZENDESK_SUBDOMAIN", ""),
        revision=env.get("K_REVISION", ""),
    )


def _needed(role: Role) -> tuple[str, ...]:
    senders = ("TASK_QUEUES", "TASK_CALLER", *map(url_variable, role.calls)) if role.calls else ()
    return ("GOOGLE_CLOUD_PROJECT", *senders, *role.env)
