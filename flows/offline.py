"""Flow: an app that was offline sends an intent as a document and by HTTPS; it happens once, and the app is told.

The app writes the document and reads its status as the signed-in user, so both have to pass the security rules.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from google.api_core.exceptions import PermissionDenied

from blueprint.finding import Finding, Status
from flows import device, helpdesk
from flows.scene import Scene
from flows.waiting import wait_for
from handlers.support import tickets
from handlers.words import Code
from handlers.work import statuses

ID = "flow.offline"
LIMIT = 30.0  # seconds until the app hears that its message was received
FIX = (
    "Follow the intent in `./launch logs intents` and `./launch logs support-ticket`: does the Eventarc trigger "
    "deliver, and may its service account call the service?"
)


@dataclass(frozen=True)
class Observation:
    """What came of the two: the answer by HTTPS, the status that the app streams, and the tickets at the helpdesk."""

    user_id: str
    answer: int
    status: Mapping[str, Any]
    tickets: int
    seconds: float


def play(scene: Scene) -> Finding:
    """Write the document, send the same intent by HTTPS, and wait for the status."""
    app = device.signed_in(scene, "offline")
    words = {"subject": "Sent twice 📴", "message": "Written in a tunnel, sent when the train came out of it."}
    intent = device.Intent(device.SUPPORT, f"offline-{scene.stage.run}", words)
    try:
        app.write(intent)
    except PermissionDenied as error:
        return refused(app.user_id, str(error))
    path = statuses.path(app.user_id, intent.id)
    status, seconds = wait_for(lambda: app.read(path), _is_told, LIMIT)
    answer = app.send(intent)
    opened = tickets.id_for(device.event_id(answer))
    found, _ = wait_for(lambda: helpdesk.of(scene).tickets(opened), bool, LIMIT)
    return judge(Observation(app.user_id, answer.status, status, len(found), seconds))


def refused(user_id: str, words: str) -> Finding:
    """Return that the security rules do not let the app write its intent."""
    expected = "a signed-in user may write an intent as a document"
    fix = "Release what the toolkit's collections need beside the app's own rules: ./launch rules merge shows it."
    return Finding(ID, user_id, Status.FAIL, expected, "the security rules refuse it", words, fix)


def judge(seen: Observation) -> Finding:
    """Return whether the second way found the first one's event, and the app was told in words."""
    told = seen.status.get("code") == Code.SUPPORT_RECEIVED and bool(seen.status.get("sentence"))
    is_well = told and seen.answer == 200 and seen.tickets == 1
    return Finding(
        id=ID,
        subject=seen.user_id,
        status=Status.PASS if is_well else Status.FAIL,
        expected="an intent that comes as a document and by HTTPS is one ticket, and its status says so in words",
        observed=(
            f"after {seen.seconds:.1f} s the status is {seen.status.get('code')}; by HTTPS it was answered "
            f"{seen.answer}; {seen.tickets} tickets"
        ),
        evidence=json.dumps({"status": dict(seen.status)}, default=str),
        fix="" if is_well else FIX,
    )


def _is_told(status: Mapping[str, Any]) -> bool:
    return bool(status.get("state") in ("done", "failed"))
