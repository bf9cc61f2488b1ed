"""Trees that want to harm the scan: large files, odd names, links out, pipes, broken text."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

from cases import made_up

from triage.render import jsonl
from triage.render.page import html
from triage.render.text import lines
from triage.scan import Options, scan

TODAY = datetime(2026, 11, 29, tzinfo=UTC)


def found(root: Path) -> list[tuple[str, str | None, int | None]]:
    report = scan(root, Options(TODAY, history=False)).report
    return [(one.check.id, one.finding.path, one.finding.line) for one in report.found]


def test_a_file_of_100_mb_is_searched_without_being_held_whole(tmp_path: Path) -> None:
    line = b"x" * 1023 + b"\n"
    with (tmp_path / "big.env").open("wb") as file:
        for _ in range(100):
            file.write(line * 1000)
        file.write(f"KEY={made_up()['stripe_live']}\n".encode())
    assert found(tmp_path) == [("secret.code", "big.env", 100_001)]


def test_a_sparse_binary_file_of_a_gigabyte_costs_nothing(tmp_path: Path) -> None:
    with (tmp_path / "big.txt").open("wb") as file:
        file.truncate(900_000_000)
    assert found(tmp_path) == []


def test_names_that_are_no_text_are_borne(tmp_path: Path) -> None:
    for name in (b"\xff\xfe.dart", "ünïcödé 🎉.ts".encode(), b"new\nline.py", b"-rf.yaml", b"quote'\".json"):
        text = f"key: {made_up()['stripe_live']}\n"
        Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name)).write_text(text)
    report = scan(tmp_path, Options(TODAY, history=False)).report
    assert report.files == len(report.found) == 5
    for text in (*jsonl.lines(report), *lines(report), html(report, "2026-11-29")):
        text.encode("utf-8")


def test_what_a_link_leads_to_is_not_read(tmp_path: Path) -> None:
    outside = tmp_path / "outside.env"
    outside.write_text(f"KEY={made_up()['stripe_live']}\n")
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "inside.env").symlink_to(outside)
    (tmp_path / "app" / "firebase.json").symlink_to("/proc/self/environ")
    (tmp_path / "app" / "a.dart").write_text("int a = 1;\n")
    assert found(tmp_path / "app") == []


def test_configuration_that_cannot_be_read_counts_as_not_checked(tmp_path: Path) -> None:
    (tmp_path / "firebase.json").write_text('{"firestore": ' + "[" * 100_000)
    (tmp_path / "pubspec.yaml").write_text("name: [\n")
    (tmp_path / "google-services.json").write_bytes(b"\x80\x81")
    report = scan(tmp_path, Options(TODAY, history=False)).report
    assert any(one.what == "firebase.json" for one in report.unchecked)
