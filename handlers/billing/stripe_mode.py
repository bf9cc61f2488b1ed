"""Which of Stripe's worlds an event or a key is of: live or test mode, our own account or a connected one. Pure.

Every event says so in `livemode` (docs.stripe.com/api/events/object), and one of a connected account names that in
`account` (docs.stripe.com/connect/webhooks, which also says that a live endpoint gets test events of connected
accounts and that `livemode` has to be looked at). One that an organization's destination sends names in `context` which
account it is of (docs.stripe.com/changelog/basil/2025-04-30/additional-context-organization-events). A key sees the
objects of its own mode alone (docs.stripe.com/keys).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

LIVE, TEST = "live", "test"
THIN = "v2.core.event"
MODES = (LIVE, TEST)
KEY = re.compile(r"(?:sk|rk)_(live|test)_.+", re.DOTALL)


def why_foreign(event: Mapping[str, Any], mode: str) -> str:
    """Return why an event is not for a stack of this mode, or nothing when it is.

    A thin event is the payload of an event destination that a person made (docs.stripe.com/event-destinations, "Thin
    events"): it has no object, and `/v1/events` does not list it.
    """
    if event.get("object") == THIN:
        return "the event is a thin one; the destination that sends it has to be one of snapshot payloads"
    account = event.get("account")
    if account:
        return f"the event is of the connected account {str(account)[:64]}"
    context = event.get("context")
    if context:
        return (
            f"the event is of {str(context)[:64]}, an account of an organization; the destination that sends it has to "
            "be the stack's own account's"
        )
    is_live = event.get("livemode")
    if not isinstance(is_live, bool):
        return "the event is of no mode: it has no livemode"
    of = LIVE if is_live else TEST
    return "" if of == mode else f"the event is of {of} mode, and this stack is in {mode} mode"


def of_key(api_key: str) -> str:
    """Return the mode of an API key, or nothing when its form does not say."""
    found = KEY.fullmatch(api_key.strip())
    return found[1] if found else ""
