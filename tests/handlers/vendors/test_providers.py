"""The table of providers: the words of PROVIDERS and DRAFTER, and what they are made into."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from handlers import settings
from handlers.app import create
from handlers.billing.plans import PlanTable, to_json
from handlers.outside.secret_cache import SecretCache
from handlers.settings import Settings, SettingsError
from handlers.vendors import providers
from handlers.vendors.email_helpdesk import EmailHelpdesk
from handlers.vendors.rehearsal_drafter import GullibleDrafter
from handlers.vendors.resend import Resend
from handlers.vendors.smtp import Smtp
from handlers.vendors.vertex import Vertex
from handlers.vendors.zendesk import Zendesk

ENV = {
    "ROLE": "support-ticket",
    "GOOGLE_CLOUD_PROJECT": "acme-rehearsal",
    "TASK_QUEUES": "projects/acme-rehearsal/locations/europe-west1/queues",
    "TASK_CALLER": "task-caller@acme-rehearsal.iam.gserviceaccount.com",
    "SUPPORT_FROM": "app@acme.test",
    "SUPPORT_TO": "help@acme.test",
    "ZENDESK_SUBDOMAIN": "acme",
    "SMTP_SERVER": "smtp.acme.test:587",
    "URL_SUPPORT_TICKET": "https://support-ticket.run.app",
    "URL_SUPPORT_DRAFTS": "https://support-drafts.run.app",
    "FIRESTORE_EMULATOR_HOST": "127.0.0.1:1",
    "SECRET_MANAGER_EMULATOR_HOST": "127.0.0.1:1",
    "CLOUD_TASKS_EMULATOR_HOST": "127.0.0.1:1",
}
SECRETS = SecretCache(None, "acme-rehearsal", lambda: 0.0)  # asks nobody before a value is wanted


class Postmark:
    """A mailer that the table does not have."""

    replay_window = timedelta(0)

    def __init__(self, config: Settings, _: SecretCache) -> None:
        self.sender = config.support_from

    def send(self, to: str, subject: str, text: str, key: str, reply_to: str = "") -> str:
        return key


def configured(words: str, drafter: str = "") -> Settings:
    return settings.parse({**ENV, "PROVIDERS": words, "DRAFTER": drafter})


@pytest.mark.parametrize(("word", "made"), [("resend", Resend), ("smtp", Smtp)])
def test_a_word_chooses_its_mailer(word, made):
    assert isinstance(providers.KNOWN.mailer(configured(f"email {word}"), SECRETS), made)


@pytest.mark.parametrize(("word", "made"), [("zendesk", Zendesk), ("email", EmailHelpdesk)])
def test_a_word_chooses_its_helpdesk(word, made):
    config = configured(f"{word} resend")
    mailer = providers.KNOWN.mailer(config, SECRETS)
    assert isinstance(providers.KNOWN.helpdesk(config, SECRETS, mailer), made)


def test_the_rehearsal_has_the_simulated_drafter():
    assert isinstance(providers.KNOWN.drafter(configured("email resend", "rehearsal")), GullibleDrafter)


def test_a_model_s_family_chooses_its_drafter():
    table = replace(providers.KNOWN, drafters={"gemini": lambda config: Vertex(config.project, config.drafter, dict)})
    assert isinstance(table.drafter(configured("email resend", "gemini-2.5-flash")), Vertex)
    assert set(providers.KNOWN.drafters) == {"rehearsal", "gemini"}


def test_a_drafter_that_nobody_knows_is_not_taken_for_a_model_of_google_s():
    with pytest.raises(SettingsError, match=r"DRAFTER names 'gtp-5'.*gemini, rehearsal"):
        providers.KNOWN.drafter(configured("email resend", "gtp-5"))


@pytest.mark.parametrize("role", ["support-ticket", "intake", "sync-payments"])
def test_a_service_does_not_start_with_a_provider_that_it_does_not_know(role):
    others = {"URL_SYNC_PAYMENTS": "https://a.run.app", "URL_SYNC_CRM": "https://b.run.app"}
    payments = {
        "GRACE_DAYS": "14",
        "REMINDER_DAYS": "1",
        "PAYMENTS_MODE": "live",
        "PAYMENTS_PLANS": to_json(PlanTable()),
    }
    env = {**ENV, **others, **payments, "ROLE": role, "PROVIDERS": "email postmark"}
    with pytest.raises(
        SettingsError, match=r"PROVIDERS names 'postmark'.*drafts, email, resend, smtp, vertex, webhooks, zendesk"
    ):
        create(env)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("email resend smtp", "names 2 mailers, resend and smtp; choose one of resend, smtp"),
        ("email zendesk resend", "names 2 helpdesks, email and zendesk; choose one of email, zendesk"),
        ("email", "names no mailer; choose one of resend, smtp"),
        ("resend", "names no helpdesk; choose one of email, zendesk"),
    ],
)
def test_support_has_exactly_one_mailer_and_one_helpdesk(words, message):
    with pytest.raises(SettingsError, match=message):
        create({**ENV, "PROVIDERS": words})


def test_a_service_that_sends_no_mail_needs_no_word_for_it():
    providers.KNOWN.require_known(frozenset())
    providers.KNOWN.require_known(frozenset({"webhooks"}))


def test_a_mailer_is_added_by_one_entry():
    extended = replace(providers.KNOWN, mailers={**providers.KNOWN.mailers, "postmark": Postmark})
    config = configured("email postmark")
    extended.require_known(config.providers)
    mailer = extended.mailer(config, SECRETS)
    assert isinstance(mailer, Postmark)
    assert mailer.sender == "app@acme.test"
    with pytest.raises(SettingsError, match="choose one of postmark, resend, smtp"):
        extended.mailer(configured("email"), SECRETS)
