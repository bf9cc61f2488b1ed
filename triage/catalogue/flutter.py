"""Checks of the app's own code."""

from __future__ import annotations

from blueprint.finding import Status
from triage.model import Cause, Check, Step

CHECKS = (
    Check(
        "client.payment.direct", "The app calls the payment provider itself", Step.PAYMENTS, 95,
        "Whoever has the app has the key, and a payment that the phone reports is lost when the phone is.",
        "The app talks to your own back end, and only that holds the provider's key.",
        "Move the call into a service, take the key out of the app and roll it.",
        "handlers: intake and sync-payments; secrets push", Cause.CLIENT_WRITES,
    ),
    Check(
        "client.crm.direct", "The app writes to the CRM itself", Step.CRM, 85,
        "A write from a phone is lost with the connection, doubled by a retry, and its token opens the whole CRM.",
        "A sign-up is stored once and the back end syncs it to the CRM.",
        "Write the intent to Firestore and let the service call the CRM; revoke the token that the app carries.",
        "handlers: sync-crm", Cause.CLIENT_WRITES,
    ),
    Check(
        "client.helpdesk.direct", "The app opens support tickets itself", Step.SUPPORT, 80,
        "Tickets get lost or doubled without a trace, and the token reads every customer's tickets.",
        "A request for help is stored first, then a service opens the ticket.",
        "Write a ticket document and let the service call the helpdesk.",
        "handlers: support-ticket", Cause.CLIENT_WRITES,
    ),
    Check(
        "client.mail.direct", "The app sends mail through a provider itself", Step.SUPPORT, 80,
        "The key in the app lets anyone send mail in your name; the domain's reputation goes with it.",
        "Mail is sent by the back end.",
        "Move the sending into a service and revoke the key that the app carries.",
        "handlers: support-ticket and mail", Cause.CLIENT_WRITES,
    ),
    Check(
        "client.ai.direct", "The app calls an AI service with a key of its own", Step.SECRETS, 88,
        "The key can be read out of the app and used by others at your cost.",
        "The app asks your back end, or Firebase AI Logic with App Check, and carries no key.",
        "Call the model from a service, revoke the key, and set a spending limit.",
        "handlers: support-ticket (drafts)", Cause.CLIENT_WRITES,
    ),
    Check(
        "client.message.direct", "The app calls a messaging service itself", Step.EVENTS, 75,
        "The token in the app lets anyone send messages in your name and at your cost.",
        "Messages and pushes are sent by the back end.",
        "Move the call into a service and revoke the key that the app carries.",
        "handlers", Cause.CLIENT_WRITES,
    ),
    Check(
        "client.entitlement.write", "The app decides by itself what its user has paid for", Step.PAYMENTS, 92,
        "A user can make the same write without paying, and a payment that fails later takes nothing back.",
        "Plan, role, credits and the like are written by the back end only, from verified payment events.",
        "Remove the write, deny these fields in the rules, and set them from the payment webhook.",
        "handlers: sync-payments; firestore.rules", Cause.WEAK_RULES,
    ),
    Check(
        "client.address.local", "A development address in code that ships", Step.RELEASE, 70,
        "A released app that asks this machine gets no answer, and its users see a spinner.",
        "Local and emulator addresses are reached in debug builds only.",
        "Put the address behind kDebugMode, or pass it with --dart-define and no default.",
        "checklists: release build",
    ),
    Check(
        "client.builder.silent", "A builder shows nothing when its data fails", Step.CONSOLE, 35,
        "A denied read or a missing index looks like an endless spinner; nobody reports it and nobody sees it.",
        "Each builder shows what failed, with a way to try again.",
        "Handle snapshot.hasError, show a message and report the error.",
        "docs/flutter.md", status=Status.WARN, first_pass=False,
    ),
    Check(
        "client.error.swallowed", "A failed write or call is swallowed", Step.CONSOLE, 45,
        "The user believes that it worked, and nothing tells you that it did not.",
        "A failure is shown to the user or reported.",
        "Report the error (Crashlytics) and tell the user; retry with the same id.",
        "docs/flutter.md", status=Status.WARN, first_pass=False,
    ),
    Check(
        "client.race.read-write", "A value is read, changed and written back outside of a transaction", Step.EVENTS, 62,
        "Two phones, or one phone that was offline, overwrite each other, and the last one wins.",
        "Counters use FieldValue.increment, lists arrayUnion, all else runs in a transaction on the server.",
        "Use runTransaction, or FieldValue.increment/arrayUnion.",
        "docs/flutter.md", Cause.RACES, status=Status.WARN,
    ),
    Check(
        "client.id.missing", "A record that must exist once is added under a new id at each try", Step.EVENTS, 50,
        "A second tap or a retry makes a second order, ticket or payment.",
        "The client makes the id before the first try and writes with it, so that a retry changes nothing.",
        "Make the id once (doc().id or a UUID), keep it with the form, and use set().",
        "docs/flutter.md", Cause.RACES, status=Status.WARN,
    ),
    Check(
        "client.sdk.weight", "Several analytics and tracking kits do the same work", Step.MONITORING, 20,
        "Each adds start-up time, size and consent duties, and their numbers never agree.",
        "One analytics kit.",
        "Choose one and remove the others.",
        "checklists", status=Status.WARN, first_pass=False,
    ),
)
