"""All that one file of the back end gives away."""

from __future__ import annotations

import re
from dataclasses import replace

from triage.functions import pythons, scripts
from triage.functions.events import event_hits
from triage.functions.global_options import global_option_hits
from triage.functions.handler import Handler, blanked
from triage.functions.logs import log_hits
from triage.functions.repetition import repetition_hits
from triage.functions.verification import verification_hits
from triage.model import FileFacts, Hit
from triage.syntax import script

SERVER = re.compile(
    rb"firebase-functions|firebase-admin|firebase_functions|firebase_admin|functions-framework|functions_framework"
    rb"|express|fastify|onRequest|onCall|https_fn|flask|fastapi|django|google-cloud|@google-cloud|stripe"
    rb"|(?i:webhook)|exports\.\w+"
)
HANDLES = re.compile(
    rb"(?i)webhook|constructEvent|construct_event|stripe|onRequest|on_request|/hooks?\b|\bipn\b|event\.type"
    rb"|notification"
)
SELLS = re.compile(
    rb"checkout\.sessions\.create\b|checkout\.Session\.create\b|\b(?:paymentIntents|PaymentIntent)\.create\b"
    rb"|api\.stripe\.com/v1/(?:checkout/sessions|payment_intents|subscriptions)\b(?!/)"
)
HEARS = re.compile(rb"(?i)constructEvent|construct_event|stripe-signature|HTTP_STRIPE_SIGNATURE|webhooks\.signature")
BROWSER = re.compile(
    rb"\bdocument\.|\bwindow\.|from ['\"]react['\"]|['\"]use client['\"]|importScripts\(|self\.addEventListener"
    rb"|_flutter\b"
)


def server_facts(path: str, data: bytes) -> FileFacts:
    """Return what a TypeScript, JavaScript or Python file gives away; nothing for scripts of a browser."""
    python = path.endswith(".py")
    if not SERVER.search(data) or (not python and BROWSER.search(data) and b"firebase-functions" not in data):
        return FileFacts()
    text = blanked(data.decode("utf-8", "replace"), python=python)
    hits: list[Hit] = [*log_hits(text), *(() if python else global_option_hits(text))]
    if not HANDLES.search(data):
        return FileFacts(tuple(hits))
    facts = _handled(path, data, hits, python=python)
    return replace(facts, vendors=(*facts.vendors, *_money(data)))


def _money(data: bytes) -> tuple[str, ...]:
    """Return marks of a file that takes money by Stripe (`stripe-sells:LINE`), and of one that hears of payments."""
    sold = SELLS.search(data)
    line = data.count(b"\n", 0, sold.start()) + 1 if sold else 0
    marks = (f"stripe-sells:{line}",) if sold else ()
    return (*marks, *(("stripe-hears",) if HEARS.search(data) else ()))


def _handled(path: str, data: bytes, hits: list[Hit], *, python: bool) -> FileFacts:
    """Return what the handlers of a file give away, with what is known of it already."""
    found, broken = _handlers(path, data, python=python)
    events: list[tuple[str, int]] = []
    for handler in found:
        hits += [*verification_hits(handler), *repetition_hits(handler), *event_hits(handler)]
        events += [event for event in handler.events if handler.is_stripe]
    facts = FileFacts(tuple(dict.fromkeys(hits)), events=tuple(dict.fromkeys(events)), broken=broken)
    sells = any(
        re.search(r"mode\b['\"]?\s*(:|={2,3})\s*['\"]subscription|\.subscription\b", one.reach) for one in found
    )
    return (
        replace(facts, vendors=("stripe-webhook", *(["subscriptions"] if sells else [])))
        if any(one.is_stripe for one in found)
        else facts
    )


def _handlers(path: str, data: bytes, *, python: bool) -> tuple[list[Handler], bool]:
    if python:
        found = pythons.handlers(path, data)
        return found or [], found is None
    source = script.parse(path, data)
    return scripts.handlers(source), source.tree.root_node.has_error
