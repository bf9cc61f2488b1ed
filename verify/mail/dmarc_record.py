"""DMARC policy records: RFC 9989 sections 4.7 and 4.8 (tags, values, formal definition)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import unquote, urlsplit

HISTORIC = {"pct": "percentage", "rf": "report format", "ri": "report interval"}  # removed by RFC 9989 appendix C
_VERSION = re.compile(r"[vV][ \t]*=[ \t]*DMARC1[ \t]*(?:;|\Z)")
_TAG = re.compile(r"[ \t]*(?P<name>[A-Za-z]+)[ \t]*=[ \t]*(?P<value>[\x20-\x3a\x3c-\x7e]+)")
_OLD_SIZE = re.compile(r"!\d+[kmgt]?\Z", re.IGNORECASE)  # obs-dmarc-report-size
_ADDRESS = re.compile(r"[^@\s\x00-\x20\x7f-\uffff]+@(?P<domain>[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+)")
_FAILURES = re.compile(r"[01](?::[ds]){0,2}|[ds](?::[01])?(?::[ds])?|(?:[ds]:){0,2}[01]", re.IGNORECASE)


class DmarcError(ValueError):
    """The text is no DMARC record: it does not begin with the tag v=DMARC1."""


class Policy(StrEnum):
    """What the owner wants done with mail that fails, from the mildest on."""

    NONE = "none"
    QUARANTINE = "quarantine"
    REJECT = "reject"

    @property
    def strength(self) -> int:
        """0 for none to 2 for reject."""
        return list(Policy).index(self)

    @property
    def below(self) -> Policy:
        """The policy one level lower, which is applied while `t=y` tests it (section 4.7)."""
        return list(Policy)[max(0, self.strength - 1)]


_FORMS: Mapping[str, re.Pattern[str]] = {
    **dict.fromkeys(("p", "sp", "np"), re.compile("none|quarantine|reject", re.IGNORECASE)),
    **dict.fromkeys(("adkim", "aspf"), re.compile("r|s", re.IGNORECASE)),
    "t": re.compile("y|n", re.IGNORECASE),
    "psd": re.compile("y|n|u", re.IGNORECASE),
    "fo": _FAILURES,
}
_LISTS = ("rua", "ruf")
_POLICIES = ("p", "sp", "np")


@dataclass(frozen=True)
class DmarcRecord:
    """One record as a receiver takes it: values that break the grammar are left out, as if they were not there.

    `p` is None when it is missing or wrong. `spoiled` tells that p is missing or that a policy is wrong, so that the
    record only asks for reports (section 4.10.1). `problems` names what was left out, `remarks` what is wrong with
    report addresses, which changes no policy, `unknown` tags that nobody knows, `historic` those that RFC 9989 removed.
    """

    text: str
    p: Policy | None = None
    sp: Policy | None = None
    np: Policy | None = None
    testing: bool = False
    psd: str = "u"
    adkim: str = "r"
    aspf: str = "r"
    rua: tuple[str, ...] = ()
    ruf: tuple[str, ...] = ()
    percent: int = 100
    problems: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    historic: tuple[str, ...] = ()
    spoiled: bool = False

    @property
    def applies(self) -> bool:
        """Whether receivers apply DMARC at all: with a bad policy and no report address they do not (4.10.1)."""
        return not self.spoiled or bool(self.rua)

    @property
    def own(self) -> Policy:
        """The policy for the domain itself: none when `p` is missing, or when a policy is wrong (4.10.1)."""
        return self.p if self.p and not self.spoiled else Policy.NONE

    @property
    def subdomains(self) -> Policy:
        """The policy for subdomains that exist."""
        return Policy.NONE if self.spoiled else self.sp or self.own

    @property
    def nonexistent(self) -> Policy:
        """The policy for subdomains that do not exist."""
        return Policy.NONE if self.spoiled else self.np or self.subdomains

    def applied(self, policy: Policy) -> Policy:
        """Return what is done about a policy: one level less while it is tested."""
        return policy.below if self.testing else policy


def is_dmarc(text: str) -> bool:
    """Return whether a TXT record is a DMARC record: its first tag has to be v=DMARC1, in capitals (section 4.7)."""
    return _VERSION.match(text) is not None


def parse(text: str) -> DmarcRecord:
    """Return the record that the text is; raises DmarcError for what is none."""
    if not is_dmarc(text):
        raise DmarcError("the first tag is not v=DMARC1 (RFC 9989 section 4.7)")
    tags, problems = _tags(text)
    remarks: list[str] = []
    good = {name: value.lower() for name, value in tags.items() if name in _FORMS and _FORMS[name].fullmatch(value)}
    problems += [
        f"{name}={tags[name]} is not a value of {name}" for name in tags if name in _FORMS and name not in good
    ]
    policies = {name: Policy(good[name]) for name in _POLICIES if name in good}
    spoiled = "p" not in good or any(name in tags and name not in good for name in ("sp", "np"))
    return DmarcRecord(
        text,
        p=policies.get("p"),
        sp=policies.get("sp"),
        np=policies.get("np"),
        rua=_addresses("rua", tags, remarks),
        ruf=_addresses("ruf", tags, remarks),
        testing=good.get("t") == "y",
        psd=good.get("psd", "u"),
        adkim=good.get("adkim", "r"),
        aspf=good.get("aspf", "r"),
        percent=_percent(tags.get("pct", "")),
        problems=tuple(problems),
        remarks=tuple(remarks),
        unknown=tuple(name for name in tags if name not in (*_FORMS, *_LISTS, *HISTORIC)),
        historic=tuple(name for name in tags if name in HISTORIC),
        spoiled=spoiled,
    )


def domain_of(uri: str) -> str | None:
    """Return the domain that a report goes to, None for an address that names none."""
    parts = urlsplit(uri)
    if parts.scheme != "mailto":
        return parts.hostname
    found = _ADDRESS.fullmatch(unquote(parts.path))
    return found["domain"].lower() if found else None


def _tags(text: str) -> tuple[dict[str, str], list[str]]:
    """Return the tags behind the version, and what is not a tag or appears twice; of two the first counts."""
    tags: dict[str, str] = {}
    problems = []
    parts = text.split(";")[1:]
    for part in parts[:-1] if parts and not parts[-1].strip() else parts:
        found = _TAG.fullmatch(part.rstrip())
        if found is None:
            problems.append(f"{part.strip()!r} is not of the form tag=value")
        elif found["name"] in tags:
            problems.append(f"the tag {found['name']} comes twice")
        else:
            tags[found["name"]] = found["value"].rstrip()
    return tags, problems


def _addresses(name: str, tags: Mapping[str, str], remarks: list[str]) -> tuple[str, ...]:
    good = []
    for uri in (part.strip() for part in tags[name].split(",")) if name in tags else ():
        plain = _OLD_SIZE.sub("", uri)
        if plain != uri:
            remarks.append(f"{uri} in {name} limits the report's size, which RFC 9989 section 4.8 calls obsolete")
        if _is_address(plain):
            good.append(plain)
        else:
            remarks.append(
                f"{uri or 'an empty part'} in {name} is not an address for reports; write mailto:NAME@DOMAIN"
            )
    return tuple(good)


def _is_address(uri: str) -> bool:
    try:
        parts = urlsplit(uri)
        return "!" not in uri and bool(parts.scheme) and domain_of(uri) is not None
    except ValueError:
        return False


def _percent(value: str) -> int:
    return min(100, int(value)) if re.fullmatch(r"[0-9]{1,3}", value) else 100
