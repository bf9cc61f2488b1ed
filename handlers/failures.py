"""How a request can end badly: one exception for each of the three answers that are not a success."""

from __future__ import annotations

from handlers.words import Code


class Rejected(Exception):  # noqa: N818 - what happened to the request
    """The sender is wrong and repeating will not help: 4xx, nothing is stored.

    `code` is stable, for programs, and has a sentence for people; `message` is for whoever wrote the sender.
    """

    def __init__(self, status: int, code: Code, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message


class Unavailable(Exception):  # noqa: N818 - a state of the world
    """Something that the request needs is down, or a secret is not there yet: 503, the sender tries again."""


class NotSent(Unavailable):
    """Unavailable, and it is certain that nothing was done: trying again can double nothing."""


class NotYet(Exception):  # noqa: N818 - a state of the work
    """The work cannot be finished at this moment although nothing is broken: 409, Cloud Tasks tries again."""
