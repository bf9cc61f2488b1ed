from __future__ import annotations

import json
import os
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cases import made_up

from blueprint.finding import Finding, Status
from triage import baseline, plan
from triage.accepted import accepted_in
from triage.cache import SETTLED, Cache
from triage.changed import ChangesError, new_since
from triage.files.walk import walk
from triage.gather import gather
from triage.model import Step
from triage.project.whole import wanted
from triage.render import jsonl, page, sarif, text
from triage.scan import Options, Scanned, scan

Git = Callable[..., str]
TODAY = datetime(2026, 11, 29, tzinfo=UTC)
CALL = (
    "import 'package:http/http.dart' as http;\n"
    "Future<void> pay() => http.post(Uri.parse('https://api.stripe.com/v1/charges'));"
)


def app(root: Path, **files: str) -> Path:
    for name, content in files.items():
        path = root / name.replace("__", "/").replace("_dot_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return root


def scanned(root: Path, cache: Path | None = None) -> Scanned:
    return scan(root, Options(TODAY, history=False, cache=cache))


def test_a_second_scan_reads_only_what_changed(tmp_path: Path) -> None:
    root = app(tmp_path / "app", lib__a_dot_dart=f"{CALL}\n", lib__b_dot_dart="int b = 1;\n")
    store = tmp_path / "cache" / "facts.sqlite"
    first = scanned(root, store).report.found
    remembered = keys(store)
    (root / "lib" / "b.dart").write_text(f"{CALL}\n")
    second = scanned(root, store).report.found
    assert len(keys(store) - remembered) == 1
    assert [one.finding.path for one in second] == ["lib/a.dart", "lib/b.dart"]
    assert first == second[:1]
    assert sorted(path.name for path in root.iterdir()) == ["lib"]


def test_a_second_scan_believes_the_cache(tmp_path: Path) -> None:
    root, store = app(tmp_path / "app", lib__a_dot_dart=CALL), tmp_path / "facts.sqlite"
    scanned(root, store)
    with closing(sqlite3.connect(store)) as base, base:
        base.execute("update facts set facts = '{}'")
    assert scanned(root, store).report.found == ()


def test_a_file_that_only_looks_untouched_is_read_again(tmp_path: Path) -> None:
    root, store = app(tmp_path / "app", lib__a_dot_dart=CALL), tmp_path / "facts.sqlite"
    file = root / "lib" / "a.dart"
    long_ago = (1_700_000_000, 1_700_000_000)
    os.utime(file, long_ago)
    assert len(scanned(root, store).report.found) == 1
    file.write_text("/" * len(CALL))
    os.utime(file, long_ago)  # the same size and the same time of the content: only the inode knows
    assert scanned(root, store).report.found == ()


def test_a_file_that_nobody_touched_is_not_read_again(tmp_path: Path) -> None:
    root, store = app(tmp_path / "app", lib__a_dot_dart=CALL, lib__b_dot_dart="int b = 1;\n"), tmp_path / "facts.sqlite"
    tree, later = walk(root), time.time_ns() + 3_600_000_000_000
    with closing(Cache(store)) as cache:
        first = gather(tree, wanted, cache, "1", clock=lambda: later)
        (root / "lib" / "a.dart").unlink()  # reading it would be noticed
        again = gather(tree, wanted, cache, "1", clock=lambda: later)
    assert (again.facts, again.bytes, again.unread) == (first.facts, first.bytes, [])
    assert again.facts["lib/a.dart"].hits


def test_a_file_that_changed_while_it_was_listed_is_read_again(tmp_path: Path) -> None:
    root, store = app(tmp_path / "app", lib__a_dot_dart=CALL), tmp_path / "facts.sqlite"
    changed = (root / "lib" / "a.dart").stat().st_ctime_ns
    with closing(Cache(store)) as cache:
        gather(walk(root), wanted, cache, "1", clock=lambda: changed + SETTLED)
        assert cache.listing(root, "1") == {}
        gather(walk(root), wanted, cache, "1", clock=lambda: changed + SETTLED + 1)
        assert list(cache.listing(root, "1")) == ["lib/a.dart"]


def keys(store: Path) -> set[str]:
    with closing(sqlite3.connect(store)) as base:
        return {key for (key,) in base.execute("select key from facts")}


def test_a_broken_cache_remembers_nothing(tmp_path: Path) -> None:
    root = app(tmp_path / "app", lib__a_dot_dart=CALL)
    store = tmp_path / "facts.sqlite"
    store.write_bytes(b"no database" * 100)
    assert len(scanned(root, store).report.found) == 1
    assert Cache(tmp_path / "app" / "lib" / "a.dart" / "x").known(["k"]) == {}


def test_each_step_says_what_was_checked_and_what_was_not(tmp_path: Path) -> None:
    report = scanned(app(tmp_path, lib__a_dot_dart=CALL)).report
    assert set(report.checked) == set(Step)
    assert {one.step for one in report.unchecked} == set(Step)
    assert report.checked[Step.SECRETS]


def test_an_exemption_takes_its_finding_until_its_day(tmp_path: Path) -> None:
    def with_comment(comment: str) -> tuple[list[str], list[str]]:
        head, call = CALL.split("\n")
        report = scanned(app(tmp_path, lib__a_dot_dart=f"{head}\n// triage: ignore {comment}\n{call}\n")).report
        return [one.check.id for one in report.found], [one.check.id for one, _ in report.exempted]

    check = "client.payment.direct"
    assert with_comment(f"{check} until 2027-01-31 because we migrate in January") == ([], [check])
    assert with_comment("client.* until 2027-01-31 because we migrate in January") == ([], [check])
    assert with_comment(f"{check} until 2026-11-28 because it was so") == ([check, "exemption.ended"], [])
    assert with_comment(f"{check} until 2027-01-31") == ([check, "exemption.ended"], [])
    assert with_comment(check) == ([check, "exemption.ended"], [])
    assert with_comment("client.crm.direct until 2027-01-31 because of another") == ([check], [])


def test_a_baseline_leaves_only_what_is_new(tmp_path: Path) -> None:
    root = app(tmp_path / "app", lib__a_dot_dart=CALL)
    first = scanned(root)
    file = tmp_path / "known.json"
    file.write_text(baseline.text(first.report, {}))
    known = baseline.read(file).known
    assert baseline.new(scanned(root).report.found, known) == []
    app(root, lib__a_dot_dart=f"// moved down\n\n{CALL}\n{CALL.splitlines()[1].replace('pay', 'again')}")
    assert len(baseline.new(scanned(root).report.found, known)) == 1


def test_a_file_that_is_no_baseline_is_refused(tmp_path: Path) -> None:
    for content in ("", "[]", '{"version": 0, "known": {}, "sizes": {}}', '{"version": 1, "known": 3, "sizes": {}}'):
        (tmp_path / "x.json").write_text(content)
        with pytest.raises(baseline.BaselineError):
            baseline.read(tmp_path / "x.json")


def test_review_tells_only_what_is_new_since_a_revision(git: Git, tmp_path: Path) -> None:
    root = app(tmp_path / "app", lib__a_dot_dart=CALL)
    git("add", "-A")
    git("commit", "-qm", "one")
    app(root, lib__b_dot_dart=CALL)
    report = scanned(root).report
    assert [one.finding.path for one in new_since(root, "HEAD", report, TODAY)] == ["lib/b.dart"]
    with pytest.raises(ChangesError, match="rev-parse"):
        new_since(root, "nothing", report, TODAY)
    with pytest.raises(ChangesError, match="is no revision"):
        new_since(root, "--output=/tmp/x", report, TODAY)


def test_the_forms_of_a_report_agree(tmp_path: Path) -> None:
    hostile = "<script>alert(1)</script>"
    report = scanned(app(tmp_path / hostile.replace("/", "-"), lib__a_dot_dart=CALL)).report
    lines = [json.loads(line) for line in jsonl.lines(report)]
    assert [line["id"] for line in lines if line["kind"] == "finding"] == ["client.payment.direct"]
    assert {"path", "line", "why", "sure", "part", "fix", "step"} <= set(lines[0])
    assert sum(line["kind"] == "step" for line in lines) == 8
    html = page.html(report, "2026-11-29")
    assert "<script>" not in html
    assert "default-src 'none'" in html
    assert "http://" not in html.replace("http://www.w3.org/2000/svg", "")
    assert "The app calls the payment provider itself" in html
    assert any("lib/a.dart:2" in line for line in text.lines(report))
    assert any("lib/a.dart:2" in line for line in plan.lines(report))


def test_sarif_names_rule_place_and_what_was_accepted(tmp_path: Path) -> None:
    report = scanned(app(tmp_path, lib__a_dot_dart=CALL)).report
    finding = report.found[0].finding
    log = sarif.document([finding], {finding.id: ("title", "why")}, [(finding, "until January")])
    run = log["runs"][0]
    assert log["version"] == "2.1.0"
    assert run["tool"]["driver"]["rules"][0]["id"] == "client.payment.direct"
    place = run["results"][0]["locations"][0]["physicalLocation"]
    assert place == {"artifactLocation": {"uri": "lib/a.dart", "uriBaseId": "%SRCROOT%"}, "region": {"startLine": 2}}
    assert run["results"][1]["suppressions"][0]["justification"] == "until January"


def test_sarif_names_suppressions_on_all_results_or_on_none() -> None:
    found = [Finding(name, "acme.test", Status.FAIL, "one", "two", fix="Keep one.") for name in ("a.b", "c.d")]
    titles = sarif.plain_titles(found)
    (plain,) = sarif.document(found[:1], titles)["runs"][0]["results"]
    open_, accepted = sarif.document(found[:1], titles, [(found[1], "until January")])["runs"][0]["results"]
    assert "suppressions" not in plain
    assert (open_["suppressions"], len(accepted["suppressions"])) == ([], 1)


def test_sarif_shows_what_is_in_no_file_at_the_place_that_decides_it() -> None:
    finding = Finding("mail.spf.single", "acme.test", Status.FAIL, "one record", "two records", fix="Keep one.")
    log = sarif.document([finding], sarif.plain_titles([finding]), place="Pulumi.prod.yaml")
    (location,) = log["runs"][0]["results"][0]["locations"]
    assert location["physicalLocation"] == {
        "artifactLocation": {"uri": "Pulumi.prod.yaml", "uriBaseId": "%SRCROOT%"},
        "region": {"startLine": 1},
    }
    assert location["logicalLocations"] == [{"fullyQualifiedName": "acme.test"}]


def test_what_comments_accept_is_listed_for_the_handover(tmp_path: Path) -> None:
    comment = "// triage: ignore {} until {} because {}\n"
    held = comment.format("client.payment.direct", "2027-01-31", "we migrate in January")
    over = comment.format("client.crm.direct", "2026-11-01", "it was so")
    app(tmp_path, lib__a_dot_dart=held, lib__b_dot_dart=over, lib__c_dot_dart=CALL)
    found = accepted_in(tmp_path, TODAY.date())
    assert [(one.id, one.status, one.subject, one.path, one.line) for one in found] == [
        ("exemption.ended", Status.FAIL, "client.crm.direct", "lib/b.dart", 1),
        ("exemption.accepted", Status.WARN, "client.payment.direct", "lib/a.dart", 1),
    ]
    assert "until 2027-01-31 at lib/a.dart:1: we migrate in January" in found[1].observed


def test_a_large_file_is_searched_for_secrets_in_pieces(tmp_path: Path) -> None:
    key = made_up()["stripe_live"]
    line = "x" * 99 + "\n"
    (tmp_path / "big.yaml").write_text(line * 120_000 + f"key: {key}\n" + line)
    found = scanned(tmp_path).report.found
    assert [(one.check.id, one.finding.line) for one in found] == [("secret.code", 120_001)]


def test_javascript_that_a_compiler_wrote_is_judged_once(tmp_path: Path) -> None:
    hook = (
        'import * as functions from "firebase-functions";\n'
        "export const webhook = functions.https.onRequest(async (req, res) => {\n"
        '  await db.collection("u").doc(req.body.event).set({}); res.end(); });\n'
    )
    root = app(tmp_path, functions__src__webhook_dot_ts=hook, functions__lib__webhook_dot_js=hook)
    assert {one.finding.path for one in scanned(root).report.found} == {"functions/src/webhook.ts"}
