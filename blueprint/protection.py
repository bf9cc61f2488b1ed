"""How what a stack protects may go: by its spec, and by a variable that says that it is meant."""

from __future__ import annotations

UNPROTECTED = "LAUNCH_UNPROTECTED"
"""Set to 1, the rules on what a stack has to protect do not hold for a run (infra/policy)."""


def up(flag: str) -> str:
    """Return the command that brings a stack up while its spec says `protect: false`.

    `flag` is what names the stack on the command line, empty for the rehearsal, which need not protect anything.
    """
    return f"{UNPROTECTED}=1 ./launch up{flag}" if flag else "./launch up"
