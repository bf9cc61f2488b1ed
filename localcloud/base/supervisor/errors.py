"""The one exception of the supervisor."""

from __future__ import annotations


class StartError(Exception):
    """A server did not come up: what happened, and why, with the end of the server's log."""

    def __init__(self, what: str, why: str) -> None:
        self.what, self.why = what, why
        super().__init__(f"{what}\n{why}")
