"""`./launch triage` and `./launch review` as a user meets them."""

from __future__ import annotations

import json
from pathlib import Path

from tests import forked

CALL = (
    "import 'package:http/http.dart' as http;\n"
    "Future<void> pay() => http.post(Uri.parse('https://api.stripe.com/v1/charges'));\n"
)


def launch(*words: str, cwd: Path) -> forked.Done:
    homes = {"HOME": str(cwd), "XDG_CACHE_HOME": str(cwd / "cache")}
    environment = {"PATH": "/usr/bin:/bin", "LAUNCH_CWD": str(cwd), **homes}
    return forked.run(words, environment, timeout=120)


def app(folder: Path) -> Path:
    (folder / "app" / "lib").mkdir(parents=True)
    (folder / "app" / "lib" / "pay.dart").write_text(CALL)
    return folder / "app"


def test_a_finding_fails_and_names_its_place(tmp_path: Path) -> None:
    app(tmp_path)
    done = launch("triage", "app", cwd=tmp_path)
    assert done.returncode == 1, done.stderr
    assert "lib/pay.dart:2" in done.stdout
    assert sorted(path.name for path in (tmp_path / "app").iterdir()) == ["lib"]


def test_results_come_as_json_lines_page_and_sarif(tmp_path: Path) -> None:
    app(tmp_path)
    done = launch("triage", "app", "--json", "--html", "out/r.html", "--sarif", "r.sarif", cwd=tmp_path)
    assert json.loads(done.stdout.splitlines()[0])["id"] == "client.payment.direct"
    assert "pay.dart:2" in (tmp_path / "out" / "r.html").read_text()
    assert json.loads((tmp_path / "r.sarif").read_text())["version"] == "2.1.0"


def test_a_baseline_is_written_first_and_then_kept_to(tmp_path: Path) -> None:
    folder = app(tmp_path)
    assert launch("triage", "app", "--baseline", "known.json", cwd=tmp_path).returncode == 0
    assert launch("triage", "app", "--baseline", "known.json", cwd=tmp_path).returncode == 0
    (folder / "lib" / "more.dart").write_text(CALL)
    done = launch("triage", "app", "--baseline", "known.json", cwd=tmp_path)
    assert done.returncode == 1
    assert "more.dart" in done.stdout
    assert "pay.dart" not in done.stdout


def test_the_plan_names_two_passes(tmp_path: Path) -> None:
    app(tmp_path)
    done = launch("triage", "app", "--fix-plan", cwd=tmp_path)
    assert "First pass" in done.stdout
    assert "Second pass" in done.stdout


def test_wrong_input_is_told_without_a_traceback(tmp_path: Path) -> None:
    missing = launch("triage", "nowhere", cwd=tmp_path)
    assert missing.returncode == 2
    assert "there is no such folder" in missing.stderr
    (tmp_path / "empty").mkdir()
    assert launch("triage", "empty", cwd=tmp_path).returncode == 2
    app(tmp_path)
    unknown = launch("review", "app", "--since", "main", cwd=tmp_path)
    assert unknown.returncode == 3
    assert "not in a git repository" in unknown.stderr
    assert "Traceback" not in missing.stderr + unknown.stderr
