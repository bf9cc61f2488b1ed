"""Whether a secret's value is one that its vendor hands out, in the stack's mode, and in its own place. Pure.

No sentence here quotes a value. Forms: docs.stripe.com/keys (`sk_`, `rk_`, `pk_`, each of live or test mode),
docs.stripe.com/webhooks#verify-events (`whsec_`), resend.com/docs/api-reference (`re_`); HubSpot and Zendesk document
none, so what they hand out is known by its beginning only where it has one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from handlers.billing import stripe_mode
from handlers.secret_values import UnusableSecret, usable
from handlers.service_manifest import (
    HELPDESK_SIGNING_SECRET,
    HUBSPOT_TOKEN,
    RESEND_KEY,
    SMTP_PASSWORD,
    STRIPE_API_KEY,
    STRIPE_SIGNING_SECRET,
)

LIVE, TEST = ("rk_live_", "sk_live_"), ("rk_test_", "sk_test_")

# Secret → what its values begin with.
FORMS: Mapping[str, tuple[str, ...]] = {
    STRIPE_API_KEY: (*LIVE, *TEST),
    STRIPE_SIGNING_SECRET: ("whsec_",),
}
# A beginning by which a vendor's value is known → the secrets that it may be of.
OWNERS: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys((*LIVE, *TEST), (STRIPE_API_KEY,)),
    "whsec_": (STRIPE_SIGNING_SECRET, HELPDESK_SIGNING_SECRET),
    "v1,whsec_": (HELPDESK_SIGNING_SECRET,),  # as some vendors list it: see secret_values
    "pat-": (HUBSPOT_TOKEN,),
    "re_": (RESEND_KEY,),
}
PUBLISHABLE = "pk_"
# What is copied along with a value: quotes, a name before it as in a shell or an .env file, a header's scheme, spaces.
# A name is followed by more than the padding of base64.
AROUND = re.compile(r"[A-Za-z_]\w*=[^=].*|.*[\s\"'`{}<>\u2018-\u201f].*", re.DOTALL)
ANYTHING = frozenset({SMTP_PASSWORD})  # a mail server may take any text, another vendor's key too


@dataclass(frozen=True)
class Misfit:
    """Why a value is not one of its secret, and what to do. `owners` are the secrets that it may be of, if known."""

    what: str
    cure: str
    owners: tuple[str, ...] = ()


def misfit(name: str, value: str) -> Misfit | None:
    """Return why a value cannot be one of the secret `name` by its form, or None when it can."""
    if name in ANYTHING:
        return None
    if AROUND.fullmatch(value):
        what = "This is more than the value: there are quotes, spaces or a name in it or around it."
        return Misfit(what, "Give the value alone, as the vendor shows it.")
    if value.startswith(PUBLISHABLE):
        cure = "Stripe lists it beside the secret key, which begins with rk_ or sk_; give that one."
        return Misfit("This is Stripe's publishable key, which is made for apps and can read nothing.", cure)
    owners = next((owners for prefix, owners in OWNERS.items() if value.startswith(prefix)), ())
    wanted = FORMS.get(name, ())
    if wanted and not value.startswith(wanted):
        return Misfit(f"This is not a value of {name}.", f"It begins with {', '.join(wanted)}.", owners)
    if owners and name not in owners:
        what = f"By its beginning this is a value of {' or '.join(owners)}, not of {name}."
        return Misfit(what, "Check the name.", owners)
    return None


def of_other_mode(name: str, value: str, mode: str) -> str:
    """Return which mode of Stripe a key is of, where that is not the stack's; else nothing. `mode` may be unknown."""
    of = stripe_mode.of_key(value) if name == STRIPE_API_KEY else ""
    return of if mode and of not in ("", mode) else ""


def wrong(values: Mapping[str, str], mode: str) -> dict[str, str]:
    """Return what is wrong with a stack's values, in a sentence by the name of the secret.

    Each value is looked at by itself, and beside the others: whether two are in each other's place, or one is in two.
    """
    found = {name: _wrong_with(name, value, values, mode) for name, value in values.items()}
    return {name: said for name, said in found.items() if said}


def _wrong_with(name: str, value: str, values: Mapping[str, str], mode: str) -> str:
    try:
        text = usable(name, value.encode("utf-8", "surrogatepass"))
    except UnusableSecret as error:
        return f"{name} cannot be used: {error}"
    not_of_it = misfit(name, text)
    if not_of_it:
        return _in_words(name, not_of_it, values)
    other = of_other_mode(name, text, mode)
    if other:
        return _of_mode(name, other, mode)
    same = sorted(each for each, present in values.items() if each != name and present == value)
    if not same or ANYTHING & {name, *same}:
        return ""
    return f"{name} has the same value as {' and '.join(same)}: at least one of them is in the wrong place"


def _in_words(name: str, not_of_it: Misfit, values: Mapping[str, str]) -> str:
    swapped = [owner for owner in not_of_it.owners if owner in values and _is_owned_by(values[owner], name)]
    if swapped:
        return f"{' and '.join(sorted((name, swapped[0])))} are swapped: each holds the other's value"
    if not_of_it.owners:
        return f"{name} holds a value of {' or '.join(not_of_it.owners)}"
    return f"{name} holds something else: {not_of_it.what} {not_of_it.cure}"


def _is_owned_by(value: str, name: str) -> bool:
    return any(name in owners for prefix, owners in OWNERS.items() if value.startswith(prefix))


def _of_mode(name: str, other: str, mode: str) -> str:
    if mode == stripe_mode.LIVE:
        return f"{name} is a key of Stripe's test mode, and this stack is in live mode: no real payment would be seen"
    return f"{name} is a key of Stripe's {other} mode, and this stack is in {mode} mode: it would act on real payments"
