"""MTA-STS: the TXT record and the policy file, RFC 8461 sections 3.1 and 3.2."""

from __future__ import annotations

import re
from dataclasses import dataclass

LONGEST_AGE = 31_557_600  # seconds, section 3.2
MODES = ("enforce", "testing", "none")
_VERSION = re.compile(r"v=STSv1[ \t]*(?:;|\Z)")
_RECORD = re.compile(
    r"v=STSv1(?:[ \t]*;[ \t]*[A-Za-z0-9][A-Za-z0-9_.-]{0,31}=[\x21-\x3a\x3c\x3e-\x7e]+)+(?:[ \t]*;[ \t]*)?"
)
_ID = re.compile(r";[ \t]*id=([A-Za-z0-9]{1,32})[ \t]*(?:;|\Z)")
_HOST = re.compile(r"(?:\*\.)?(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z0-9-]{1,63}")


class StsError(ValueError):
    """The record or the policy is none; the message names the bad part."""


@dataclass(frozen=True)
class StsPolicy:
    """One policy: `max_age` in seconds, and the hosts that mail may go to, which may begin with `*.`."""

    mode: str
    max_age: int
    mx: tuple[str, ...]

    def covers(self, host: str) -> bool:
        """Return whether mail may go to a host; a star stands for exactly one label (section 4.1)."""
        return any(_matches(pattern.lower().rstrip("."), host.lower().rstrip(".")) for pattern in self.mx)


def is_sts(text: str) -> bool:
    """Return whether a TXT record is one of MTA-STS: those that do not begin v=STSv1; are discarded."""
    return _VERSION.match(text) is not None


def parse_id(text: str) -> str:
    """Return the id of a TXT record; raises StsError when the record is not of the form."""
    found = _ID.search(text)
    if not _RECORD.fullmatch(text) or found is None:
        raise StsError("the record needs v=STSv1 and an id of 1 to 32 letters and digits (RFC 8461 section 3.1)")
    return found[1]


def parse_policy(text: str) -> StsPolicy:
    """Return the policy of a file; of a key that comes twice only the first counts. Raises StsError."""
    first: dict[str, str] = {}
    hosts = []
    for line in (line.strip() for line in re.split(r"\r?\n", text) if line.strip()):
        key, colon, value = (part.strip() for part in line.partition(":"))
        if not colon or not key:
            raise StsError(f"{line!r} is not of the form key: value (RFC 8461 section 3.2)")
        if key == "mx":
            hosts.append(value)
        first.setdefault(key, value)
    _check(first.get("version") == "STSv1", "version: STSv1 is missing")
    mode, age = first.get("mode", ""), first.get("max_age", "")
    _check(mode in MODES, f"mode is {mode or 'missing'}, and has to be one of {', '.join(MODES)}")
    _check(re.fullmatch("[0-9]{1,10}", age) and int(age) <= LONGEST_AGE, f"max_age is {age or 'missing'}")
    _check(hosts or mode == "none", "no mx is named")
    wrong = [host for host in hosts if not _HOST.fullmatch(host)]
    _check(not wrong, f"{', '.join(wrong)} is not a host name")
    return StsPolicy(mode, int(age), tuple(hosts))


def _check(holds: object, what: str) -> None:
    if not holds:
        raise StsError(f"{what} (RFC 8461 section 3.2)")


def _matches(pattern: str, host: str) -> bool:
    if pattern.startswith("*."):
        return host.partition(".")[2] == pattern[2:]
    return host == pattern
