"""BIMI assertion records: draft-brand-indicators-for-message-identification section 4."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from verify.mail.tags import TagError, parse_tags


class BimiError(ValueError):
    """The text is no BIMI record; the message names the bad part."""


@dataclass(frozen=True)
class BimiRecord:
    """Where the logo and its mark certificate are; both are empty when the domain declines to show one."""

    logo: str
    certificate: str

    @property
    def declines(self) -> bool:
        """Whether the domain says that it wants no logo shown."""
        return not self.logo and not self.certificate


def is_bimi(text: str) -> bool:
    """Return whether a TXT record is one of BIMI."""
    return text.replace(" ", "").startswith("v=BIMI1;")


def parse(text: str) -> BimiRecord:
    """Return the record; raises BimiError."""
    try:
        tags = parse_tags(text)
    except TagError as error:
        raise BimiError(str(error)) from error
    if next(iter(tags)) != "v" or tags["v"] != "BIMI1":
        raise BimiError("the first tag is not v=BIMI1")
    if "l" not in tags:
        raise BimiError("the tag l, the logo's address, is missing")
    for name in ("l", "a"):
        if tags.get(name) and not _is_https(tags[name]):
            raise BimiError(f"{name}={tags[name]} is not an https address")
    return BimiRecord(tags["l"], tags.get("a", ""))


def _is_https(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme == "https" and bool(parts.hostname)
