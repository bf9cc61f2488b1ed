"""The exceptions of the supervisor."""

from __future__ import annotations


class StartError(Exception):
    """A server did not come up: what happened, and why, with the end of the server's log."""

    def __init__(self, what: str, why: str) -> None:
        self.what, self.why = what, why
        super().__init__(f"{what}\n{why}")


class ServerEndedError(StartError):
    """A server ended while its ports were waited for: `name` is the server's."""

    def __init__(self, name: str, what: str, why: str) -> None:
        self.name = name
        super().__init__(what, why)
