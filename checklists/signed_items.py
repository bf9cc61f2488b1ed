"""The items that only a person can do or see to, and closes by signing."""

from __future__ import annotations

from datetime import timedelta

from blueprint.mail_providers import OTHER
from blueprint.outputs import Outputs
from checklists.items import QUARTER, YEAR, Detail, Item, Level, Owner
from handlers.billing.stripe_events import STRIPE_KINDS
from handlers.service_manifest import EDGE_KEY, STRIPE_SIGNING_SECRET, ZENDESK_SIGNING_SECRET
from handlers.support.helpdesk_events import ZENDESK_KINDS, ZENDESK_PREFIX

GUARDS = ("Security rules", "Rate limiting rules", "Managed rules", "DDoS protection")
PEOPLE, LIVE = "What only a person can do", "When it is live"


def _stripe(outputs: Outputs) -> tuple[Detail, ...]:
    events = ", ".join(f"`{kind}`" for kind in sorted(STRIPE_KINDS))
    return Detail("Endpoint", f"`https://{outputs.api_host}/webhooks/stripe`"), Detail("Events", events)


def _helpdesk(outputs: Outputs) -> tuple[Detail, ...]:
    events = ", ".join(f"`{ZENDESK_PREFIX}{kind}`" for kind in sorted(ZENDESK_KINDS))
    return Detail("Endpoint", f"`https://{outputs.api_host}/webhooks/zendesk`"), Detail("Events", events)


def _sending(outputs: Outputs) -> tuple[Detail, ...]:
    selectors = ", ".join(f"`{selector}._domainkey.{outputs.domain}`" for selector in outputs.mail.selectors)
    providers = (outputs.mailer(name) if name == OTHER else name for name in outputs.mail.providers)
    return Detail("Providers", ", ".join(providers)), Detail("Keys", selectors)


def _secrets(outputs: Outputs) -> tuple[Detail, ...]:
    """Return the secrets that a person gives: the program makes the edge's key, `stripe connect` stores Stripe's."""
    pushed = (name for name in outputs.secrets if name not in (EDGE_KEY, STRIPE_SIGNING_SECRET))
    return (Detail("Secrets to push", ", ".join(f"`{name}`" for name in pushed) or "none", is_value=False),)


def _firewall(outputs: Outputs) -> tuple[Detail, ...]:
    """Return the rules that turn something away, and those that let webhooks pass; the page on Cloudflare has all."""
    guards = (rule for rule in outputs.edge.rules if rule.phase in GUARDS)
    return tuple(Detail(rule.title, f"{rule.what} ({rule.phase})", is_value=False) for rule in guards)


def _on_call(outputs: Outputs) -> tuple[Detail, ...]:
    return (
        Detail("Alerts go to", f"`{outputs.on_call}`" if outputs.on_call else "nobody yet"),
        Detail("Answers for the launch", f"{outputs.contact_name}, `{outputs.contact_email}`"),
    )


def _delivery(outputs: Outputs) -> tuple[Detail, ...]:
    if not outputs.delivery:
        return ()
    values = {
        "LAUNCH_PREVIEW_PROVIDER": outputs.delivery.preview_provider,
        "LAUNCH_PREVIEWER": outputs.delivery.previewer,
        "LAUNCH_DEPLOY_PROVIDER": outputs.delivery.deploy_provider,
        "LAUNCH_DEPLOYER": outputs.delivery.deployer,
    }
    return tuple(Detail(name, f"`{value}`") for name, value in values.items())


def _has_no_helpdesk_webhook(outputs: Outputs) -> str:
    if ZENDESK_SIGNING_SECRET in outputs.secrets:
        return ""
    return "the launch chose no helpdesk that tells of its tickets by Zendesk's webhooks"


def _has_no_delivery(outputs: Outputs) -> str:
    return "" if outputs.delivery else "the spec names no repository under `delivery`, so nothing deploys but people"


def _sends_no_mail(outputs: Outputs) -> str:
    return "" if outputs.mail.selectors else "nobody sends mail as the domain"


def _alerts(outputs: Outputs) -> tuple[Detail, ...]:
    return tuple(Detail(alert.title, alert.runbook, is_value=False) for alert in outputs.alerts)


def _project(outputs: Outputs) -> tuple[Detail, ...]:
    return (Detail("Project", f"`{outputs.project}`"),)


