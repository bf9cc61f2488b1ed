"""Text that is piped into a command."""

from __future__ import annotations

import sys

from engine.errors import USAGE, LaunchError


def piped(what: str) -> str:
    """Return what stdin brings, to the end; raises LaunchError when it is not UTF-8. `what` names it."""
    try:
        return sys.stdin.buffer.read().decode("utf-8")
    except UnicodeDecodeError as error:
        raise LaunchError(
            f"{what}: what was piped in is not UTF-8 ({error.reason} at byte {error.start}).",
            cure="Save the file as UTF-8, or type the text.",
            code=USAGE,
        ) from None
