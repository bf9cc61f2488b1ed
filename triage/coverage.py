"""What each of the first hour's steps was checked for in this app, and what could not be checked, with the reason."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from triage.catalogue import CHECKS
from triage.files.kinds import Kind, kind_of
from triage.files.walk import Tree
from triage.model import Step, Unchecked
from triage.online.answers import Answers
from triage.project.whole import App

ONLINE: Mapping[Step, tuple[str, str]] = {
    Step.CONSOLE: (
        "crash reports, failed automations, and what the logs say was denied",
        "needs Crashlytics, HubSpot and Cloud Logging",
    ),
    Step.PAYMENTS: (
        "events that were not delivered, charges and refunds without follow-up",
        "needs the Stripe account",
    ),
    Step.CRM: ("doubled contacts, users without contact, stale tags", "needs the CRM's account and Firebase Auth"),
    Step.SUPPORT: ("forwarding rules, automations and admin notices", "needs the helpdesk's account"),
    Step.RELEASE: ("what is deployed, and the back end's p95", "needs Remote Config and Cloud Monitoring"),
    Step.SECRETS: ("broad roles, old keys and the default account", "needs the project's IAM"),
    Step.EVENTS: ("denied, repeated and doubled requests by service", "needs Cloud Logging"),
    Step.MONITORING: (
        "alerts without channel, alerts that flap or stay silent, uptime checks",
        "needs Cloud Monitoring",
    ),
}
NEEDS_SERVER = ("webhook.", "server.")
NEEDS_DART = ("client.", "data.", "secret.define")


# the start of a check's id → the question whose answer it needs first
ANSWERED_BY: Mapping[str, str] = {
    "online.stripe.": "stripe/events",
    "online.user.": "auth/users",
    "online.crm.": "hubspot/contacts",
    "online.helpdesk.": "zendesk/triggers",
    "online.data.": "firestore/documents",
    "online.log.": "logging/entries",
    "online.iam.": "iam/policy",
    "online.alert.": "monitoring/policies",
    "online.uptime.": "monitoring/uptime",
    "online.release.": "monitoring/latencies",
    "online.config.": "remoteconfig/template",
}
CRASHES = Unchecked(
    Step.CONSOLE, "crash reports", "Crashlytics has no API to read them; look at its console, or export to BigQuery"
)


def checked(tree: Tree, app: App, answers: Answers) -> dict[Step, tuple[str, ...]]:
    """Return the titles of the checks that had something to look at, by step."""
    kinds = {kind_of(path) for path in tree.files}
    made: dict[Step, list[str]] = {step: [] for step in Step}
    for check in CHECKS.values():
        if _had_something(check.id, kinds, app, tree) and _was_answered(check.id, answers):
            made[check.step].append(check.title)
    return {step: tuple(titles) for step, titles in made.items()}


def _was_answered(name: str, answers: Answers) -> bool:
    needed = next((question for start, question in ANSWERED_BY.items() if name.startswith(start)), "")
    return not name.startswith("online.") or answers.has(needed)


def _had_something(name: str, kinds: set[Kind], app: App, tree: Tree) -> bool:
    if name.startswith(NEEDS_DART):
        return Kind.DART in kinds
    if name.startswith(NEEDS_SERVER):
        return bool(kinds & {Kind.SCRIPT, Kind.PYTHON})
    if name.startswith("rules."):
        return bool(app.rules)
    if name.startswith("bundle."):
        return bool(tree.built) or Kind.ARCHIVE in kinds
    if name.startswith("hosting."):
        return any("hosting" in config for config in app.configs.values())
    return True


def unchecked(
    tree: Tree, unread: Sequence[str], app: App, history: bool, answers: Answers | None
) -> Iterator[Unchecked]:
    """Yield what could not be looked at."""
    if answers is None:
        yield from (Unchecked(step, what, f"{why}; --online asks them") for step, (what, why) in ONLINE.items())
    else:
        yield from (*answers.missing, CRASHES)
    for denied in [*tree.denied, *unread, *app.unreadable]:
        yield Unchecked(Step.SECRETS, denied.partition(":")[0], denied.partition(":")[2].strip() or "it cannot be read")
    if tree.truncated:
        yield Unchecked(Step.SECRETS, "the rest of the tree", f"it has more than {len(tree.files)} files")
    if not history:
        yield Unchecked(Step.SECRETS, "the history", "it was left out")
    yield from _absent(tree, app)
    broken = sorted(path for path, facts in app.facts.items() if facts.broken)
    if broken:
        more = f" and {len(broken) - 3} more" if len(broken) > 3 else ""
        yield Unchecked(
            Step.CONSOLE,
            ", ".join(broken[:3]) + more,
            "parsed in part only: the syntax is broken or newer than the grammar",
        )


def _absent(tree: Tree, app: App) -> Iterator[Unchecked]:
    """Yield the parts of an app that are not in this folder."""
    kinds = {kind_of(path) for path in tree.files}
    if not kinds & {Kind.SCRIPT, Kind.PYTHON}:
        yield Unchecked(Step.PAYMENTS, "webhooks", "there is no back end's code in this folder")
    if Kind.DART not in kinds:
        yield Unchecked(Step.CONSOLE, "the app", "there is no Dart in this folder")
    if not tree.built and Kind.ARCHIVE not in kinds:
        yield Unchecked(
            Step.RELEASE, "built apps", "there is no APK, AAB, IPA or web build here; build one and run again"
        )
    if not app.rules:
        yield Unchecked(Step.CONSOLE, "security rules", "no firebase.json names any, and none lie in the usual places")
