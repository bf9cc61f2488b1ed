"""Texts that are no rules get a compile error, and those that still compile decide: no crash, and no waiting."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest

import rules
from rules import RulesError, Ruleset, Verdict
from rules.values.kinds import Timestamp
from tools.rulesoracle.expressions import Generator
from tools.rulesoracle.texts import mutated, ruled
from tools.rulesoracle.triples import asked

NOW = Timestamp(1_800_000_000 * 10**9)
MOST = 1.0  # seconds of processor time for one text
OWN = (Path(__file__).parents[2] / "firestore" / "firestore.rules").read_text()


@dataclass
class Fuzzed:
    """What became of the texts; `slowest` is in seconds of processor time."""

    refused: int = 0
    compiled: int = 0
    decided: int = 0
    slowest: float = 0.0


def fuzz(seed: int, count: int) -> Fuzzed:
    """Compile broken texts: the toolkit's rules, and small ones with generated conditions; ask those that compile."""
    random, found = Random(seed), Fuzzed()
    generator = Generator(random)
    for number in range(count):
        text = mutated(random, OWN if number % 8 == 0 else ruled(generator.condition(3)))
        start = time.process_time()
        try:
            ruleset = rules.compile(text)
        except RulesError as error:
            found.refused += bool(error.problems) and all(one.line >= 1 <= one.column for one in error.problems)
        else:
            found.compiled += 1
            found.decided += sum(isinstance(verdict, Verdict) for verdict in _answers(ruleset, random))
        found.slowest = max(found.slowest, time.process_time() - start)
    return found


def _answers(ruleset: Ruleset, random: Random) -> Iterator[Verdict]:
    return (ruleset.evaluate(one.request(NOW)) for one in asked(random, "things", ""))


def test_a_broken_text_only_ever_gives_a_compile_error() -> None:
    found = fuzz(seed=1, count=400)
    assert 0 < found.compiled < 400
    assert found.refused + found.compiled == 400
    assert found.decided == 5 * found.compiled
    assert found.slowest < MOST


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_one_hundred_thousand_broken_texts_only_ever_give_compile_errors(verdict: Callable[[object], None]) -> None:
    found = fuzz(seed=2, count=100_000)
    assert found.refused + found.compiled == 100_000
    assert found.decided == 5 * found.compiled
    assert found.slowest < MOST
    verdict(
        f"PASS rules: of 100000 fuzzed texts {found.refused} got a compile error and {found.compiled} compiled and "
        f"decided {found.decided} requests; no crash, the slowest took {found.slowest:.2f} s"
    )


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
    assert any(_refused(text) < 1 for _ in range(3))  # whoever shares the processor may slow one of them down


def _refused(text: str) -> float:
    """Return the seconds of processor time until a text is refused."""
    start = time.process_time()
    with pytest.raises(RulesError):
        rules.compile(text)
    return time.process_time() - start
