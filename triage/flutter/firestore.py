"""Writes to Firestore in Dart: which collection, by which method, with which fields."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tree_sitter import Node

from triage.model import Write
from triage.syntax.source import Call, Source, unquoted

METHODS = frozenset({"set", "update", "add", "setData", "updateData", "create"})
BATCH = re.compile(
    r"(?i)^(\w*\.)*_?(tx|txn|trx|transaction|batch|writebatch|t|b)\.(set|update)$|\.batch\(\)\.*(set|update)$"
)
REACHES = re.compile(r"\.collection(Group)?\(|\.doc(ument)?\(|Firestore\b|\.child\(|FirebaseDatabase\b")
COLLECTION = re.compile(r"collection(?:Group)?\(([^()]*(?:\([^()]*\))?)\)")
CHILD = re.compile(r"\.child\(\s*['\"]([\w-]+)")
DOCUMENT = re.compile(r"\.(?:doc(?:ument)?|ref)\((['\"])([\w-]+)/")
MODEL = re.compile(r"(?:(\w+)|.*\))\.(?:to(?:Json|JSON|Map|Firestore|Document|Doc)|asMap)\(\)", re.DOTALL)
MAKES = re.compile(r"^[A-Z]\w*(\.\w+)?$|\.copyWith$")


@dataclass(frozen=True)
class ClientWrite:
    """A write as it stands in the code: the call, the reference it goes to (as text), the map it writes, if literal."""

    call: Call
    reference: str
    collection: str
    fields: tuple[tuple[str, Node], ...]
    written: str

    def fact(self, source: Source) -> Write:
        """Return what the rest of the app needs to know of it."""
        keys = tuple(key for key, _ in self.fields)
        return Write(
            self.collection, source.line(self.call.arguments.start_byte), self.call.method, keys, self.reference[:120]
        )


def writes(source: Source) -> list[ClientWrite]:
    """Return the writes to Firestore in a file."""
    return [write for call in source.calls if (write := _write(source, call))]


def _write(source: Source, call: Call) -> ClientWrite | None:
    if call.method not in METHODS:
        return None
    arguments = [child for child in call.arguments.named_children if child.type in {"argument", "named_argument"}]
    if BATCH.search(call.callee) and len(arguments) >= 2:
        reference = resolved(source, re.sub(r"\s+", "", source.text(arguments[0])), call.start)
        body = arguments[1]
    else:
        reference = resolved(source, call.callee.rpartition(".")[0].rstrip("?!."), call.start)
        body = arguments[0] if arguments else call.arguments
    if not REACHES.search(reference):
        return None
    return ClientWrite(
        call, reference, collection_of(source, reference), tuple(_fields(source, body, call)), source.text(body)
    )


def resolved(source: Source, reference: str, before: int = 1 << 60) -> str:
    """Return a reference with the names it starts from replaced by what the file says that they are."""
    for _ in range(3):
        head = re.match(r"(?:this\.)?_?[a-zA-Z]\w*", reference)
        if (REACHES.search(reference) and "collection" in reference) or ".child(" in reference or not head:
            return reference
        value = _definition(source, head[0].removeprefix("this."), before)
        if not value:
            return reference
        reference = value + reference[head.end() :]
    return reference


def _definition(source: Source, name: str, before: int) -> str:
    """Return what a name is defined as, if that reaches Firestore: the last one before a place, else the first."""
    pattern = re.compile(
        rb"\b" + re.escape(name.encode()) + rb"(?:\([^()]*\))?\s*(?:=>|=)(?!=)\s*(?:await\s+)?([^;]{3,400}?)\s*;"
    )
    found = [
        match
        for match in pattern.finditer(source.data)
        if b"ollection" in match[1]
        or b"irestore" in match[1]
        or b".doc(" in match[1]
        or b"FirebaseDatabase" in match[1]
    ]
    if not found:
        return ""
    earlier = [match for match in found if match.start() < before]
    return re.sub(r"\s+", "", (earlier[-1] if earlier else found[0])[1].decode("utf-8", "replace"))


def collection_of(source: Source, reference: str) -> str:
    """Return the last collection of a reference: its name, the constant's name, or nothing."""
    found = COLLECTION.findall(reference)
    if not found:
        document = DOCUMENT.search(reference) or CHILD.search(reference)
        return document[document.lastindex or 0] if document else ""
    named = [group[0] if isinstance(group, tuple) else group for group in found][-1]
    if named[:1] in "'\"":
        return unquoted(named).rstrip("/").split("/")[-1] if "/" in named else unquoted(named)
    constant = re.search(
        rb"\b" + re.escape(named.split(".")[-1].encode()) + rb"\s*=\s*['\"]([^'\"]+)['\"]", source.data
    )
    return constant[1].decode("utf-8", "replace") if constant else named.split(".")[-1]


def _fields(source: Source, body: Node, call: Call) -> Iterator[tuple[str, Node]]:
    """Yield the fields of the map that is written, each with its pair: literal, or a variable set in this file."""
    literal = _map_in(body)
    if literal is None and re.fullmatch(r"\w+", source.text(body)):
        literal = _map_of_variable(source, source.text(body), call.start)
    for pair in literal.named_children if literal else ():
        if pair.type == "pair" and pair.named_children and (key := _key(source, pair)):
            yield key, pair


def _key(source: Source, pair: Node) -> str:
    """Return a pair's key: a literal, what a constant of this file holds, or else what a constant is called."""
    text = source.text(pair).partition(":")[0].strip()
    if pair.named_children[0].type == "string_literal":
        return unquoted(source.text(pair.named_children[0]))
    if not re.fullmatch(r"[A-Za-z_][\w.]*", text):
        return ""
    name = text.split(".")[-1]
    constant = re.search(rb"\b" + re.escape(name.encode()) + rb"\s*=\s*['\"]([^'\"]+)['\"]", source.data)
    return constant[1].decode("utf-8", "replace") if constant else re.sub(r"^k(?=[A-Z])", "", name)


def _map_in(node: Node) -> Node | None:
    """Return the map literal that an argument is, if it is one."""
    if node.type == "set_or_map_literal":
        return node
    return (
        next((found for child in node.named_children[:2] if (found := _map_in(child))), None)
        if node.type == "argument"
        else None
    )


def _map_of_variable(source: Source, name: str, before: int) -> Node | None:
    found = None
    for node in source.captured("definitions"):
        if node.start_byte < before and re.search(rf"\b{re.escape(name)}\s*=", source.text(node)[:200]):
            found = next((child for child in node.named_children if child.type == "set_or_map_literal"), found)
    return found


def modelled(source: Source, write: ClientWrite) -> Iterator[tuple[str, Node]]:
    """Yield the named arguments of the model that is written by its `toJson()`: made in place, or in a variable."""
    made = MODEL.fullmatch(re.sub(r"\s+", "", write.written))
    if made is None:
        return
    starts = range(write.call.arguments.start_byte, write.call.arguments.end_byte)
    named = re.compile(
        rb"\b" + re.escape((made[1] or "").encode()) + rb"\s*=\s*(?:const\s+)?[A-Z]\w*(?:\.\w+)?\s*(?=\()"
    )
    if made[1]:
        found = [match.end() for match in named.finditer(source.data, 0, write.call.start)][-1:]
        starts = range(found[0], found[0] + 1) if found else range(0)
    for call in source.calls:
        if call.arguments.start_byte in starts and MAKES.search(call.callee):
            for child in call.arguments.named_children:
                label = re.match(r"\s*(\w+)\s*:", source.text(child)) if child.type == "named_argument" else None
                if label:
                    yield label[1], child
