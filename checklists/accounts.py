"""The accounts that a launch stands on: what the program knows of each, and what only a person can say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from blueprint import credential_patterns
from blueprint.mail_providers import NOBODY
from blueprint.outputs import Outputs
from blueprint.spec import Spec
from checklists.items import Detail

ITEM = "accounts"
ENDS = "ends"
QUESTIONS: Mapping[str, str] = {
    "owner": "who owns it (a name, and the address they sign in with)",
    "second": "the second person who can sign in",
    "factor": "the second factor of both (such as passkey, security key, app)",
    "billing": "who pays, and how",
    "recovery": "how the company gets in when the owner cannot",
}
ENDING = "the day on which its registration ends (YYYY-MM-DD)"


class AnswerError(ValueError):
    """An answer that must not or cannot be kept; the message says why."""


@dataclass(frozen=True)
class Account:
    """One account: what it is for, `identity` and `plan` as far as the program knows them, and where to sign in."""

    id: str
    name: str
    purpose: str
    identity: str
    link: str
    plan: str = ""
    questions: Mapping[str, str] = field(default_factory=lambda: QUESTIONS)


@dataclass(frozen=True)
class Known:
    """An account with the answers about it, by question."""

    account: Account
    answers: Mapping[str, str]

    @property
    def missing(self) -> tuple[str, ...]:
        """The questions that nobody has answered."""
        return tuple(question for question in self.account.questions if not self.answers.get(question))


def accounts(outputs: Outputs, spec: Spec) -> tuple[Account, ...]:
    """Return the accounts of a launch, those that everything else depends on first."""
    return (*_ground(outputs, spec), *_vendors(outputs, spec), *_stores(spec))


def known(outputs: Outputs, spec: Spec, answers: Mapping[str, Mapping[str, str]]) -> tuple[Known, ...]:
    """Return every account with what was answered about it."""
    return tuple(Known(account, answers.get(account.id, {})) for account in accounts(outputs, spec))


def details(accounts: tuple[Known, ...]) -> tuple[Detail, ...]:
    """Return what is signed with the item: every answer. One that changes makes the signature void."""
    return tuple(Detail(one.account.name, _said(one)) for one in accounts)


def missing(accounts: tuple[Known, ...]) -> int:
    """Return how many answers are missing."""
    return sum(len(one.missing) for one in accounts)


def checked(question: str, text: str) -> str:
    """Return an answer as it is kept; raises AnswerError for a secret, or a day that is none."""
    if secret := credential_patterns.found(text):
        raise AnswerError(f"this looks like {secret[0]}, which does not belong into a handover; say who holds it")
    if question == ENDS and text.strip():
        try:
            date.fromisoformat(text.strip())
        except ValueError as error:
            raise AnswerError(f"{text!r} is not a day; write it like 2027-11-29") from error
    return text.strip()


def _said(one: Known) -> str:
    said = [f"{question}: {answer}" for question, answer in one.answers.items() if answer]
    return "; ".join(said) or "nothing is said yet"


def _ground(outputs: Outputs, spec: Spec) -> tuple[Account, ...]:
    google = "https://console.cloud.google.com"
    return (
        Account(
            "registrar",
            "Domain registrar",
            "holds the domain; without it nothing below can be found",
            outputs.domain,
            "",
            questions={**QUESTIONS, ENDS: ENDING},
        ),
        Account(
            "cloudflare",
            "Cloudflare",
            "DNS, certificates, redirects, firewall and cache",
            f"account {spec.cloudflare.account}",
            f"https://dash.cloudflare.com/{spec.cloudflare.account}/{outputs.domain}",
            spec.cloudflare.plan,
        ),
        Account(
            "google",
            "Google Cloud and Firebase",
            "services, database, sign-in, secrets, alerts",
            f"project {outputs.project}, billing account {spec.google.billing_account}",
            f"{google}/home/dashboard?project={outputs.project}",
            "pay as you go (Blaze)",
        ),
    )


def _vendors(outputs: Outputs, spec: Spec) -> tuple[Account, ...]:
    support = spec.support
    found = [
        Account("stripe", "Stripe", "payments", f"{spec.payments.mode} mode", "https://dashboard.stripe.com"),
        Account("hubspot", "HubSpot", "the CRM: one contact for each user", "", "https://app.hubspot.com"),
    ]
    if support.zendesk:
        address = f"https://{support.zendesk}.zendesk.com"
        found.append(Account("zendesk", "Zendesk", "tickets", f"subdomain {support.zendesk}", address))
    for name in (name for name in spec.mail.providers if name != NOBODY):
        purpose = "mailboxes" if name == spec.mail.provider else "sends mail as the domain"
        found.append(Account(name, outputs.mailer(name), purpose, outputs.domain, LINKS.get(name, "")))
    if outputs.delivery:
        repository = f"repository {spec.delivery.repository_id}" if spec.delivery else ""
        found.append(Account("github", "GitHub", "the code, and who may deploy it", repository, "https://github.com"))
    return tuple(found)


def _stores(spec: Spec) -> tuple[Account, ...]:
    apps = spec.google.apps
    apple = Account(
        "apple", "Apple Developer", "the app for iOS", apps.apple or "", "https://appstoreconnect.apple.com"
    )
    play = Account("play", "Google Play", "the app for Android", apps.android or "", "https://play.google.com/console")
    return (*([apple] if apps.apple else ()), *([play] if apps.android else ()))


LINKS: Mapping[str, str] = {
    "google-workspace": "https://admin.google.com",
    "microsoft-365": "https://admin.microsoft.com",
    "resend": "https://resend.com/domains",
    "postmark": "https://account.postmarkapp.com",
    "sendgrid": "https://app.sendgrid.com",
}
