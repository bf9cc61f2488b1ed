from __future__ import annotations

import os
from pathlib import Path

from triage.files.walk import walk


def test_links_are_counted_and_never_followed(tmp_path: Path) -> None:
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "a.dart").write_text("a")
    (tmp_path / "lib" / "loop").symlink_to(tmp_path)
    (tmp_path / "lib" / "passwd").symlink_to("/etc/passwd")
    tree = walk(tmp_path)
    assert list(tree.files) == ["lib/a.dart"]
    assert tree.links == 2


def test_build_output_and_dependencies_are_left_out(tmp_path: Path) -> None:
    skipped = ("node_modules/x/i.js", ".dart_tool/p.json", "build/y.js", "ios/Pods/z.m", "my/pyvenv.cfg", "my/x.py")
    for name in ("lib/a.dart", *skipped):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")
    assert list(walk(tmp_path).files) == ["lib/a.dart"]


def test_a_web_build_is_listed_apart(tmp_path: Path) -> None:
    (tmp_path / "build" / "web").mkdir(parents=True)
    (tmp_path / "build" / "web" / "main.dart.js").write_text("x")
    tree = walk(tmp_path)
    assert tree.files == {}
    assert tree.built == {"build/web/main.dart.js": 1}


def test_a_folder_that_is_gone_meanwhile_is_named(tmp_path: Path) -> None:
    assert walk(tmp_path / "nowhere").denied == (".: No such file or directory",)


def test_pipes_and_sockets_are_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.dart")
    assert walk(tmp_path).files == {}
