"""The providers that a launch chooses from: the words of PROVIDERS and DRAFTER, each with its constructor.

Adding one is a file in this folder and one entry below. A constructor imports its file only when it is called, so that
a service loads no provider that it does not use. What a provider needs of the cloud, such as a secret, stands in
service_manifest.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from handlers.outside import google_clients
from handlers.service_manifest import DRAFTS, EMAIL, RESEND, SMTP, VERTEX, WEBHOOKS, ZENDESK
from handlers.settings import SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable

    from handlers.outside.secret_cache import SecretCache
    from handlers.settings import Settings
    from handlers.support.helpdesk import Helpdesk
    from handlers.support.reply_drafts import Drafter
    from handlers.work.effects import Mailer

    MakeMailer = Callable[[Settings, SecretCache], Mailer]
    MakeHelpdesk = Callable[[Settings, SecretCache, Mailer], Helpdesk]
    MakeDrafter = Callable[[Settings], Drafter]

T = TypeVar("T")


@dataclass(frozen=True)
class Providers:
    """Word → constructor, by what a provider does. `options` are the words that choose none of these.

    A drafter is known by the first part of its model's name: `gemini-3.5-flash` is of the family `gemini`.
    """

    mailers: Mapping[str, MakeMailer]
    helpdesks: Mapping[str, MakeHelpdesk]
    drafters: Mapping[str, MakeDrafter]
    options: frozenset[str] = frozenset({WEBHOOKS, DRAFTS, VERTEX})

    def require_known(self, chosen: Collection[str]) -> None:
        """Raise SettingsError when one of the chosen words is unknown."""
        known = {*self.mailers, *self.helpdesks, *self.options}
        for word in sorted(set(chosen) - known):
            raise SettingsError(f"PROVIDERS names {word!r}, which is not known; known are {', '.join(sorted(known))}")

    def mailer(self, config: Settings, secret_cache: SecretCache) -> Mailer:
        """Return the chosen mailer; raises SettingsError unless exactly one is chosen."""
        return _only("mailer", self.mailers, config)(config, secret_cache)

    def helpdesk(self, config: Settings, secret_cache: SecretCache, mailer: Mailer) -> Helpdesk:
        """Return the chosen helpdesk, which may work by `mailer`; raises SettingsError unless exactly one is chosen."""
        return _only("helpdesk", self.helpdesks, config)(config, secret_cache, mailer)

    def drafter(self, config: Settings) -> Drafter:
        """Return the drafter that DRAFTER names; raises SettingsError when there is no such family."""
        make = self.drafters.get(config.drafter.partition("-")[0])
        if make is None:
            known = ", ".join(sorted(self.drafters))
            raise SettingsError(f"DRAFTER names {config.drafter!r}, which is not known; known families are {known}")
        return make(config)


def _only(kind: str, table: Mapping[str, T], config: Settings) -> T:
    chosen = sorted(set(table) & config.providers)
    if len(chosen) != 1:
        said = f"{len(chosen)} {kind}s, {' and '.join(chosen)}" if chosen else f"no {kind}"
        raise SettingsError(f"PROVIDERS names {said}; choose one of {', '.join(sorted(table))}")
    return table[chosen[0]]


def _resend(config: Settings, secret_cache: SecretCache) -> Mailer:
    from handlers.vendors.resend import Resend

    return Resend(secret_cache, config.support_from)


def _smtp(config: Settings, secret_cache: SecretCache) -> Mailer:
    from handlers.vendors.smtp import Smtp

    if config.smtp is None:
        raise SettingsError(f"PROVIDERS names {SMTP!r}, but SMTP_SERVER is not set; set it to HOST:PORT")
    return Smtp(secret_cache, config.support_from, config.smtp)


def _zendesk(config: Settings, secret_cache: SecretCache, _: Mailer) -> Helpdesk:
    from handlers.vendors.zendesk import Zendesk

    return Zendesk(secret_cache, config.zendesk_subdomain)


def _email(config: Settings, _: SecretCache, mailer: Mailer) -> Helpdesk:
    from handlers.vendors.email_helpdesk import EmailHelpdesk

    return EmailHelpdesk(mailer, config.support_to)


def _rehearsal(_: Settings) -> Drafter:
    from handlers.vendors.rehearsal_drafter import GullibleDrafter

    return GullibleDrafter()


def _gemini(config: Settings) -> Drafter:
    from handlers.vendors.vertex import Vertex

    return Vertex(config.project, config.drafter, google_clients.authorization())


KNOWN = Providers(
    mailers={RESEND: _resend, SMTP: _smtp},
    helpdesks={ZENDESK: _zendesk, EMAIL: _email},
    drafters={"rehearsal": _rehearsal, "gemini": _gemini},
)
