"""Every outcome that an app can show, in one catalogue: a code for programs, and a sentence for the person.

Doors answer with them, status documents carry them, and the app's library is generated from them. A sentence says what
happened to the person's own matter and what to do next, if anything; never whose fault it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class IntentState(StrEnum):
    """How far a user's intent has come. Only PENDING and DELAYED may still change."""

    PENDING = "pending"
    DELAYED = "delayed"
    DONE = "done"
    FAILED = "failed"


class Code(StrEnum):
    """The codes. They are stable: apps in the stores know them."""

    SIGNUP_PENDING = "signup_pending"
    SIGNUP_DONE = "signup_done"
    PAYMENT_PENDING = "payment_pending"
    PAYMENT_RECEIVED = "payment_received"
    PAYMENT_UNCONFIRMED = "payment_unconfirmed"
    PAYMENT_DECLINED = "payment_declined"
    SUPPORT_PENDING = "support_pending"
    SUPPORT_DELAYED = "support_delayed"
    SUPPORT_RECEIVED = "support_received"
    INTENT_FAILED = "intent_failed"

    NO_TOKEN = "no_token"  # noqa: S105 - a code
    BAD_TOKEN = "bad_token"  # noqa: S105 - a code
    UNKNOWN_INTENT = "unknown_intent"
    BAD_INTENT = "bad_intent"
    BAD_BODY = "bad_body"
    BAD_SIGNATURE = "bad_signature"
    BAD_EVENT = "bad_event"
    BAD_COMMAND = "bad_command"
    BAD_TEXT = "bad_text"
    NO_DRAFT = "no_draft"
    UNKNOWN_COMMAND = "unknown_command"
    UNKNOWN_TICKET = "unknown_ticket"
    TICKET_STATE = "ticket_state"
    NOT_STAFF = "not_staff"
    NOT_JSON = "not_json"
    TOO_LARGE = "too_large"
    TOO_SLOW = "too_slow"
    TOO_MANY = "too_many"
    NOT_PROVEN = "not_proven"
    NOT_THROUGH_THE_EDGE = "not_through_the_edge"
    NOT_YOUR_DOOR = "not_your_door"
    DISCONNECTED = "disconnected"
    NOT_FOUND = "not_found"
    WRONG_METHOD = "wrong_method"
    UNAVAILABLE = "unavailable"
    NOT_YET = "not_yet"
    INTERNAL = "internal"


SENTENCES: Mapping[Code, str] = {
    Code.SIGNUP_PENDING: "Your account is being set up.",
    Code.SIGNUP_DONE: "Your account is ready.",
    Code.PAYMENT_PENDING: "Your payment is being confirmed. This can take a minute.",
    Code.PAYMENT_RECEIVED: "Thank you, your payment has arrived.",
    Code.PAYMENT_UNCONFIRMED: (
        "We have not heard of your payment yet. If you were charged, your plan will follow by itself; you need not pay "
        "again."
    ),
    Code.PAYMENT_DECLINED: "Your card was declined, and nothing was charged. Please try another card.",
    Code.SUPPORT_PENDING: "Your message is on its way to us.",
    Code.SUPPORT_DELAYED: "We have received your message. Our answer may take longer than usual.",
    Code.SUPPORT_RECEIVED: "We have received your message and will answer it.",
    Code.INTENT_FAILED: "Something went wrong on our side. We know of it and are looking into it.",
    Code.NO_TOKEN: "Please sign in first.",
    Code.BAD_TOKEN: "Please sign in again.",
    Code.UNKNOWN_INTENT: "This version of the app is out of date. Please update it.",
    Code.BAD_INTENT: "Something in what you entered cannot be accepted. Please check it and try again.",
    Code.BAD_BODY: "This could not be read. Please try again.",
    Code.BAD_SIGNATURE: "This could not be verified.",
    Code.BAD_EVENT: "This could not be read.",
    Code.BAD_TEXT: "This could not be read. Please try again.",
    Code.NO_DRAFT: "No reply could be drafted.",
    Code.BAD_COMMAND: "Something in what you entered cannot be accepted. Please check it and try again.",
    Code.UNKNOWN_COMMAND: "There is no such command or ticket.",
    Code.UNKNOWN_TICKET: "There is no such ticket.",
    Code.TICKET_STATE: "The ticket has moved on meanwhile. Please look at it again.",
    Code.NOT_STAFF: "Only the team can do this.",
    Code.NOT_JSON: "This could not be read. Please try again.",
    Code.TOO_LARGE: "This is too long. Please shorten it.",
    Code.TOO_SLOW: "The connection was too slow. Please try again.",
    Code.TOO_MANY: (
        "This was not sent: it is more than we take from one person in an hour. Please send it again later."
    ),
    Code.NOT_PROVEN: "This was not sent. Please confirm your e-mail address first, then send it again.",
    Code.NOT_THROUGH_THE_EDGE: "This address cannot be used directly.",
    Code.NOT_YOUR_DOOR: "This address cannot be used directly.",
    Code.DISCONNECTED: "The connection was lost. Please try again.",
    Code.NOT_FOUND: "This version of the app is out of date. Please update it.",
    Code.WRONG_METHOD: "This version of the app is out of date. Please update it.",
    Code.UNAVAILABLE: "This is not possible at the moment. We will try again.",
    Code.NOT_YET: "This is not possible at the moment. We will try again.",
    Code.INTERNAL: "Something went wrong on our side. Please try again.",
}

STATES: Mapping[Code, IntentState] = {
    Code.SIGNUP_PENDING: IntentState.PENDING,
    Code.SIGNUP_DONE: IntentState.DONE,
    Code.PAYMENT_PENDING: IntentState.PENDING,
    Code.PAYMENT_RECEIVED: IntentState.DONE,
    Code.PAYMENT_UNCONFIRMED: IntentState.DELAYED,
    Code.PAYMENT_DECLINED: IntentState.FAILED,
    Code.SUPPORT_PENDING: IntentState.PENDING,
    Code.SUPPORT_DELAYED: IntentState.DELAYED,
    Code.SUPPORT_RECEIVED: IntentState.DONE,
    Code.INTENT_FAILED: IntentState.FAILED,
    Code.UNKNOWN_INTENT: IntentState.FAILED,
    Code.BAD_INTENT: IntentState.FAILED,
    Code.TOO_LARGE: IntentState.FAILED,
    Code.TOO_MANY: IntentState.FAILED,
    Code.NOT_PROVEN: IntentState.FAILED,
}
"""The codes that an intent's status can have, each with the state it means."""
