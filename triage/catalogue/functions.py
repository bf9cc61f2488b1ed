"""Checks of the back end's code: webhooks above all."""

from __future__ import annotations

from blueprint.finding import Status
from triage.model import Cause, Check, Step

PAYMENTS = "handlers: intake and sync-payments"
CHECKS = (
    Check(
        "webhook.unverified", "A webhook believes everybody", Step.PAYMENTS, 98,
        "Anyone who knows the address can grant themselves a paid plan.",
        "Every delivery's signature is verified before its content is used.",
        "Verify the signature over the raw body (for Stripe: constructEvent with the endpoint's secret).",
        PAYMENTS, Cause.NO_WEBHOOK, config="payments:\n  provider: stripe",
    ),
    Check(
        "webhook.fail-open", "A webhook goes on when verification fails", Step.PAYMENTS, 97,
        "An attacker only has to leave the signature out, or a missing secret opens the door in silence.",
        "A delivery that cannot be verified is refused with 400, and a missing secret with 503.",
        "Return in the catch branch, and refuse when the secret is missing.",
        PAYMENTS, Cause.NO_WEBHOOK,
    ),
    Check(
        "webhook.wrong-body", "A signature is verified over a body that was parsed before", Step.PAYMENTS, 90,
        "The signature covers the bytes that were sent; the parsed body never matches, and real events are refused.",
        "The raw bytes are verified (req.rawBody in Cloud Functions, express.raw elsewhere).",
        "Pass the raw body to the verification.",
        PAYMENTS, Cause.NO_WEBHOOK,
    ),
    Check(
        "webhook.no-event-store", "A webhook does not remember which events it has handled", Step.PAYMENTS, 72,
        "Providers deliver more than once and out of order; each repetition is worked through again.",
        "Each event's id is stored with a state, and an event that is done is answered and left alone.",
        "Keep a document per event id, in the same transaction as the work.",
        PAYMENTS, Cause.DUPLICATES, status=Status.WARN,
    ),
    Check(
        "webhook.marker-first", "An event is marked as done before its work is done", Step.PAYMENTS, 74,
        "When the work fails, the retry finds the mark and skips it: the payment is lost for good.",
        "Mark and work commit together, or the mark has states and a lease.",
        "Write the mark in the same transaction as the work, or only after it.",
        PAYMENTS, Cause.DUPLICATES,
    ),
    Check(
        "webhook.event.unknown", "A webhook waits for an event that does not exist", Step.PAYMENTS, 80,
        "That branch never runs, so what it should do never happens.",
        "Only event types that the provider sends are handled.",
        "Correct the name after the provider's list of event types.",
        PAYMENTS, Cause.NO_WEBHOOK,
    ),
    Check(
        "webhook.event.twice", "One event type is handled in two places", Step.PAYMENTS, 66,
        "Both do the work, or the second one never runs; either way the records disagree.",
        "Each event type is handled once.",
        "Keep one handler a type.",
        PAYMENTS, Cause.DUPLICATES,
    ),
    Check(
        "webhook.event.missing", "A webhook handles the start of a subscription but not its end", Step.PAYMENTS, 76,
        "Who cancels or whose card fails keeps what was paid for, or support does it by hand.",
        "Updates, deletions and failed payments of subscriptions are handled too.",
        "Handle customer.subscription.updated, customer.subscription.deleted and invoice.payment_failed.",
        PAYMENTS, Cause.NO_WEBHOOK,
    ),
    Check(
        "webhook.answer.early", "A webhook answers 200 although the work failed or is not done", Step.PAYMENTS, 82,
        "The provider believes that the event arrived and never sends it again.",
        "200 is sent after the work has been committed; a failure answers 500 so that the provider repeats it.",
        "Await the work before the answer and answer 500 in the catch branch.",
        PAYMENTS, Cause.NO_WEBHOOK,
    ),
    Check(
        "webhook.livemode", "A webhook never looks whether an event is real or a test", Step.PAYMENTS, 40,
        "A test card can grant a real plan when both modes reach the same door.",
        "livemode is compared with the environment.",
        "Refuse events whose livemode does not fit the environment.",
        PAYMENTS, Cause.NO_WEBHOOK, status=Status.WARN,
    ),
    Check(
        "server.log.personal", "Personal data is written into the logs", Step.EVENTS, 48,
        "Logs are kept, exported and read by more people than the data may be.",
        "Logs name ids, never bodies, e-mail addresses or cards.",
        "Log the event's id and type only.",
        "handlers: logging", status=Status.WARN, first_pass=False,
    ),
)
