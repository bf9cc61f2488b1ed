"""A member of the team, who works by the team's own door."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flows.device import event_id
from flows.scene import Scene
from flows.waiting import settle, wait_for
from handlers.outside import google_clients
from handlers.work import inbox

PATIENCE = 30.0  # seconds until a command has been processed


@dataclass(frozen=True)
class Member:
    """Whoever holds `token`, which names somebody of the team."""

    scene: Scene
    token: str

    def command(self, ticket_id: str, kind: str, token: str = "", **body: Any) -> tuple[int, str]:
        """Send a command, with the token of somebody else if one is given; return its status and the event's id."""
        tag = hashlib.sha256(json.dumps(body).encode()).hexdigest()[:12]
        sent = json.dumps({"id": f"{kind}-{tag}", **body}).encode()
        bearer = {"Authorization": f"Bearer {token or self.token}"}
        answer = self.scene.edge.post(f"/v1/tickets/{ticket_id}/{kind}", sent, bearer)
        return answer.status, event_id(answer)

    def outcome(self, event: str) -> str:
        """Wait for the end of an event and return how it ended."""
        record, _ = wait_for(lambda: self.scene.record(inbox.path(event)), _is_over, PATIENCE)
        return str(record.get("state", "not there"))


def hired(scene: Scene, name: str) -> Member:
    """Make an account and set the claim that an administrator sets."""
    email = scene.stage.email(name)
    user_id, _ = scene.vendors.sign_up(email)
    google_clients.accounts(scene.stage.project, scene.stage.environ).set_claims(user_id, {"staff": True})
    settle()
    return Member(scene, scene.vendors.sign_in(email))


def _is_over(record: Mapping[str, Any]) -> bool:
    return bool(record) and inbox.EventState(record["state"]).is_final
