"""What a secret's value must look like before it is stored: what each vendor hands out, and nothing twice. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from engine.errors import USAGE, LaunchError
from handlers.secret_values import UnusableSecret, usable
from handlers.service_manifest import (
    HELPDESK_SIGNING_SECRET,
    HUBSPOT_TOKEN,
    RESEND_KEY,
    SMTP_PASSWORD,
    STRIPE_API_KEY,
    STRIPE_SIGNING_SECRET,
)

LIVE, TEST = ("rk_live_", "sk_live_"), ("rk_test_", "sk_test_")  # docs.stripe.com/keys

# Secret → what its values begin with. docs.stripe.com/keys and docs.stripe.com/webhooks#verify-events
FORMS: Mapping[str, tuple[str, ...]] = {
    STRIPE_API_KEY: (*LIVE, *TEST),
    STRIPE_SIGNING_SECRET: ("whsec_",),
}
# A beginning by which a vendor's value is known → the secrets that it may be of.
OWNERS: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys((*LIVE, *TEST), (STRIPE_API_KEY,)),
    "whsec_": (STRIPE_SIGNING_SECRET, HELPDESK_SIGNING_SECRET),
    "pat-": (HUBSPOT_TOKEN,),
    "re_": (RESEND_KEY,),
}
PUBLISHABLE = "pk_"
ANYTHING = frozenset({SMTP_PASSWORD})  # a mail server may take any text, another vendor's key too


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
    if name not in ANYTHING:
        _require_form(name, value)
    same = sorted(secret for secret, present in known.items() if present == value)
    if name in same:
        raise _refused(f"{name} has this very value already.", "To replace it, make a new one at the vendor first.")
    if same:
        raise _refused(f"This is the value of {same[0]}.", f"Give the one that was made for {name}.")
    return value


def warning(name: str, value: str, *, is_rehearsal: bool) -> str:
    """Return what a person should know about a value that is stored all the same, or nothing."""
    if name == STRIPE_API_KEY and value.startswith(TEST) and not is_rehearsal:
        return "This is a key of Stripe's test mode: no real payment will be seen. Push the live key before the launch."
    if name == STRIPE_API_KEY and value.startswith(LIVE) and is_rehearsal:
        return "This is a live key of Stripe's in a rehearsal. Revoke it at Stripe and push a key of the test mode."
    return ""


def _require_form(name: str, value: str) -> None:
    wanted = FORMS.get(name, ())
    if value.startswith(PUBLISHABLE):
        cure = "Stripe lists it beside the secret key, which begins with rk_ or sk_; give that one."
        raise _refused("This is Stripe's publishable key, which is made for apps and can read nothing.", cure)
    if wanted and not value.startswith(wanted):
        raise _refused(f"This is not a value of {name}.", f"It begins with {', '.join(wanted)}.")
    owners = next((owners for prefix, owners in OWNERS.items() if value.startswith(prefix)), (name,))
    if name not in owners:
        raise _refused(f"By its beginning this is a value of {' or '.join(owners)}, not of {name}.", "Check the name.")


def _refused(what: str, cure: str) -> LaunchError:
    return LaunchError(what, cure=cure, code=USAGE)
