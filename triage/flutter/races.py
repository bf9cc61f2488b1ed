"""Offline races: a value read, changed and written back, and records that every attempt makes again."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tree_sitter import Node

from triage.flutter.firestore import ClientWrite, resolved
from triage.model import Hit, Sure
from triage.syntax.source import Source

READ = re.compile(r"(?:final|var|[A-Z][\w<>?, ]*)\s+(\w+)\s*=\s*await\s+([^;]{3,300}?)\s*\.\s*get\s*\(")
ONCE = re.compile(
    r"(?i)^(orders?|payments?|tickets?|bookings?|invoices?|subscriptions?|purchases?|reservations?|appointments?"
    r"|support_?(tickets|requests)|refunds?|payouts?|withdrawals?|checkout_?sessions|transactions)$"
)
NEW = re.compile(r"\.collection\([^()]*\)\.doc(?:ument)?\(\)$")
SAFE = re.compile(r"FieldValue|increment\(|arrayUnion|arrayRemove|serverTimestamp")


def race_hits(source: Source, written: list[ClientWrite]) -> Iterator[Hit]:
    """Yield the writes that lose something when two happen at once, and those that a retry doubles."""
    for write in written:
        if _in_transaction(source, write):
            continue
        changed = _changed_from_read(source, write)
        if changed:
            yield Hit(
                "client.race.read-write",
                source.line(write.call.arguments.start_byte),
                changed,
                f"{changed} is read first and written back without a transaction.",
                write.written[:120],
                Sure.LIKELY,
            )
        if _is_new_each_time(write) and ONCE.match(write.collection):
            yield Hit(
                "client.id.missing",
                source.line(write.call.arguments.start_byte),
                write.collection,
                f"Each try adds another document to {write.collection}.",
                write.call.callee[-80:],
                Sure.LIKELY,
            )


def _is_new_each_time(write: ClientWrite) -> bool:
    """Return whether each call makes another document: by `add`, or by `set` of a document whose id is made here."""
    is_set = write.call.method in {"set", "setData"}
    return write.call.method == "add" or (is_set and NEW.search(write.reference) is not None)


def _in_transaction(source: Source, write: ClientWrite) -> bool:
    if re.match(r"(?i)_?(tx|txn|trx|transaction|t)\.", write.call.callee):
        return True
    return any(
        parent.type == "arguments" and (call := source.call_of(parent)) is not None and call.method == "runTransaction"
        for parent in source.parents(write.call.arguments)
    )


def _changed_from_read(source: Source, write: ClientWrite) -> str:
    """Return the field that is written with a value that was read from the same document before."""
    if write.call.method in {"add", "create"}:
        return ""
    body = _outermost(source, write.call.arguments)
    if body is None:
        return ""
    before = source.data[body.start_byte : write.call.start].decode("utf-8", "replace")
    names = {name for name, reference in READ.findall(before) if _same(source, reference, write)}
    names |= {
        made for name in set(names) for made in re.findall(rf"(\w+)\s*=\s*[^;=]*\b{re.escape(name)}\b[^;]*;", before)
    }
    names |= {
        made for name in set(names) for made in re.findall(rf"(\w+)\s*=\s*[^;=]*\b{re.escape(name)}\b[^;]*;", before)
    }
    for key, pair in write.fields:
        value = source.text(pair).partition(":")[2]
        if SAFE.search(value):
            continue
        if any(_is_changed(re.escape(name), value) for name in names):
            return key
        if names and _grows(value, names, before):
            return key
    return _changed_whole(write.written.strip(), names, before)


def _is_changed(name: str, value: str) -> bool:
    """Return whether a value is a name's with something added or taken away; in a list it may be spread out."""
    return re.search(rf"\b{name}\b[^,]*[+*-]|[+*-]\s*{name}\b|\.\.\.\??\s*{name}\b", value) is not None


def _changed_whole(written: str, names: set[str], before: str) -> str:
    """Return the field that was changed in a document's data before all of it is written back."""
    if written not in names:
        return ""
    name = re.escape(written)
    change = r"=(?!=)|\+=|-=|\+\+|--|\.(?:add|addAll|remove|removeAt|insert)\("
    changed = re.search(rf"\b{name}!?\[['\"](\w+)['\"]\]!?\s*(?:{change})", before)
    return changed[1] if changed else ""


def _grows(value: str, names: set[str], before: str) -> bool:
    """Return whether a value that was read is changed on its way: added to, or a list that got another element."""
    word = re.fullmatch(r"\s*(\w+)\s*", value)
    if not word or word[1] not in names:
        return False
    name = re.escape(word[1])
    return (
        re.search(
            rf"\b{name}\s*(\+=|-=|\+\+|--)|\b{name}\.(add|remove|insert|addAll|removeAt|removeWhere)\("
            rf"|\b{name}\s*=\s*[^;=]*[^=!<>][+*-]\s*\w",
            before,
        )
        is not None
    )


def _same(source: Source, reference: str, write: ClientWrite) -> bool:
    """Return whether a reference that was read is the one that is written."""
    read = resolved(source, re.sub(r"\s+", "", reference), write.call.start)
    return _plain(read) == _plain(write.reference)


def _plain(reference: str) -> str:
    return re.sub(r"FirebaseFirestore\.instance|_?(firestore|db|fireStore)\b|^this\.|[!?]", "", reference)


def _outermost(source: Source, node: Node) -> Node | None:
    """Return the body of the method around a node, closures in it included."""
    found = None
    for parent in source.parents(node):
        if parent.type == "function_body":
            found = parent
    return found
