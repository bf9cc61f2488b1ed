"""Asks the service that drafts, which is apart from everything it could do harm with."""

from __future__ import annotations

from collections.abc import Callable

from handlers.failures import Unavailable
from handlers.outside import http_client
from handlers.outside.http_client import Refused


class RemoteDrafter:
    """The service at `url`; `identity` returns an ID token for an audience, by which Cloud Run knows who asks."""

    def __init__(self, url: str, identity: Callable[[str], str]) -> None:
        self._url = url
        self._identity = identity

    def draft(self, text: str) -> str:
        """See Drafter."""
        bearer = {"Authorization": f"Bearer {self._identity(self._url)}"}
        reply = http_client.call("the drafter", "POST", f"{self._url}/v1/drafts", headers=bearer, json={"text": text})
        if reply.status in http_client.DENIED:
            raise Unavailable(f"the drafter answered {reply.status}; may this service call it?")
        proposed = reply.body.get("text")
        if reply.status != 200 or not isinstance(proposed, str):
            raise Refused(f"the drafter answered {http_client.told(reply)}")
        return proposed
