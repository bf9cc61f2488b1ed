"""What credentials look like, so that one is told from a setting before it is written down for everybody to read.

Each form is the vendor's own, or a standard's. A text that has none of them may still be a secret: this finds slips,
and replaces no thought.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_USER = r"\w.~%!$&'()*+,;=\-"  # RFC 3986 section 3.2.1: of the user's part, which a quotation mark ends
FORMS: Mapping[str, str] = {
    "a Stripe key": r"\b(?:sk|rk)_(?:live|test)_[0-9A-Za-z]{16,}",  # docs.stripe.com/keys
    "a webhook's signing secret": r"\bwhsec_[0-9A-Za-z+/=]{24,}",  # docs.stripe.com/webhooks, standardwebhooks.com
    "a HubSpot token": r"\bpat-(?:na|eu)\d-[0-9a-f-]{30,}",  # developers.hubspot.com, "Private apps"
    "a Resend key": r"\bre_[0-9A-Za-z]{8,}_[0-9A-Za-z]{16,}",  # resend.com/docs/dashboard/api-keys
    "a SendGrid key": r"\bSG\.[\w-]{22}\.[\w-]{43}",  # docs.sendgrid.com, "API keys"
    "a Google API key": r"\bAIza[0-9A-Za-z_-]{35}",  # cloud.google.com/docs/authentication/api-keys
    "a Google access token": r"\bya29\.[0-9A-Za-z_-]{20,}",  # cloud.google.com/docs/authentication/token-types
    "a GitHub token": r"\bgh[pousr]_[0-9A-Za-z]{36,}|\bgithub_pat_\w{40,}",  # docs.github.com, "token formats"
    "a Slack token": r"\bxox[abeprs]-[0-9A-Za-z-]{10,}",  # api.slack.com/authentication/token-types
    "an AWS key": r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b",  # docs.aws.amazon.com, "IAM identifiers"
    "a Pulumi token": r"\bpul-[0-9a-f]{40}\b",  # pulumi.com/docs, "Access tokens"
    "a signed token": r"\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{8,}",  # RFC 7519
    "a private key": r"-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----",  # RFC 7468 section 10
    "a password in an address": rf"\b[a-z][a-z0-9+.-]*://[{_USER}]*:[{_USER}:]+@",
}
"""What it is → its form, as a regular expression to search for."""
_SEARCHED = {what: re.compile(form) for what, form in FORMS.items()}
_WORDS = "SECRET|TOKEN|PASSWORD|PASSWD|PASSPHRASE|CREDENTIAL|(?:API|PRIVATE|ACCESS)_?KEY"
_NAME = re.compile(rf"(?:^|_)(?:{_WORDS})S?(?:_|$)")


def found(text: str) -> tuple[str, str] | None:
    """Return what credential stands somewhere in a text and the characters it consists of, None when there is none."""
    return next(((what, seen[0]) for what, form in _SEARCHED.items() if (seen := form.search(text))), None)


def is_name_of_one(variable: str) -> bool:
    """Return whether a variable's name (upper case, words joined by _) says that its value is a credential."""
    return bool(_NAME.search(variable))
