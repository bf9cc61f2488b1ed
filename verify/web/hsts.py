"""Strict-Transport-Security (RFC 6797 section 6.1), and what its preload list asks for (hstspreload.org)."""

from __future__ import annotations

import re
from dataclasses import dataclass

ONE_YEAR = 31_536_000  # seconds; the least that hstspreload.org takes, "Submission Requirements"
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


class HstsError(ValueError):
    """The header says nothing to a browser; the message names the bad part."""


@dataclass(frozen=True)
class Hsts:
    """What a browser takes from the header. `max_age` is in seconds."""

    max_age: int
    include_subdomains: bool = False
    preload: bool = False

    @property
    def lacks_for_preload(self) -> tuple[str, ...]:
        """What hstspreload.org would refuse about the header; nothing when it may be submitted."""
        wanted = (
            (self.max_age >= ONE_YEAR, f"max-age is {self.max_age}, below {ONE_YEAR}"),
            (self.include_subdomains, "includeSubDomains is missing"),
            (self.preload, "preload is missing"),
        )
        return tuple(lack for met, lack in wanted if not met)


def parse_hsts(value: str) -> Hsts:
    """Return what the first header of `value` says, as section 8.1 asks; raises HstsError when it is malformed."""
    directives: dict[str, str] = {}
    for part in value.partition(",")[0].split(";"):
        name, _, given = part.partition("=")
        name = name.strip().lower()
        if not name and not given:
            continue  # the grammar allows empty directives
        if not _TOKEN.fullmatch(name):
            raise HstsError(f"{part.strip()!r} is not a directive")
        if name in directives:
            raise HstsError(f"{name} comes twice")
        directives[name] = given.strip().strip('"')
    age = directives.get("max-age", "")
    if not (age.isascii() and age.isdigit()):
        raise HstsError("max-age is missing or no number")
    return Hsts(int(age), "includesubdomains" in directives, "preload" in directives)
