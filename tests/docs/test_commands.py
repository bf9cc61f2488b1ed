"""Every command that a page names is one, with the options that it names; every page is found from the README."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer
import typer.main
from typer.core import TyperGroup

from cli.app import create
from engine.home import PROJECT

RUNBOOKS = PROJECT / "docs" / "runbooks"  # whose alerts carry them
PAGES = sorted(
    path
    for path in (*PROJECT.glob("*.md"), *PROJECT.glob("docs/**/*.md"), *PROJECT.glob("delivery/**/*.md"))
    if path.name != "CHANGELOG.md"  # which tells of what was, too
)
WORDS = re.compile(r"\./launch((?:[ \t]+(?:--?)?[\w./:~{}\[\]=-]+)+)")
LINK = re.compile(r"\]\(([^)#:]+\.md)(?:#[^)]*)?\)")


def named(path: Path) -> Iterator[str]:
    for found in WORDS.finditer(path.read_text()):
        yield found[1].strip()


@cache
def commands() -> Any:
    return typer.main.get_command(create())


def unknown(words: str) -> str | None:
    """Return what of a command line the command line does not have."""
    command = commands()
    left = words.split()
    while isinstance(command, TyperGroup) and left and not left[0].startswith("-"):
        name = left.pop(0).strip(".,;:")
        below = command.get_command(typer.Context(command), name)
        if below is None:
            return None if command.invoke_without_command else name
        command = below
    known = {option for each in command.params for option in (*each.opts, *each.secondary_opts)} | {"--help"}
    given = [word.partition("=")[0].rstrip(".,;:") for word in left if word.startswith("--") and word != "--"]
    return next((option for option in given if option not in known), None)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(PROJECT)))
def test_every_command_that_a_page_names_is_there(path: Path) -> None:
    assert {words: wrong for words in named(path) if (wrong := unknown(words))} == {}


def test_a_command_that_is_not_there_is_noticed() -> None:
    assert unknown("verfy --stack prod") == "verfy"
    assert unknown("secrets pull x") == "pull"
    assert unknown("verify --stak prod") == "--stak"


def test_every_page_is_found_from_the_readme() -> None:
    found, left = set[Path](), [PROJECT / "README.md"]
    while left:
        page = left.pop()
        if page in found or not page.is_file():
            continue
        found.add(page)
        left += [(page.parent / link).resolve() for link in LINK.findall(page.read_text())]
    assert {path for path in PAGES if path not in found and path.parent != RUNBOOKS} == set()
