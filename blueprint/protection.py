"""How what a stack protects may go: by its spec, and by a variable that says that it is meant."""

from __future__ import annotations

UNPROTECTED = "LAUNCH_UNPROTECTED"
"""Set to 1, the rules on what a stack has to protect do not hold for a run (infra/policy)."""
REHEARSAL = "local"  # the stack that need not protect anything


def up(stack: str) -> str:
    """Return the command that brings a stack up while its spec says `protect: false`."""
    return "./launch up" if stack == REHEARSAL else f"{UNPROTECTED}=1 ./launch up --stack {stack}"
