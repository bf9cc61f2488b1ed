"""Checks of what only accounts know: payments, people, support, services, access, monitoring."""

from __future__ import annotations

from blueprint.finding import Status
from triage.model import Cause, Check, Step

PAYMENTS = "billing: handlers/billing, webhooks with an inbox; reconcile"
PEOPLE = "one user id everywhere: handlers/vendors, reconcile"
SUPPORT = "support: handlers/support, one intake with an audit trail"
SERVICES = "handlers/work: inbox, outbox, idempotent effects"
ACCESS = "infra: one service account with one role for each service"
MONITORS = "monitors: alerts with channels, tested on series"
FIRST, LATER = True, False


def _check(
    name: str, title: str, step: Step, weight: int, why: str, expected: str, fix: str, part: str, *,
    cause: Cause | None = None, status: Status = Status.FAIL, first: bool = FIRST,
) -> Check:  # fmt: skip
    return Check(f"online.{name}", title, step, weight, why, expected, fix, part, cause, status, first)


CHECKS = (
    _check(
        "stripe.undelivered", "Payment events wait for delivery", Step.PAYMENTS, 95,
        "Somebody has paid, and the app does not know.",
        "Each event is accepted within minutes.",
        "Read the endpoint's errors at the provider, repair it, and send the events again.",
        PAYMENTS, cause=Cause.NO_WEBHOOK,
    ),
    _check(
        "stripe.endpoint-disabled", "A payment webhook is switched off", Step.PAYMENTS, 94,
        "Nothing is sent to it, and nothing is kept for later after some days.",
        "Each endpoint that is registered is enabled.",
        "Enable the endpoint when it answers again, or delete it.",
        PAYMENTS, cause=Cause.NO_WEBHOOK,
    ),
    _check(
        "stripe.endpoint-mode", "Real payments, but no endpoint for live events", Step.PAYMENTS, 96,
        "Test events arrive, so everything looks right, and no real payment is ever seen.",
        "An enabled endpoint in live mode.",
        "Register the endpoint in live mode with its own signing secret.",
        PAYMENTS, cause=Cause.NO_WEBHOOK,
    ),
    _check(
        "stripe.not-subscribed", "The code handles events that nobody sends", Step.PAYMENTS, 84,
        "The branch that should end or extend a plan never runs.",
        "The endpoint subscribes to each type that the code handles.",
        "Add the types to the endpoint.",
        PAYMENTS, cause=Cause.NO_WEBHOOK,
    ),
    _check(
        "stripe.not-handled", "Events arrive that nothing handles", Step.PAYMENTS, 45,
        "They fill the log and hide those that matter, or a case was forgotten.",
        "The endpoint subscribes to what the code handles.",
        "Handle the types, or take them off the endpoint.",
        PAYMENTS, cause=Cause.NO_WEBHOOK, status=Status.WARN,
    ),
    _check(
        "stripe.failed", "Failed charges without a follow-up", Step.PAYMENTS, 80,
        "The user keeps the plan or leaves, and nobody writes to them.",
        "A reminder, another try, and an end of the plan after a grace time.",
        "Let failed payments start reminders and a grace time.",
        PAYMENTS, cause=Cause.NO_WEBHOOK,
    ),
    _check(
        "stripe.refund", "Refunded users kept their plan", Step.PAYMENTS, 78,
        "They use for nothing what was paid back.",
        "A refund ends what it paid for.",
        "Handle charge.refunded, and correct the records named here.",
        PAYMENTS, cause=Cause.NO_WEBHOOK,
    ),
    _check(
        "stripe.state", "Subscriptions and user records disagree", Step.PAYMENTS, 93,
        "Users are locked out of what they pay for, or use what they do not pay for.",
        "Each record says what the payment provider says.",
        "Derive the plan from the provider's events only, and reconcile the records named here.",
        PAYMENTS, cause=Cause.NO_WEBHOOK,
    ),
    _check(
        "user.no-record", "Accounts without a user record", Step.CRM, 76,
        "The app fails for them on its first read, and no list of users has them.",
        "One record for each account, written by the back end.",
        "Create the missing records from the accounts, then by a trigger on sign-up.",
        PEOPLE, cause=Cause.NO_USER_ID,
    ),
    _check(
        "user.orphan", "User records without an account", Step.CRM, 50,
        "Personal data is kept of people who deleted their account, or the records were made under another id.",
        "A record ends with its account.",
        "Delete or re-attach the records, and delete by a trigger from now on.",
        PEOPLE, cause=Cause.NO_USER_ID, status=Status.WARN, first=LATER,
    ),
    _check(
        "crm.duplicate", "One person is several contacts", Step.CRM, 72,
        "Mail goes out twice, and no contact has the whole history.",
        "One contact for each user, found by the user's id.",
        "Merge them, make the user id a unique property, and upsert by it.",
        PEOPLE, cause=Cause.DUPLICATES,
    ),
    _check(
        "crm.missing", "Users whom the CRM does not know", Step.CRM, 68,
        "They get no onboarding, and nobody sees them leave.",
        "Each user has a contact within minutes of sign-up.",
        "Send the missing users once, then by an outbox that tries again.",
        PEOPLE, cause=Cause.CLIENT_WRITES,
    ),
    _check(
        "crm.stale", "Contacts carry an old plan", Step.CRM, 70,
        "Paying users are asked to buy, and lapsed ones are thanked.",
        "The contact's plan follows each payment event.",
        "Write the plan from the same event that changes the record, and reconcile once.",
        PEOPLE, cause=Cause.CLIENT_WRITES,
    ),
    _check(
        "crm.automation", "CRM workflows that are switched off", Step.CONSOLE, 40,
        "What was automatic is now done by hand, or not at all.",
        "A workflow runs, or it is deleted.",
        "Read why it was switched off; repair or delete it.",
        PEOPLE, status=Status.WARN, first=LATER,
    ),
    _check(
        "helpdesk.forwarding", "Mail to support does not arrive", Step.SUPPORT, 88,
        "Users write and hear nothing.",
        "Each support address forwards and is verified.",
        "Set up the forwarding at the mail provider and verify it in the helpdesk.",
        SUPPORT,
    ),
    _check(
        "helpdesk.notice", "Nobody is told of a new ticket", Step.SUPPORT, 74,
        "Tickets wait until somebody happens to look.",
        "An active trigger notifies an agent or a group.",
        "Add a trigger on ticket creation that notifies the team.",
        SUPPORT,
    ),
    _check(
        "helpdesk.automation", "Helpdesk rules that are switched off", Step.SUPPORT, 38,
        "Somebody relies on what does not run any more.",
        "A rule runs, or it is deleted.",
        "Read each; switch it on or delete it.",
        SUPPORT, status=Status.WARN, first=LATER,
    ),
    _check(
        "helpdesk.suspended", "Messages are held back as suspected spam", Step.SUPPORT, 62,
        "Real requests are deleted after two weeks, unread.",
        "The list is empty or looked at daily.",
        "Recover what is real, and allow its senders.",
        SUPPORT, status=Status.WARN,
    ),
    _check(
        "data.no-user", "Documents that name no user", Step.CRM, 66,
        "Nobody can say whose they are, and a user's deletion misses them.",
        "Each record about a user carries the user's id.",
        "Add the id where it is written, and fill it in for old records.",
        PEOPLE, cause=Cause.NO_USER_ID, first=LATER,
    ),
    _check(
        "data.double", "The same record is there twice", Step.EVENTS, 82,
        "The work was done twice: charged, mailed or shipped.",
        "One record for each event, under an id made from it.",
        "Write under the event's id, and remove the doubles.",
        SERVICES, cause=Cause.DUPLICATES,
    ),
    _check(
        "log.no-service", "A webhook points at a service that is not there", Step.EVENTS, 92,
        "Every event is lost after the last try.",
        "Each endpoint's address is a deployed service.",
        "Deploy the service, or point the endpoint at the right one.",
        SERVICES, cause=Cause.NO_WEBHOOK,
    ),
    _check(
        "log.silent", "A service got no traffic for a day", Step.EVENTS, 42,
        "It is dead weight, or what should call it does not.",
        "Each deployed service is called, or deleted.",
        "Find out who should call it; delete it if nobody.",
        SERVICES, status=Status.WARN,
    ),
    _check(
        "log.refused", "Requests are refused before the service sees them", Step.EVENTS, 86,
        "The service logs nothing, so that all looks quiet while every call fails.",
        "The caller may invoke the service.",
        "Give the caller roles/run.invoker, or open the webhook's service and verify the signature in it.",
        SERVICES, cause=Cause.NO_WEBHOOK,
    ),
    _check(
        "log.denied", "A service is denied what it needs", Step.EVENTS, 79,
        "Each such request fails after it was accepted.",
        "A role for each thing that a service does.",
        "Grant the service account the one permission that the log names.",
        ACCESS,
    ),
    _check(
        "log.errors", "A service fails", Step.EVENTS, 71,
        "Each failure is a user who waits or an event that is tried again.",
        "Failures are rare, and each is looked at.",
        "Read the first error, and repair its cause.",
        SERVICES,
    ),
    _check(
        "log.retried", "The same events fail again and again", Step.EVENTS, 73,
        "What cannot succeed is tried for days, and hides what could.",
        "What fails for good goes to a dead letter, with an alert.",
        "Tell final errors from passing ones, and keep what failed for good aside.",
        SERVICES, cause=Cause.DUPLICATES,
    ),
    _check(
        "log.duplicate", "Events are worked on twice", Step.EVENTS, 87,
        "Doubled mail, credits and orders.",
        "An event that was seen before is answered and dropped.",
        "Store each event's id in the transaction that does its work.",
        SERVICES, cause=Cause.DUPLICATES,
    ),
    _check(
        "iam.broad", "Programs hold owner or editor", Step.SECRETS, 83,
        "One leaked key of such an account is the whole project.",
        "A role for each thing that a program does.",
        "Replace the role by those that the program uses.",
        ACCESS,
    ),
    _check(
        "iam.public", "The whole project is open to anybody", Step.SECRETS, 97,
        "It takes no account of yours to use the role.",
        "No role of a project is given to allUsers.",
        "Remove the binding now, and read the audit log.",
        ACCESS,
    ),
    _check(
        "iam.owners", "Many people own the project", Step.SECRETS, 36,
        "Each of their laptops is a way in.",
        "Two owners, and smaller roles for the others.",
        "Give smaller roles.",
        ACCESS, status=Status.WARN, first=LATER,
    ),
    _check(
        "iam.old-key", "Keys of service accounts are old", Step.SECRETS, 64,
        "Nobody knows where copies of them are.",
        "No keys; where one is needed, it is changed every 90 days.",
        "Use workload identity, and delete the key.",
        ACCESS,
    ),
    _check(
        "iam.default-account", "Services run as the default account", Step.SECRETS, 58,
        "It often holds editor, and all services share it.",
        "One service account for each service.",
        "Make an account for the service with the roles that it needs.",
        ACCESS, status=Status.WARN, first=LATER,
    ),
    _check(
        "alert.none", "There is no alert", Step.MONITORING, 75,
        "Users tell you first.",
        "Alerts on failed payments, errors, queues and certificates.",
        "Deploy the alerts of this toolkit.",
        MONITORS, first=LATER,
    ),
    _check(
        "alert.no-channel", "Alerts that nobody hears", Step.MONITORING, 77,
        "They fire in a console that nobody has open.",
        "Each alert has a channel that works.",
        "Add a channel to the alert, and test it.",
        MONITORS,
    ),
    _check(
        "alert.flapping", "An alert that flaps", Step.MONITORING, 55,
        "After the tenth false one, nobody reads the real one.",
        "An alert opens when somebody has to do something.",
        "Lengthen its duration or raise its threshold.",
        MONITORS, status=Status.WARN, first=LATER,
    ),
    _check(
        "alert.silent", "An alert that stayed silent", Step.MONITORING, 69,
        "What it should watch went wrong, and nobody was told.",
        "A crossed threshold opens an alert.",
        "Compare its filter, aggregation and duration with the series.",
        MONITORS,
    ),
    _check(
        "uptime.none", "Nothing asks the app from outside", Step.MONITORING, 65,
        "An outage of DNS, certificate or front end shows in no log.",
        "An uptime check for each public address.",
        "Add uptime checks.",
        MONITORS, first=LATER,
    ),
    _check(
        "uptime.unwatched", "An uptime check without an alert", Step.MONITORING, 63,
        "It fails in a chart that nobody looks at.",
        "An alert on each uptime check.",
        "Add an alert on monitoring.googleapis.com/uptime_check/check_passed.",
        MONITORS, first=LATER,
    ),
    _check(
        "release.slow", "The back end is slow", Step.RELEASE, 56,
        "A slow form is sent twice, and becomes a ticket.",
        "Nineteen of twenty requests are answered within two seconds.",
        "Answer first and do the work from a queue.",
        SERVICES, status=Status.WARN, first=LATER,
    ),
    _check(
        "config.minimum", "No minimum version", Step.RELEASE, 48,
        "An old build with a fault keeps running for months.",
        "The app compares itself with a minimum version at its start.",
        "Add a parameter with the minimum version, and let the app ask to be updated.",
        "delivery", status=Status.WARN, first=LATER,
    ),
    _check(
        "config.locked-out", "The minimum version is newer than the app", Step.RELEASE, 85,
        "Everybody is asked for an update that does not exist.",
        "The minimum is a version that is in the stores.",
        "Lower the minimum until the new version is in the stores.",
        "delivery",
    ),
)  # fmt: skip
