"""What import-linter cannot see: it knows dnspython and urllib by their root, of which the judges may use a part."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

VERIFY = Path(__file__).parents[2] / "verify"
PURE = ("judge", "mail", "web", "answers", "tls")
ASKS_THE_NETWORK = ("dns.asyncquery", "dns.asyncresolver", "dns.query", "dns.resolver", "urllib.request")
MODULES = sorted(path for room in PURE for path in (VERIFY / room).rglob("*.py"))


def imported(source: str) -> Iterator[str]:
    """Yield every dotted name that a module may have imported: `from dns import query` gives dns and dns.query."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{name.name}" for name in node.names)


def askers(source: str) -> list[str]:
    return [
        name
        for name in imported(source)
        if name in ASKS_THE_NETWORK or name.startswith(tuple(f"{one}." for one in ASKS_THE_NETWORK))
    ]


def test_there_are_judges_to_look_at() -> None:
    assert len(MODULES) > 50
    assert all(any(path.is_relative_to(VERIFY / room) for path in MODULES) for room in PURE)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(VERIFY)))
def test_a_judge_imports_nothing_that_asks_the_network(path: Path) -> None:
    assert askers(path.read_text()) == []


@pytest.mark.parametrize(
    "line",
    ["import dns.query", "from dns import resolver", "from dns.asyncquery import udp", "import urllib.request as web"],
)
def test_each_way_to_import_it_is_seen(line: str) -> None:
    assert askers(f"def late() -> None:\n    {line}\n")


@pytest.mark.parametrize("line", ["import dns.flags", "from dns import rdatatype", "from urllib.parse import urlsplit"])
def test_the_values_of_the_same_packages_are_allowed(line: str) -> None:
    assert askers(line) == []
