"""A user's device, and what the app on it sends: intents under ids that it made itself."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from flows import app_firestore
from flows.dropped_connection import post_and_hang_up
from flows.edge import Answer
from flows.scene import Scene

SIGNUP = "signup_completed"
SUPPORT = "support_requested"
ANSWER = "support_answered"


@dataclass(frozen=True)
class Intent:
    """What the app wants, as it lies in its own queue until it was acknowledged."""

    kind: str
    id: str
    data: Any

    @property
    def path(self) -> str:
        """The door."""
        return f"/v1/intents/{self.kind}"

    @property
    def body(self) -> bytes:
        """The request's body, the same at each attempt."""
        return json.dumps({"id": self.id, "data": self.data}).encode()


@dataclass(frozen=True)
class Device:
    """One device on which a synthetic user is signed in."""

    scene: Scene
    user_id: str
    email: str
    token: str

    @property
    def bearer(self) -> dict[str, str]:
        """The header that says who the user is."""
        return {"Authorization": f"Bearer {self.token}"}

    def send(self, intent: Intent) -> Answer:
        """Send an intent and read the answer."""
        return self.scene.edge.post(intent.path, intent.body, self.bearer)

    def write(self, intent: Intent) -> None:
        """Write an intent as a document, as the app's offline queue does; raises PermissionDenied by the rules."""
        fields = {"kind": intent.kind, "data": intent.data, "email": self.email}
        app_firestore.create(self.scene.stage, self.token, f"users/{self.user_id}/intents/{intent.id}", fields)

    def read(self, path: str) -> dict[str, Any]:
        """Return a document as the app sees it, empty when there is none; raises PermissionDenied by the rules."""
        return app_firestore.get(self.scene.stage, self.token, path)

    def lose(self, intent: Intent, missing: int = 0) -> None:
        """Send an intent over a connection that is lost before its last `missing` bytes, or before the answer."""
        post_and_hang_up(self.scene.stage, intent.path, intent.body, self.bearer, missing)


def signed_in(scene: Scene, flow: str, *, is_verified: bool = True) -> Device:
    """Return the device of a new synthetic user of that name, whose address is verified unless told otherwise."""
    email = scene.stage.email(flow)
    user_id, token = scene.vendors.sign_up(email, is_verified=is_verified)
    return Device(scene, user_id, email, token)


def event_id(answer: Answer) -> str:
    """Return the event id that the door gave an intent, or nothing."""
    try:
        return str(json.loads(answer.text)["id"])
    except (ValueError, KeyError, TypeError):
        return ""
