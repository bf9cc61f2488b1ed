"""What a person does before the clouds do theirs: done at once in a rehearsal, unless a resource UNDONE says not yet.

A rehearsal of the production configuration can so be stopped where production stops.
"""

from __future__ import annotations

from localcloud.base.world import World

UNDONE = "person:undone"  # its id is the step
BILLING, FIREBASE_TERMS, SIGN_IN = "billing", "firebase", "sign-in"


def is_undone(world: World, step: str) -> bool:
    """Return whether nobody has done the step yet."""
    return world.resource(UNDONE, step) is not None
