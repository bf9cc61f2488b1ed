"""What each e-mail provider asks for in a domain's DNS, as data. Sources: the providers' own set-up pages, 2026."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class MailProvider:
    """One provider's DNS needs.

    `selectors` are the DKIM selectors that it signs with. `mx` are (priority, host) of a mailbox provider, empty for
    one that only sends. `spf_include` goes into the apex's SPF record; `return_path` is the label of a subdomain with
    its own SPF and MX, for providers that bounce there instead.
    """

    title: str
    selectors: tuple[str, ...]
    mx: tuple[tuple[int, str], ...] = ()
    spf_include: str | None = None
    return_path: str | None = None
    return_path_mx: tuple[tuple[int, str], ...] = ()
    return_path_include: str | None = None


PROVIDERS: Mapping[str, MailProvider] = {
    "google-workspace": MailProvider(
        title="Google Workspace",
        selectors=("google",),
        mx=((1, "smtp.google.com"),),
        spf_include="_spf.google.com",
    ),
    "resend": MailProvider(
        title="Resend",
        selectors=("resend",),
        return_path="send",
        return_path_mx=((10, "feedback-smtp.eu-west-1.amazonses.com"),),
        return_path_include="amazonses.com",
    ),
    "postmark": MailProvider(title="Postmark", selectors=("pm",), spf_include="spf.mtasv.net"),
    "zendesk": MailProvider(title="Zendesk", selectors=("zendesk1", "zendesk2"), spf_include="mail.zendesk.com"),
}

CERTIFICATE_AUTHORITIES = ("letsencrypt.org", "pki.goog", "ssl.com")
"""Issuers that Google's Certificate Manager and Cloudflare's Universal SSL use: a CAA record has to admit them."""
