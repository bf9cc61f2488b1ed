"""What a secret's value must look like before it is stored: what each vendor hands out, and nothing twice. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from engine.errors import USAGE, LaunchError
from handlers.billing import stripe_mode
from handlers.secret_forms import LIVE, TEST, misfit
from handlers.secret_values import UnusableSecret, usable
from handlers.service_manifest import STRIPE_API_KEY


def checked(name: str, data: bytes, known: Mapping[str, str]) -> str:
    """Return the value to store as the secret `name`; `known` are the stack's present values, by secret.

    Raises LaunchError (exit code 2) naming what is wrong; no message quotes a value.
    """
    try:
        value = usable(name, data)
    except UnusableSecret as error:
        raise _refused(
            f"The value of {name} cannot be used: {error}.", "Copy it again, whole, at the vendor."
        ) from None
    not_of_it = misfit(name, value)
    if not_of_it:
        raise _refused(not_of_it.what, not_of_it.cure)
    same = sorted(secret for secret, present in known.items() if present == value)
    if name in same:
        raise _refused(f"{name} has this very value already.", "To replace it, make a new one at the vendor first.")
    if same:
        raise _refused(f"This is the value of {same[0]}.", f"Give the one that was made for {name}.")
    return value


def warning(name: str, value: str, *, mode: str, is_rehearsal: bool) -> str:
    """Return what a person should know about a value that is stored all the same, or nothing.

    `mode` is the stack's at Stripe.
    """
    if name == STRIPE_API_KEY and value.startswith(TEST) and not is_rehearsal:
        return "This is a key of Stripe's test mode: no real payment will be seen. Push the live key before the launch."
    if name == STRIPE_API_KEY and value.startswith(LIVE) and is_rehearsal:
        return "This is a live key of Stripe's in a rehearsal. Revoke it at Stripe and push a key of the test mode."
    if name == STRIPE_API_KEY and value.startswith(LIVE) and mode == stripe_mode.TEST:
        return (
            "This is a key of Stripe's live mode, and this stack is in test mode: the services will not use it. "
            "Push a key of the test mode, or set payments.mode."
        )
    return ""


def _refused(what: str, cure: str) -> LaunchError:
    return LaunchError(what, cure=cure, code=USAGE)
