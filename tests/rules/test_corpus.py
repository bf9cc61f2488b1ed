"""The kept differences to a foreign engine: what we say, and why it is right."""

from typing import Any

import pytest

import rules
from rules import Request, document
from rules.values.kinds import Timestamp
from tools.rulesoracle.corpus import differences, question, rules_of
from tools.rulesoracle.refute import satisfies

NOW = Timestamp(1_800_000_000 * 10**9)


@pytest.mark.parametrize("one", differences(), ids=lambda one: one["condition"])
def test_we_say_what_was_kept(one: dict[str, Any]) -> None:
    verdict = rules.compile(rules_of(one)).evaluate(question(one).request(NOW))
    assert ("allow" if verdict.allowed else "deny") == one["ours"]
    assert one["ours"] != one["theirs"]
    assert one["judge"].startswith("https://firebase.google.com/docs/")


@pytest.mark.parametrize("one", [one for one in differences() if "where" in one], ids=lambda one: one["condition"])
def test_the_query_returns_a_document_that_the_condition_denies(one: dict[str, Any], stored: Any) -> None:
    assert satisfies(one["denied_document"], question(one).where)
    request = Request("get", document("things/one"), None, NOW)
    documents = stored({"things/one": one["denied_document"]})
    assert not rules.compile(rules_of(one)).evaluate(request, documents).allowed
