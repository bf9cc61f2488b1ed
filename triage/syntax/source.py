"""One parsed source file and the questions that checks ask of it; positions are bytes, lines count from 1."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from tree_sitter import Node, Query, QueryCursor, Tree

COMMENTS = frozenset({"comment", "documentation_comment", "block_comment", "html_comment"})

LAST = re.compile(r"([A-Za-z_$][\w$]*)(?:<[^()]*>)?[!?]?$")
SPACE = re.compile(r"\s+")
CREATES = re.compile(r"^(new|const|await)(?=[A-Z])")


@dataclass(frozen=True)
class Call:
    """A call: what is called (as written, white space removed), its arguments, where it starts."""

    callee: str
    arguments: Node
    start: int
    args: str

    @cached_property
    def method(self) -> str:
        """The last name of what is called."""
        found = LAST.search(self.callee)
        return found[1] if found else ""


@dataclass
class Source:
    """A parsed file."""

    path: str
    data: bytes
    tree: Tree
    queries: dict[str, Query] = field(repr=False)
    functions: frozenset[str] = frozenset()

    @cached_property
    def _starts(self) -> list[int]:
        return [0, *(match.end() for match in re.finditer(b"\n", self.data))]

    def line(self, position: int) -> int:
        """Return the line of a byte."""
        return bisect_right(self._starts, position)

    def text(self, node: Node) -> str:
        """Return a node's text."""
        return self.data[node.start_byte : node.end_byte].decode("utf-8", "replace")

    def at(self, start: int, end: int) -> Node | None:
        """Return the smallest node around some bytes."""
        return self.tree.root_node.descendant_for_byte_range(start, end)

    def captured(self, name: str) -> list[Node]:
        """Return the nodes that a named query captures, in the order of the file."""
        found = QueryCursor(self.queries[name]).captures(self.tree.root_node)
        nodes = [node for group in found.values() for node in group]
        return sorted(nodes, key=lambda node: node.start_byte)

    @cached_property
    def calls(self) -> list[Call]:
        """Every call of the file."""
        return [call for node in self.captured("arguments") if (call := self.call_of(node))]

    @cached_property
    def strings(self) -> list[Node]:
        """Every string literal of the file that is code."""
        return self.captured("strings")

    def call_of(self, arguments: Node) -> Call | None:
        """Return the call that some arguments belong to."""
        start, end = arguments.start_byte, arguments.start_byte
        node = arguments.parent
        if node is None:
            return None
        if node.type == "argument_part":
            outer = node.parent
            start = self._chain_start(outer if outer and outer.type == "selector" else node)
        else:
            start = node.start_byte
        callee = SPACE.sub("", self.data[start:end].decode("utf-8", "replace"))
        return Call(CREATES.sub("", callee), arguments, start, self.text(arguments))

    def _chain_start(self, node: Node) -> int:
        """Return where the chain of selectors that ends in a node begins."""
        previous = node.prev_sibling
        while previous is not None and previous.type in {"selector", "cascade_section", "type_arguments"}:
            previous = previous.prev_sibling
        if node.parent is not None and node.parent.type == "cascade_section":
            return self._chain_start(node.parent)
        return previous.start_byte if previous is not None and previous.is_named else node.start_byte

    def parents(self, node: Node) -> Iterator[Node]:
        """Yield the nodes around a node, the nearest first."""
        at = node.parent
        while at is not None:
            yield at
            at = at.parent

    def function_around(self, node: Node) -> Node | None:
        """Return the body of the innermost named function around a node."""
        return next((parent for parent in self.parents(node) if parent.type in self.functions), None)

    def in_comment(self, node: Node) -> bool:
        """Return whether a node is or lies in a comment."""
        return node.type in COMMENTS or any(parent.type in COMMENTS for parent in self.parents(node))


def unquoted(text: str) -> str:
    """Return a literal's content without its quotes and its raw mark."""
    found = re.fullmatch(r"r?('''|\"\"\"|'|\"|`)(.*)\1", text, re.DOTALL)
    return found[2] if found else text
