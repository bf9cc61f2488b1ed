from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from cases import made_up

from triage.scan import Options, scan

Git = Callable[..., str]
TODAY = datetime(2026, 11, 29, tzinfo=UTC)
KEY = made_up()["stripe_live"]


def test_a_secret_that_was_deleted_is_found_in_the_history(git: Git, tmp_path: Path) -> None:
    app = tmp_path / "app"
    (app / "lib").mkdir()
    (app / "lib" / "a.dart").write_text(f"\n\nconst key = '{KEY}';\n")
    git("add", "-A")
    git("commit", "-qm", "one")
    (app / "lib" / "a.dart").write_text("const key = '';\n")
    git("commit", "-qam", "two")
    found = scan(app, Options(TODAY)).report.found
    assert [(one.check.id, one.finding.path, one.finding.line) for one in found] == [
        ("secret.history", "lib/a.dart", 3)
    ]
    assert KEY not in found[0].finding.to_json()


def test_a_secret_that_is_still_there_is_told_once(git: Git, tmp_path: Path) -> None:
    app = tmp_path / "app"
    (app / "lib").mkdir()
    (app / "lib" / "a.dart").write_text(f"const key = '{KEY}';\n")
    git("add", "-A")
    git("commit", "-qm", "one")
    assert [one.check.id for one in scan(app, Options(TODAY)).report.found] == ["secret.client"]


def test_another_branch_counts_too(git: Git, tmp_path: Path) -> None:
    app = tmp_path / "app"
    (app / "a.yaml").write_text("a: 1\n")
    git("add", "-A")
    git("commit", "-qm", "one")
    git("checkout", "-qb", "other")
    (app / "a.yaml").write_text(f"a: {KEY}\n")
    git("commit", "-qam", "two")
    git("checkout", "-q", "main")
    assert [one.check.id for one in scan(app, Options(TODAY)).report.found] == ["secret.history"]


def test_without_git_the_history_counts_as_not_checked(tmp_path: Path) -> None:
    (tmp_path / "a.dart").write_text("int a = 1;\n")
    report = scan(tmp_path, Options(TODAY)).report
    assert any(one.what == "the history" for one in report.unchecked)
