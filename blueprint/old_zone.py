"""The zone that the domain has where it is served until now: which of its records the launch may lose, by name."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Annotated, get_args

import dns.exception
import dns.rdatatype
from pydantic import AfterValidator, Field

from blueprint import zone_file
from blueprint.field_types import target_host
from blueprint.part import Part
from blueprint.record_spec import NAME, Kind
from blueprint.suggestion import closest, did_you_mean, shown
from blueprint.zone_file import ZoneRecord


def _entry(text: str) -> str:
    words = text.split(None, 2)
    name, kind = (words or [""])[0], (words[1] if len(words) > 1 else "")
    if not re.fullmatch(NAME, target_host(name)):
        raise ValueError(f"{shown(text)} does not begin with a name; write NAME, NAME TYPE or NAME TYPE CONTENT")
    if kind and not _is_type(kind.upper()):
        meant = did_you_mean(*closest(kind.upper(), get_args(Kind))[:1])
        raise ValueError(
            f"{shown(kind)} is not a type of DNS record{meant}; write NAME, NAME TYPE or NAME TYPE CONTENT"
        )
    return text


def _is_type(kind: str) -> bool:
    """Tell whether there is such a type, one that Cloudflare does not serve too: that can only be dropped."""
    try:
        return kind in get_args(Kind) or bool(dns.rdatatype.from_text(kind))
    except dns.exception.DNSException:
        return False


def _inside(text: str) -> str:
    path = PurePosixPath(text)
    if path.is_absolute() or ".." in path.parts:
        raise ValueError(f"{shown(text)} has to lie in the project's folder; copy the file there and give its name")
    return text


class OldZone(Part):
    """The zone before the launch, which the change of name servers takes off the air.

    `file` is the zone as its host exports it (a BIND zone file), in the project's folder. `dropped` names what is not
    taken along: NAME (`@` for the domain, `*` for the wildcard), NAME TYPE, or NAME TYPE and the content's beginning.
    """

    file: Annotated[str, Field(min_length=1), AfterValidator(_inside)] | None = None
    dropped: tuple[Annotated[str, AfterValidator(_entry)], ...] = Field(default=(), strict=False)


@dataclass(frozen=True)
class Before:
    """What is known of a domain's zone before the launch: `records` by its zone file (None without), and `dropped`."""

    domain: str
    dropped: tuple[str, ...] = ()
    records: tuple[ZoneRecord, ...] | None = None

    def drops(self, record: ZoneRecord) -> bool:
        """Return whether somebody said by name that the record is not wanted any more."""
        return any(self._means(entry, record) for entry in self.dropped)

    def _means(self, entry: str, record: ZoneRecord) -> bool:
        words = entry.split(None, 2)
        name = target_host(words[0])
        if record.name not in (name, self.domain if name == "@" else f"{name}.{self.domain}"):
            return False
        if len(words) > 1 and words[1].upper() != record.type:
            return False
        return len(words) < 3 or record.content.startswith(words[2].strip('"'))


def load(wanted: OldZone, domain: str, project: Path) -> Before:
    """Return what is known before a launch of `domain`; raises ZoneFileError when the file cannot be used."""
    if wanted.file is None:
        return Before(domain, wanted.dropped)
    try:
        text = (project / wanted.file).read_bytes()
    except OSError as error:
        raise zone_file.ZoneFileError(
            f"old_zone.file: {wanted.file} cannot be read ({error.strerror}); export the zone where it is served now, "
            "and save it in the project's folder"
        ) from error
    return Before(domain, wanted.dropped, zone_file.parse(text, domain, wanted.file))
