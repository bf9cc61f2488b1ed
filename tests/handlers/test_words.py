"""The catalogue: no code without a sentence, no status without a state."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from handlers.intent_kinds import KINDS
from handlers.words import SENTENCES, STATES, Code, IntentState

HANDLERS = Path(__file__).parents[2] / "handlers"


def test_every_code_has_a_sentence_of_its_own_kind():
    assert set(SENTENCES) == set(Code)


@pytest.mark.parametrize("code", Code)
def test_a_sentence_speaks_to_a_person(code):
    sentence = SENTENCES[code]
    assert sentence[0].isupper()
    assert sentence.endswith(".")
    assert not re.search(r"error|invalid|HTTP|JSON|token|[{}_<>]", sentence)


def test_every_refusal_names_a_code_of_the_catalogue():
    for module in HANDLERS.rglob("*.py"):
        for code in re.findall(r"Rejected\(\s*\d+,\s*([^,]+),", module.read_text()):
            assert code.startswith("Code.") or code == "CODE", f"{module.name}: {code}"


def test_an_intent_begins_pending_and_can_end_both_ways():
    assert {STATES[kind.first] for kind in KINDS.values()} == {IntentState.PENDING}
    assert set(STATES.values()) == set(IntentState)