SIGNED: tuple[Item, ...] = (
    Item(
        "billing",
        PEOPLE,
        "Google Cloud billing: the project has a billing account, and a budget that warns",
        "Without billing nothing starts; without a budget a mistake is noticed on the invoice.",
        Owner.FOUNDER,
        steps=(
            "Open console.cloud.google.com/billing and link the project to your account. Where that is refused, the "
            "account pays for as many projects as it may (five as a rule): take one off it, or ask for more there.",
            "The program makes the budget of `google.budget` and has it write to you; there is nothing to do by hand.",
        ),
        details=_project,
        lasts=YEAR,
    ),
    Item(
        "firebase",
        PEOPLE,
        "Firebase: its terms are accepted",
        "Google lets nobody but a person accept them, and refuses to add Firebase to the project before.",
        Owner.FOUNDER,
        steps=(
            "Sign in to console.firebase.google.com with the account that owns the project.",
            "Begin adding Firebase to it and accept the terms; `./launch up --stack prod` does the rest.",
        ),
        details=_project,
    ),
    Item(
        "sign-in",
        PEOPLE,
        "Firebase Authentication: sign-in is started",
        "Until then nobody can sign up, and every request about an account is refused.",
        Owner.FOUNDER,
        steps=(
            "In console.firebase.google.com, in this project, open Authentication and press Get started.",
            "Enable the sign-in methods that the app uses; under Settings, authorize the app's own domain.",
        ),
        details=_project,
    ),
    Item(
        "nameservers",
        PEOPLE,
        "Name servers: the registrar points the domain to Cloudflare",
        "Until then nothing of this is visible to the world, and Cloudflare deletes a zone on the Free plan that no "
        "registrar leads to for 28 days, with all its records.",
        Owner.FOUNDER,
        steps=(
            "If DNSSEC is on at the registrar, switch it off and wait a day.",
            "Replace all name servers of the domain by these.",
        ),
        details=lambda outputs: tuple(Detail("Name server", f"`{name}`") for name in outputs.nameservers),
        held_by=("dns.change.records",),
    ),
    Item(
        "dnssec",
        PEOPLE,
        "DNSSEC: the registrar holds the zone's DS record",
        "It closes the chain of DNSSEC signatures; a wrong one makes the domain vanish, so copy it exactly.",
        Owner.FOUNDER,
        steps=("When the name servers have changed, add this DS record at the registrar.",),
        details=lambda outputs: (Detail("DS record", f"`{outputs.dnssec_ds}`"),),
        level=Level.SHOULD,
    ),
    Item(
        "stripe",
        PEOPLE,
        "Stripe: its events reach the handlers",
        "Without the endpoint a customer pays and gets nothing.",
        Owner.FOUNDER,
        steps=(
            "Store Stripe's API key: `./launch secrets push stripe-api-key --stack prod`.",
            "`./launch stripe connect --stack prod` registers the endpoint with these events, and stores its signing "
            "secret.",
        ),
        details=_stripe,
    ),
    Item(
        "helpdesk",
        PEOPLE,
        "Zendesk: it tells the handlers what agents do",
        "Without the webhook a ticket stays new for the user, although an agent has answered it.",
        Owner.FOUNDER,
        steps=(
            "In Zendesk's Admin Center, under Webhooks, make one for Zendesk events: method POST, format JSON, this "
            "address and these events.",
            "Copy its signing secret and store it: `./launch secrets push zendesk-signing-secret --stack prod`.",
        ),
        details=_helpdesk,
        not_applicable=_has_no_helpdesk_webhook,
    ),
    Item(
        "sending",
        PEOPLE,
        "E-mail providers: each signs with the DKIM key that the DNS publishes",
        "A published key alone signs nothing: signing is switched on at the provider.",
        Owner.FOUNDER,
        steps=(
            "In each provider's console, verify the domain and switch DKIM signing on.",
            "Send a mail by each of them to a mailbox elsewhere; its headers have to say `dkim=pass` and `dmarc=pass`.",
        ),
        details=_sending,
        not_applicable=_sends_no_mail,
    ),
    Item(
        "secrets",
        PEOPLE,
        "Secrets: each has its production value, known to no one who does not need it",
        "Values go to Secret Manager, never through the stack's state or a chat.",
        Owner.FOUNDER,
        steps=(
            "Push each of them: `./launch secrets push NAME --stack prod`. The edge's key is made by the program, and "
            "Stripe's signing secret is stored by `./launch stripe connect --stack prod`.",
            "`./launch secrets list --stack prod` shows that none is empty.",
        ),
        details=_secrets,
        lasts=YEAR,
    ),
    Item(
        "accounts",
        PEOPLE,
        "Accounts: two people can sign in to each, both with a second factor",
        "One lost phone must not lock the company out.",
        Owner.FOUNDER,
        steps=(
            "`./launch checklist accounts --stack prod` asks who owns each account, who else can sign in, and how.",
            "Let the second person sign in to each of them, with their own factor.",
        ),
        lasts=YEAR / 2,
    ),
    Item(
        "firewall",
        PEOPLE,
        "Rate limits and DDoS protection: the edge turns floods and probes away, and webhooks pass",
        "A flood that reaches the services costs money; a webhook that is challenged costs a payment.",
        Owner.ENGINEER,
        steps=(
            "In Cloudflare's dashboard, open the domain, Security, Security rules: these are there and on.",
            "Under Security, Events, see what was turned away: no webhook from Stripe may be among it.",
        ),
        details=_firewall,
        level=Level.SHOULD,
        lasts=YEAR / 2,
    ),
    Item(
        "delivery",
        PEOPLE,
        "Production deployment: GitHub deploys what a person has approved, and holds no key of the cloud",
        "A key works for anyone who copies it; a federated identity works from one branch and one environment only.",
        Owner.ENGINEER,
        steps=(
            "Copy `delivery/github/*.yml` to `.github/workflows/` and commit: GitHub runs only what is there.",
            "In the repository's settings, make an environment `production` with a required reviewer, for main only.",
            "Make an environment `preview` too, with a reviewer who sees a pull request before it gets an identity.",
            "Under Actions, Variables, add these.",
            "Where another project keeps the state, let both accounts use the bucket and the key there: "
            "docs/guide.md, Production, says how.",
            "As secrets add `CLOUDFLARE_READ_TOKEN`, and to the environment alone `CLOUDFLARE_API_TOKEN`.",
            "Open a pull request that changes nothing: its preview says 0 changes.",
        ),
        details=_delivery,
        not_applicable=_has_no_delivery,
        level=Level.SHOULD,
    ),
    Item(
        "on-call",
        LIVE,
        "On call: somebody is, and everybody knows who",
        "An alert that is everybody's is nobody's. Name the person in the signature's note.",
        Owner.FOUNDER,
        details=_on_call,
        lasts=QUARTER,
    ),
    Item(
        "alerts",
        LIVE,
        "Alerts: a test alert reached the person on call",
        "An alert that nobody receives is not an alert.",
        Owner.FOUNDER,
        steps=(
            "In Cloud Monitoring, open the notification channel and send a test notification.",
            "The person on call says when it came, on the phone that they carry at night.",
        ),
        details=lambda outputs: (Detail("Channel", f"e-mail to `{outputs.on_call}`" if outputs.on_call else "none"),),
        lasts=YEAR / 2,
    ),
    Item(
        "runbooks",
        LIVE,
        "Runbooks: whoever is on call has read what to do at each alert",
        "At three in the morning nobody reads a manual for the first time. Each alert carries this text, too.",
        Owner.ENGINEER,
        details=_alerts,
        level=Level.SHOULD,
        lasts=YEAR / 2,
    ),
    Item(
        "rollback",
        LIVE,
        "Rollback: going back to the version before was tried once",
        "A bad release is undone in minutes by those who have done it before.",
        Owner.ENGINEER,
        steps=(
            "Undo the commit: `git revert COMMIT`.",
            "`./launch up --stack prod` shows what goes back, asks, and deploys the earlier code.",
            "`./launch verify --stack prod` proves it. Data is not rolled back.",
        ),
        details=lambda outputs: (Detail("Running now", f"`{outputs.image}`", is_signed=False),),
        level=Level.SHOULD,
        lasts=YEAR,
    ),
    Item(
        "rotation",
        LIVE,
        "Rotation: changing a secret was tried once",
        "A key that leaked has to be worthless within the hour, without an outage.",
        Owner.ENGINEER,
        steps=(
            "`./launch secrets rotate stripe-signing-secret --stack prod` does all of it at Stripe, without a "
            "lost delivery.",
            "For any other: make a second key at the vendor, `./launch secrets rotate NAME --stack prod`, and revoke "
            "the first when the command says so.",
            "`./launch secrets list --stack prod` shows the new version.",
        ),
        level=Level.SHOULD,
        lasts=YEAR,
    ),
    Item(
        "restore",
        LIVE,
        "Backups: data was brought back from an earlier moment once",
        "A backup that was never restored is a hope. Where the spec says `protect: true`, Firestore keeps every "
        "version of a document for seven days.",
        Owner.ENGINEER,
        steps=(
            "In Google Cloud's console, under Firestore, Disaster recovery, clone the database of an hour ago to a new "
            "name, or export it as of that time.",
            "Compare a document or two, then delete the clone. Say in the signature's note how long it took.",
        ),
        lasts=YEAR,
    ),
    Item(
        "red-team",
        LIVE,
        "Red team: it found nothing within the last 31 days",
        "Models, prompts and attacks change, so each month it is tried what a support request can get a draft to say.",
        Owner.ENGINEER,
        steps=(
            "Run the workflow `launch-red-team.yml`, or `./launch accept --red-team` in a rehearsal, and read on.",
            "Sign with the date of the run; sign again after the next one.",
        ),
        lasts=timedelta(days=31),
    ),
)
