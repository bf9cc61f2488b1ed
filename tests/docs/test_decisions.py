"""The pages in docs/adr/: one form, one number each, and all of them in the list."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ADR = Path(__file__).parents[2] / "docs" / "adr"
PAGES = sorted(path for path in ADR.glob("*.md") if path.name != "README.md")
PARTS = ["Decision", "Why", "Alternatives", "Consequences"]
HEAD = re.compile(
    r"# (?P<number>\d+)\. (?P<title>.+)\n\n"
    r"- \*\*Date:\*\* (?P<date>\d{4}-\d\d-\d\d)\n- \*\*Status:\*\* (?P<status>.+)\n"
)
STATUS = re.compile(r"accepted|superseded by \[.+\]\(\d{4}-[\w-]+\.md\)")


def head(path: Path) -> re.Match[str]:
    found = HEAD.match(path.read_text())
    assert found, f"{path.name} begins otherwise than: number and title, date, status"
    return found


def test_there_are_decisions() -> None:
    assert len(PAGES) > 20


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_a_decision_has_number_date_status_and_four_parts(path: Path) -> None:
    said = head(path)
    assert int(said["number"]) == int(path.name[:4])
    assert STATUS.fullmatch(said["status"])
    assert re.findall(r"^## (.+)$", path.read_text(), re.MULTILINE) == PARTS
    assert all(part.strip() for part in re.split(r"^## .+$", path.read_text(), flags=re.MULTILINE))


def test_each_number_is_given_once() -> None:
    assert len({path.name[:4] for path in PAGES}) == len(PAGES)


def test_the_list_tells_of_each_what_the_page_tells() -> None:
    listed = re.findall(
        r"^\| (\d+) \| \[(.+)\]\((.+)\) \| (\S+) \| (.+) \|$", (ADR / "README.md").read_text(), re.MULTILINE
    )
    said = [(head(path), path.name) for path in PAGES]
    assert listed == [(page["number"], page["title"], name, page["date"], page["status"]) for page, name in said]
