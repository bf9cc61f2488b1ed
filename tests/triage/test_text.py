"""What the terminal shows: the worst first, each kind explained once, and what to do next."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from triage.render import text
from triage.render.page import html
from triage.scan import Options, scan

CATCH = """
Future<void> save{number}(String id) async {{
  try {{
    await FirebaseFirestore.instance.collection('notes').doc(id).update({{'seen': true}});
  }} catch (e) {{
    print(e);
  }}
}}
"""
RULES = """service cloud.firestore {
  match /databases/{database}/documents {
    match /notes/{note} { allow read, write: if true; }
  }
}
"""


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> text.Report:
    app = tmp_path_factory.mktemp("app")
    (app / "lib").mkdir()
    (app / "lib" / "notes.dart").write_text("".join(CATCH.format(number=number) for number in range(8)))
    (app / "firestore.rules").write_text(RULES)
    (app / "firebase.json").write_text('{"firestore": {"rules": "firestore.rules"}}')
    return scan(app, Options(datetime(2026, 11, 29, tzinfo=UTC), history=False, use_git=False)).report


def test_each_kind_of_finding_is_explained_once_above_its_places(report: text.Report) -> None:
    shown = list(text.lines(report))
    kinds = {found.check.id: found.check for found in report.found}
    assert len([one for one in report.found if one.check.id == "client.error.swallowed"]) == 8
    for check in kinds.values():
        assert sum(line.strip() == f"why: {check.why}" for line in shown) == 1, check.id
    details = shown[shown.index("Root causes:") :]
    assert sum(line.strip().startswith("lib/notes.dart:") for line in details) == text.EACH
    assert any(line.strip() == "… and 3 more places (--json lists all)" for line in shown)


def test_the_worst_say_what_was_seen_in_words(report: text.Report) -> None:
    shown = list(text.lines(report))
    start = shown.index("The worst:")
    assert shown[start + 1].strip() == "✗ A collection is open to anyone on the internet"
    assert shown[start + 2].strip().startswith("firestore.rules:3  Anyone, signed in or not, can ")
    first = html(report, "2026-11-29").partition('<section class="step"')[0]
    assert "Anyone, signed in or not, can" in first
    assert "</dt><b" not in first  # a definition list holds terms and definitions only


def test_the_end_says_what_to_do_next(report: text.Report) -> None:
    *_, page, plan, online = (line.strip() for line in text.lines(report))
    assert [line.split()[0] for line in (page, plan, online)] == ["--html", "--fix-plan", "--online"]
    assert f"{len(report.unchecked)} checks" in online
