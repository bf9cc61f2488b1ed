"""What each e-mail provider asks for in a domain's DNS, as data. Sources: the providers' own set-up pages, 2026."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

NOBODY = "none"
"""In place of a mailbox provider: the domain receives and sends no mail, and says so."""
OTHER = "other"
"""A mailbox provider that is not listed here: the spec names its mail servers, its SPF record and its keys."""


@dataclass(frozen=True)
class MailProvider:
    """One provider's DNS needs.

    `selectors` are the DKIM selectors that it signs with; where each customer has another, `selector_form` is a pattern
    that one of them has to match, and `selectors` shows an example. Where the console proposes `selectors` and takes
    others, `chosen_key` is a pattern of the keys by which such a one is known (support.google.com/a/answer/11611356;
    SendGrid's "custom DKIM selector"). `mx` are (priority, host) of a mailbox provider, empty for one that only sends;
    `{dashed}` in a host stands for the domain with dashes for dots, `{resend_region}` for the region that the spec
    names. `spf_include` goes into the apex's SPF record and costs a receiver `spf_lookups` lookups, those inside it
    counted. `return_path` is the label of a subdomain with its own SPF and MX, for providers that bounce there instead;
    `bounces` ends the host name of one whose bounces are led to it by a CNAME. `aliases` are further CNAMEs, by label.
    """

    title: str
    selectors: tuple[str, ...]
    mx: tuple[tuple[int, str], ...] = ()
    spf_include: str | None = None
    spf_lookups: int = 0
    return_path: str | None = None
    return_path_mx: tuple[tuple[int, str], ...] = ()
    return_path_include: str | None = None
    bounces: str | None = None
    aliases: Mapping[str, str] = field(default_factory=dict)
    selector_form: str | None = None
    chosen_key: str | None = None

    def lacks(self, given: Mapping[str, str]) -> tuple[str, ...]:
        """Return the selectors that the provider signs with and that are not among those given with their keys."""
        if self.selector_form is not None:
            return () if any(map(self.signs_as, given)) else self.selectors
        if self._chosen(given):
            return ()
        return tuple(selector for selector in self.selectors if selector not in given)

    def signs_with(self, given: Mapping[str, str]) -> tuple[str, ...]:
        """Return those of the selectors, given with their keys, that are the provider's: known ones, else chosen."""
        return tuple(filter(self.signs_as, given)) or self._chosen(given)

    def _chosen(self, given: Mapping[str, str]) -> tuple[str, ...]:
        form = self.chosen_key
        if form is None:
            return ()
        return tuple(n for n, key in given.items() if re.fullmatch(form, key, re.DOTALL) and not _is_known(n))

    def signs_as(self, selector: str) -> bool:
        """Tell whether a selector is one that the provider is known for."""
        if self.selector_form is not None:
            return re.fullmatch(self.selector_form, selector) is not None
        return selector in self.selectors


PROVIDERS: Mapping[str, MailProvider] = {
    "google-workspace": MailProvider(
        title="Google Workspace",
        selectors=("google",),
        chosen_key=r"v=DKIM1;.*",
        mx=((1, "smtp.google.com"),),
        spf_include="_spf.google.com",
        spf_lookups=4,
    ),
    "microsoft-365": MailProvider(
        title="Microsoft 365",
        selectors=("selector1", "selector2"),
        mx=((0, "{dashed}.mail.protection.outlook.com"),),
        spf_include="spf.protection.outlook.com",
        spf_lookups=1,
        aliases={"autodiscover": "autodiscover.outlook.com"},
    ),
    OTHER: MailProvider(title="Another mailbox provider", selectors=()),
    NOBODY: MailProvider(title="No mail", selectors=(), mx=((0, "."),)),  # the null MX of RFC 7505
    "resend": MailProvider(
        title="Resend",
        selectors=("resend",),
        return_path="send",
        return_path_mx=((10, "feedback-smtp.{resend_region}.amazonses.com"),),
        return_path_include="amazonses.com",
    ),
    "postmark": MailProvider(
        title="Postmark",
        selectors=("20240131120000pm",),
        spf_include="spf.mtasv.net",
        spf_lookups=1,
        selector_form=r"(?:[0-9]{8,14})?pm",
    ),
    "sendgrid": MailProvider(
        title="SendGrid", selectors=("s1", "s2"), bounces=".sendgrid.net", chosen_key=r".*\.sendgrid\.net"
    ),
    "zendesk": MailProvider(
        title="Zendesk", selectors=("zendesk1", "zendesk2"), spf_include="mail.zendesk.com", spf_lookups=1
    ),
}

MAILBOXES = tuple(sorted(name for name, provider in PROVIDERS.items() if provider.mx or name == OTHER))
"""Who can hold the mailboxes; all others only send."""

CERTIFICATE_AUTHORITIES = ("letsencrypt.org", "pki.goog", "ssl.com")
"""Issuers that Google's Certificate Manager and Cloudflare's Universal SSL use: a CAA record has to admit them."""


ALSO_CALLED: Mapping[str, str] = {
    **dict.fromkeys(("gmail", "google", "googlemail", "gsuite", "workspace", "googleworkspace"), "google-workspace"),
    **dict.fromkeys(("exchange", "hotmail", "m365", "microsoft", "microsoft365", "o365", "office"), "microsoft-365"),
    **dict.fromkeys(("office365", "outlook"), "microsoft-365"),
    "twilio": "sendgrid",
    **dict.fromkeys(("fastmail", "icloud", "icloudmail", "infomaniak", "ionos", "mailboxorg", "migadu", "ovh"), OTHER),
    **dict.fromkeys(("ovhcloud", "proton", "protonmail", "titan", "yahoo", "zoho", "zohomail"), OTHER),
    "nobody": NOBODY,
}
"""What people call a provider → its name here."""


def _is_known(selector: str) -> bool:
    return any(provider.signs_as(selector) for provider in PROVIDERS.values())


def selectors_of(names: Sequence[str], given: Mapping[str, str]) -> Mapping[str, tuple[str, ...]]:
    """Return the selectors of each provider among those given with their keys.

    What no other one signs with is the mailbox provider's that is not listed.
    """
    found = {name: PROVIDERS[name].signs_with(given) for name in names if name in PROVIDERS}
    theirs = {selector for each in found.values() for selector in each}
    return found | {OTHER: tuple(each for each in given if each not in theirs)} if OTHER in found else found


def title_of(name: str) -> str:
    """Return a provider by its own name, and one that is not known as the spec names it."""
    return PROVIDERS[name].title if name in PROVIDERS else name
