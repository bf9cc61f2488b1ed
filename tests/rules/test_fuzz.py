"""Texts that are no rules get a compile error: no crash, and no waiting."""

import time
from pathlib import Path
from random import Random

import pytest

import rules
from rules import RulesError
from tools.rulesoracle.texts import mutated


def _seed_text() -> str:
    return (Path(__file__).parents[2] / "firestore" / "firestore.rules").read_text()


def fuzz(seed: int, count: int) -> tuple[int, float]:
    """How many texts compiled, and how many seconds of processor time the slowest one took."""
    random, base = Random(seed), _seed_text()
    compiled, told, slowest = 0, 0, 0.0
    for _ in range(count):
        text = mutated(random, base)
        start = time.process_time()
        try:
            rules.compile(text)
            compiled += 1
        except RulesError as error:
            told += bool(error.problems) and all(one.line >= 1 and one.column >= 1 for one in error.problems)
        slowest = max(slowest, time.process_time() - start)
    assert compiled + told == count
    return compiled, slowest


def test_a_broken_text_only_ever_gives_a_compile_error() -> None:
    compiled, slowest = fuzz(seed=1, count=400)
    assert 0 < compiled < 400
    assert slowest < 1


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_one_hundred_thousand_broken_texts_only_ever_give_compile_errors() -> None:
    compiled, slowest = fuzz(seed=2, count=100_000)
    assert 0 < compiled < 100_000
    assert slowest < 1


@pytest.mark.parametrize(
    "text",
    [
        "(" * 100_000,
        "[" * 100_000,
        "/*" * 100_000,
        "'" * 100_000,
        "service a {" + "match /a {" * 20_000,
        "service a { match /a { allow read: if " + "a && " * 40_000,
        "service a { match /a { allow read: if " + "-" * 100_000,
        "service a { match /a { allow read: if " + "{1:" * 50_000,
        "service a { match /a { allow read: if " + "a ? b : " * 20_000,
        "service a { match /a { allow read: if a" + "[0" * 50_000,
        "service a { match " + "/{a}" * 50_000 + "{ allow read; } }",
        "service a { match " + "/{a=**}" * 3_000 + "{ allow read; } }",
        "".join(f"function f{n}() {{ return f{n + 1}() && f{n + 1}(); }}" for n in range(3_000))
        + "service a { match /a { allow read: if f0(); } }",
    ],
    ids=lambda text: text[:30],
)
def test_a_hostile_text_is_refused_within_a_second(text: str) -> None:
    start = time.process_time()
    with pytest.raises(RulesError):
        rules.compile(text)
    assert time.process_time() - start < 1
