"""Judges whether the new zone holds what the one before does, so that the change of name servers loses nothing."""

from __future__ import annotations

from collections.abc import Sequence

from blueprint.finding import Finding
from blueprint.old_zone import Before
from blueprint.zone_file import ZoneRecord
from verify.answers.carried import Carried, Held
from verify.judge.check import Check

ADDRESSES = ("A", "AAAA", "CNAME")
ISSUING = ("issue", "issuewild", "issuemail")


def judge_carried(seen: Carried, before: Before) -> Finding:
    """Return whether the name servers may be changed: each record of before is in the new zone, or dropped by name."""
    check = Check(
        "dns.change.records",
        seen.zone,
        f"every record that {' and '.join(seen.servers)} answer is in the new zone, or dropped by name",
        _fix(seen.zone, before.domain),
    )
    if seen.failure:
        return check.unknown(seen.failure, "Run `./launch verify` again when the new name servers answer.")
    lost = [record for record in seen.old if not (before.drops(record) or is_kept(record, seen.new))]
    if lost:
        told = "; ".join(str(record) for record in lost)
        as_yaml = _as_yaml(lost, before.domain) if seen.zone == before.domain else _as_dropped(lost)
        return check.decided(False, f"missing in the new zone: {told}", "\n".join(as_yaml))
    if seen.silent and before.records is None:
        return _unseen(seen, check)
    return check.decided(True, f"{len(seen.old)} records of before, none missing")


def _fix(zone: str, domain: str) -> str:
    if zone == domain:
        return (
            "Do not change the name servers yet. Add each of these to `records` in the launch spec, or name it under "
            "`old_zone.dropped` (NAME, NAME TYPE or NAME TYPE CONTENT); then run `./launch up` again."
        )
    return (
        f"Do not change the name servers yet. {zone} will only lead to {domain}, take no mail and have no records of "
        "its own. Name each of these under `old_zone.dropped` if nobody needs it any more, or take the domain out of "
        "`other_domains`; then run `./launch up` again."
    )


def _unseen(seen: Carried, check: Check) -> Finding:
    if seen.nowhere:
        return check.warned(f"{seen.silent}, so nobody sees anything of the zone before")
    return check.unknown(
        seen.silent,
        "Export the zone where it is served now, save the file in the project's folder, and name it under "
        "`old_zone.file` in the launch spec; an empty file says that nothing is to be kept. Then run `./launch up` "
        "again.",
    )


def is_kept(record: ZoneRecord, new: Held) -> bool:
    """Return whether the new zone serves what the record is for, with the same content or with one of its own."""

    def held(*types: str) -> list[str]:
        return [content for type_ in types for content in new.get((record.name, type_), ())]

    if record.type in ADDRESSES:
        return bool(held(*ADDRESSES))
    if record.type == "NS":
        return bool(held("NS", *ADDRESSES))
    if record.type == "MX":
        return _is_null(record.content) or any(not _is_null(content) for content in held("MX"))
    if record.type == "CAA":
        return _issuer(record.content) in (None, *map(_issuer, held("CAA")))
    if record.type == "TXT":
        return any(_is_same_text(record, content) for content in held("TXT")) or _is_led_on(record, held("CNAME"))
    return bool(held(record.type))


def _is_null(exchange: str) -> bool:
    """Return whether an MX record says that nobody takes mail (RFC 7505 section 3)."""
    return exchange.rstrip(". ").partition(" ")[2] == ""


def _issuer(content: str) -> tuple[str, str] | None:
    """Return what a CAA record admits, None for one that admits nobody (RFC 8659 section 4)."""
    _flags, tag, value = [*content.split(None, 2), "", ""][:3]
    issuer = value.strip('"').split(";")[0].strip().lower()
    return (tag.lower(), issuer) if tag.lower() in ISSUING and issuer else None


def _is_same_text(record: ZoneRecord, content: str) -> bool:
    """Return whether a text does the same: it is the same, or another version of the same policy or key."""
    if content == record.content:
        return True
    if "._domainkey." in record.name:
        return True  # a selector has one key
    kind = record.content.split(";")[0].split(" ")[0].strip().lower()
    return kind.startswith("v=") and content.strip().lower().startswith(kind)


def _is_led_on(record: ZoneRecord, aliases: Sequence[str]) -> bool:
    """Return whether the name leads to a provider now, which publishes the text itself."""
    return bool(aliases) and "_" in record.name


def _as_yaml(lost: Sequence[ZoneRecord], domain: str) -> list[str]:
    """Return the records as the launch spec takes them, one a line."""
    return [
        f"- {{name: {_label(one.name, domain)}, type: {one.type}, content: {_quoted(one.content)}}}" for one in lost
    ]


def _as_dropped(lost: Sequence[ZoneRecord]) -> list[str]:
    """Return what the launch spec takes under `old_zone.dropped`: only whole names tell further domains apart."""
    return list(dict.fromkeys(f"- {_quoted(f'{one.name} {one.type}')}" for one in lost))


def _label(name: str, domain: str) -> str:
    label = "@" if name == domain else name.removesuffix(f".{domain}")
    return f'"{label}"' if label[0] in "@*" else label


def _quoted(text: str) -> str:
    whole = f"{text}." if text.endswith(" ") else text  # the root, whose name is a dot alone
    return "'" + whole.replace("'", "''") + "'"
