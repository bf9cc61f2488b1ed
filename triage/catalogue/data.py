"""Checks of the data model and of the rules over it."""

from __future__ import annotations

from blueprint.finding import Status
from triage.model import Cause, Check, Step

RULES = "firestore.rules; rules test"
CHECKS = (
    Check(
        "rules.open",
        "A collection is open to anyone on the internet",
        Step.CONSOLE,
        96,
        "It takes no account: the project's id is enough, and every copy of the app holds it.",
        "Each collection is opened to whom it belongs, by name.",
        "Write a rule for the collection that compares request.auth.uid with the owner.",
        RULES,
        Cause.WEAK_RULES,
    ),
    Check(
        "rules.weak",
        "The rules let somebody do what they should not",
        Step.CONSOLE,
        90,
        "A user can read or change what is not theirs.",
        "Each collection is opened to whom it belongs, by name, and authority is written by the back end only.",
        "Narrow the rule and test it with ./launch rules test.",
        RULES,
        Cause.WEAK_RULES,
    ),
    Check(
        "rules.missing",
        "firebase.json names rules that are not there",
        Step.CONSOLE,
        60,
        "What is deployed is not what the repository says, so nobody can review it.",
        "Each file of rules that firebase.json names exists.",
        "Add the file, or fetch the deployed rules from the console.",
        RULES,
        Cause.WEAK_RULES,
    ),
    Check(
        "rules.unknown-collection",
        "The app uses a collection that no rule knows",
        Step.CONSOLE,
        58,
        "Every such request is denied, and the app shows that as a spinner or as nothing.",
        "Each collection that the app uses has a rule.",
        "Add a rule for the collection, or take the code out.",
        RULES,
        Cause.WEAK_RULES,
        status=Status.WARN,
    ),
    Check(
        "data.no-user-id",
        "Records are joined by e-mail address instead of a user id",
        Step.CRM,
        55,
        "An address that changes, or is written in two ways, splits one customer into two, and the CRM doubles them.",
        "Each record carries the user id that Firebase Auth gave.",
        "Key the record by the user id and keep the address as an ordinary field.",
        "handlers: accounts; reconcile",
        Cause.NO_USER_ID,
        status=Status.WARN,
        first_pass=False,
    ),
    Check(
        "data.unowned",
        "Records about users carry no user id",
        Step.CRM,
        44,
        "Nobody can say whose they are: neither the rules, nor support, nor the CRM, nor a deletion request.",
        "Each record about a user carries the user id.",
        "Write userId with each record and fill it in for the old ones.",
        "handlers: accounts; reconcile",
        Cause.NO_USER_ID,
        status=Status.WARN,
        first_pass=False,
    ),
)
