"""Criterion: whatever happens, the app is told in plain words what, and whether the payment or the message arrived."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from blueprint.finding import Finding
from flows.accept.verdict import found
from flows.device import SUPPORT, Device, Intent, event_id, signed_in
from flows.payment import is_active
from flows.scene import Record, Scene
from flows.waiting import wait_for
from handlers.intent_kinds import KINDS
from handlers.words import Code
from handlers.work import inbox, statuses

ID = "accept.ux.words"
PLAN, OTHER = "launch-flow", "another-plan"
PAYMENT = "payment_attempted"
LIMIT = 60.0  # seconds until the app is told
FIX = "Look for the code in handlers/words.py, and for who writes it; the app shows these sentences."

# What happens → the code that the app is told, and what its sentence has to speak of: the thing, and what became of it.
EXPECTED: Mapping[str, tuple[Code, str]] = {
    "a wait": (Code.PAYMENT_PENDING, r"payment is being confirmed"),
    "a declined card": (Code.PAYMENT_DECLINED, r"declined.*(not|nothing).*charged"),
    "the CRM is away": (Code.PAYMENT_RECEIVED, r"payment has arrived"),
    "the helpdesk is away": (Code.SUPPORT_DELAYED, r"have received your message"),
    "too many requests": (Code.TOO_MANY, r"was not sent.*later"),
}


@dataclass(frozen=True)
class Told:
    """What an app shows: the code and the sentence."""

    code: str = ""
    sentence: str = ""


def play(scene: Scene) -> Finding:
    """Bring about each of these, and read what the user would."""
    payer = signed_in(scene, "accept-words")
    subscription = scene.vendors.subscribe_directly(payer.user_id, PLAN)["data"]["object"]["id"]
    wait_for(lambda: scene.user(payer.user_id), is_active, LIMIT)
    waiting = _processed(payer, Intent(PAYMENT, "wait", {"plan": OTHER}), Code.PAYMENT_PENDING)
    scene.vendors.fail_payment(subscription)
    told = {
        "a wait": waiting,
        "a declined card": _shown(payer, "wait", Code.PAYMENT_DECLINED),
        "the CRM is away": _crm_away(scene),
        "the helpdesk is away": _helpdesk_away(scene),
        "too many requests": _too_many(scene),
    }
    return judge(payer.user_id, told)


def judge(user_id: str, told: Mapping[str, Told]) -> Finding:
    """Return whether each was told by its code, in words that say what became of the payment or the message."""
    wrong = {
        name: f"{told[name].code or 'nothing'}: {told[name].sentence}" if name in told else "nothing"
        for name, (code, words) in EXPECTED.items()
        if name not in told or told[name].code != code or not re.search(words, told[name].sentence)
    }
    heard = "; ".join(f"{name}: {each.sentence}" for name, each in told.items())
    return found(
        ID,
        user_id,
        not wrong,
        "a wait, a declined card, an absent CRM, an absent helpdesk and too many requests are told in words that say "
        "what happened and whether the payment or the message arrived",
        f"not so: {wrong}" if wrong else heard,
        FIX,
        told={name: [each.code, each.sentence] for name, each in told.items()},
    )


def _crm_away(scene: Scene) -> Told:
    device = signed_in(scene, "accept-words-crm")
    with scene.vendors.failing("crm", "late", "POST", device.user_id):
        device.send(Intent("signup_completed", "signup", {"name": "Synthetic"}))
        scene.vendors.subscribe(device.user_id, PLAN)
        return _asked(device, Intent(PAYMENT, "paid", {"plan": PLAN}), Code.PAYMENT_RECEIVED)


def _helpdesk_away(scene: Scene) -> Told:
    device = signed_in(scene, "accept-words-helpdesk")
    message = f"Nobody hears me, {device.user_id}."
    target = "mailer" if scene.stage.works_by_mail else "helpdesk"
    with scene.vendors.failing(target, "503", "POST", message):
        asked = Intent(SUPPORT, "away", {"subject": "Synthetic", "message": message})
        return _asked(device, asked, Code.SUPPORT_DELAYED)


def _too_many(scene: Scene) -> Told:
    device = signed_in(scene, "accept-words-many")
    text = {"subject": "Synthetic", "message": "Again."}
    for number in range(KINDS[SUPPORT].per_hour):
        device.send(Intent(SUPPORT, f"many-{number}", text))
    refused = json.loads(device.send(Intent(SUPPORT, "one-more", text)).text).get("error", {})
    return Told(str(refused.get("code", "")), str(refused.get("sentence", "")))


def _asked(device: Device, intent: Intent, code: Code) -> Told:
    device.send(intent)
    return _shown(device, intent.id, code)


def _processed(device: Device, intent: Intent, code: Code) -> Told:
    """Send an intent and return what is shown of it when it was processed, and not only accepted."""
    path = inbox.path(event_id(device.send(intent)))
    wait_for(lambda: device.scene.record(path), lambda record: record.get("state") == "done", LIMIT)
    return _shown(device, intent.id, code)


def _shown(device: Device, intent_id: str, code: Code) -> Told:
    """Return what the app shows as soon as that is of this code, or what it shows at the end."""
    path = statuses.path(device.user_id, intent_id)

    def is_told(status: Record) -> bool:
        return bool(status.get("code") == code)

    status, _ = wait_for(lambda: device.scene.record(path), is_told, LIMIT)
    return Told(str(status.get("code", "")), str(status.get("sentence", "")))
