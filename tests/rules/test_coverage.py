"""Coverage: which expressions were reached, as data, text and a page."""

import json
from html.parser import HTMLParser

import rules
from rules import Auth, Request, document
from rules.coverage import Coverage
from rules.coverage.page import as_html
from rules.coverage.text import as_text
from rules.values.kinds import Timestamp

NOW = Timestamp(1_800_000_000 * 10**9)
TEXT = """rules_version = '2';
service cloud.firestore {
  match /databases/{database}/documents {
    function own(uid) {
      return request.auth.uid == uid;
    }
    match /a/{uid} {
      allow get: if request.auth != null && own(uid);
      allow delete: if "<b>" == uid;
    }
  }
}
"""


def measured(*people: Auth | None) -> Coverage:
    coverage = Coverage(rules.compile(TEXT))
    for auth in people:
        coverage.evaluate(Request("get", document("a/alice"), auth, NOW))
    return coverage


def test_nothing_asked_is_nothing_reached() -> None:
    report = measured().report()
    assert report.share == 0
    assert [one.text for one in report.missed][1] == "request.auth != null && own(uid)"
    assert set(report.statements.values()) == {0}


def test_what_is_skipped_by_a_short_circuit_is_not_reached() -> None:
    report = measured(None).report()
    reached = {one.text: dict(one.values) for one in report.expressions if one.count}
    assert reached["request.auth != null"] == {"false": 1}
    assert "own(uid)" not in reached
    assert report.statements == {8: 1, 9: 0}


def test_values_are_counted_for_every_expression_and_the_body_of_functions() -> None:
    report = measured(None, Auth("alice"), Auth("bob")).report()
    found = {one.text: dict(one.values) for one in report.expressions}
    assert found["request.auth.uid == uid"] == {"true": 1, "false": 1}
    assert found["request.auth"] == {"null": 1, "map": 2}
    assert [one.line for one in report.missed] == [9]


def test_the_verdict_is_the_one_without_coverage() -> None:
    ruleset = rules.compile(TEXT)
    for auth in (None, Auth("alice"), Auth("bob")):
        request = Request("get", document("a/alice"), auth, NOW)
        assert Coverage(ruleset).evaluate(request) == ruleset.evaluate(request)


def test_an_error_is_counted_where_it_happens() -> None:
    coverage = Coverage(rules.compile(TEXT.replace("request.auth != null && ", "")))
    coverage.evaluate(Request("get", document("a/alice"), None, NOW))
    found = {one.text: dict(one.values) for one in coverage.report().expressions}
    assert found["request.auth.uid"] == {"error": 1}


def test_the_report_is_json_and_text() -> None:
    report = measured(None).report()
    assert json.loads(json.dumps(report.as_data()))["statements"] == [{"line": 8, "count": 1}, {"line": 9, "count": 0}]
    text = as_text(report)
    assert "line 9: this allow was never asked" in text
    assert "line 5:14: never evaluated: request.auth.uid == uid" in text
    assert "always false: request.auth != null" in text


class Balanced(HTMLParser):
    """Counts the tags of every line of the page's rules."""

    def __init__(self) -> None:
        super().__init__()
        self.text = ""
        self.open: list[str] = []
        self.inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.inside = self.inside or tag == "pre"
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data if self.inside and "pre" in self.open else ""


def test_the_page_holds_the_whole_text_and_every_line_closes_its_tags() -> None:
    page = as_html(measured(None, Auth("alice")).report())
    reader = Balanced()
    reader.feed(page)
    assert reader.open == []
    assert reader.text.rstrip("\n") == TEXT.rstrip("\n")
    assert "<b>" not in page
    for line in page.partition("<pre>")[2].partition("</pre>")[0].splitlines():
        assert line.count("<span") == line.count("</span>")


def test_the_deepest_expression_is_measured_without_a_crash() -> None:
    deep = "(" * 60 + "uid" + ")" * 60 + " == uid" + " && uid == uid" * 30
    long = "{'a': 1}" + ".get('a', {'a': 1})" * 140
    text = TEXT.replace('"<b>" == uid', f"{deep} || {long} == 1")
    coverage = Coverage(rules.compile(text))
    assert coverage.evaluate(Request("delete", document("a/alice"), None, NOW)).allowed
    assert coverage.report().share > 0
