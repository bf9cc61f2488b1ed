from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from triage.files.isolated import NoGitError, isolated
from triage.files.walk import walk
from triage.history import committed

Git = Callable[..., str]


def test_nothing_in_a_repositorys_configuration_runs(git: Git, tmp_path: Path) -> None:
    app, trace = tmp_path / "app", tmp_path / "ran"
    script = tmp_path / "evil.sh"
    script.write_text(f"#!/bin/sh\necho ran >> {trace}\ncat\n")
    script.chmod(0o755)
    (app / "a.txt").write_text("one\n")
    (app / ".gitattributes").write_text("*.txt diff=evil filter=evil\n")
    git("add", "-A")
    git("commit", "-qm", "one")
    programs = "core.fsmonitor diff.external diff.evil.textconv diff.evil.command filter.evil.clean filter.evil.smudge"
    for name in (*programs.split(), "gpg.program", "core.pager", "core.sshCommand"):
        git("config", name, str(script))
    git("config", "log.showSignature", "true")
    (app / "b.txt").write_text("two\n")
    walk(app)
    with isolated(app) as made:
        assert list(committed(made, app, set())) == []
        assert made.run("archive", "--format=tar", "HEAD", cwd=app)
    assert not trace.exists()


def test_tracked_and_ignored_files_are_told_apart(git: Git, tmp_path: Path) -> None:
    app = tmp_path / "app"
    (app / ".gitignore").write_text("out/\n*.log\n.env\n")
    (app / "kept.dart").write_text("x")
    git("add", "-A")
    git("commit", "-qm", "one")
    for name in ("out/x.dart", "y.log", ".env", "new.dart"):
        (app / name).parent.mkdir(exist_ok=True)
        (app / name).write_text("x")
    tree = walk(app)
    assert sorted(tree.files) == [".env", ".gitignore", "kept.dart", "new.dart"]
    assert tree.tracked == {".gitignore", "kept.dart"}


def test_a_linked_work_tree_is_read_too(git: Git, tmp_path: Path) -> None:
    (tmp_path / "app" / "a.txt").write_text("x")
    git("add", "-A")
    git("commit", "-qm", "one")
    git("worktree", "add", "-q", str(tmp_path / "linked"))
    with isolated(tmp_path / "linked") as made:
        assert made.run("log", "--oneline", cwd=tmp_path / "linked").endswith(b" one\n")


def test_a_folder_without_git_says_so(tmp_path: Path) -> None:
    with pytest.raises(NoGitError, match="not in a git repository"), isolated(tmp_path):
        pass


def test_a_git_file_that_leads_nowhere_says_so(tmp_path: Path) -> None:
    (tmp_path / ".git").write_text("gitdir: /nowhere/at/all\n")
    with pytest.raises(NoGitError, match="names no git directory"), isolated(tmp_path):
        pass


def test_the_repository_is_left_as_it_was(git: Git, tmp_path: Path) -> None:
    app = tmp_path / "app"
    (app / "a.txt").write_text("x")
    git("add", "-A")
    git("commit", "-qm", "one")
    before = {path: path.stat().st_mtime_ns for path in app.rglob("*")}
    walk(app)
    with isolated(app) as made:
        list(committed(made, app, set()))
    assert {path: path.stat().st_mtime_ns for path in app.rglob("*")} == before
