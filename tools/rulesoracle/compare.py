"""Ask both engines the same, and say where they differ."""

import re
from collections import Counter
from dataclasses import dataclass, field
from random import Random
from typing import Any

import rules
from rules import RulesError, Ruleset
from rules.values.kinds import Timestamp
from tools.rulesoracle.emulator import Emulator
from tools.rulesoracle.expressions import Generator
from tools.rulesoracle.refute import counterexample
from tools.rulesoracle.texts import mutated
from tools.rulesoracle.triples import FIXED, Asked, asked

_BATCH = 100
_SOME_INT = re.compile(r"(?<!request\.)\bresource\.data\.i\b")
_SOME_TEXT = re.compile(r"(?<!request\.)\bresource\.data\.s\b")
_PER_CONDITION = 5
"""How many requests each condition is asked with: one of each method."""
_HEAD = "rules_version = '2';\nservice cloud.firestore {\n  match /databases/{database}/documents {\n"


@dataclass(slots=True)
class Difference:
    """A request on which the engines differ: allowed by one, or denied for another reason."""

    condition: str
    asked: Asked
    ours: str
    theirs: str
    why: str
    refuted_by: dict[str, Any] | None = None

    @property
    def stricter(self) -> bool:
        """Whether ours denies a query because the query does not tell, where the other takes what it does not tell."""
        return self.asked.method == "list" and self.ours == "error" and self.theirs == "allow"

    @property
    def verdict(self) -> bool:
        """Whether one allows what the other denies, and no document proves that the other may not allow it."""
        return "allow" in {self.ours, self.theirs} and self.refuted_by is None


@dataclass(slots=True)
class Result:
    """What a run came to."""

    triples: int = 0
    verdicts: Counter[str] = field(default_factory=Counter)
    methods: Counter[str] = field(default_factory=Counter)
    forms: Counter[str] = field(default_factory=Counter)
    differences: list[Difference] = field(default_factory=list)


class _Documents:
    def __init__(self, one: Asked) -> None:
        self._before: dict[str, Any] = {**FIXED, f"{one.collection}/one": one.stored}
        self._after: dict[str, Any] = {**self._before}
        if one.method in {"create", "update", "delete"}:
            self._after[one.path] = one.data

    def get(self, path: tuple[str, ...]) -> Any:
        return self._before.get("/".join(path[3:]))

    def get_after(self, path: tuple[str, ...]) -> Any:
        return self._after.get("/".join(path[3:]))


def compare(emulator: Emulator, triples: int, seed: int, depth: int) -> Result:
    """Ask at least so many triples of generated conditions, documents and requests. Times are seconds since 1970."""
    random, result = Random(seed), Result()
    generator = Generator(random)
    while result.triples < triples:
        _batch(emulator, random, generator, depth, result)
    result.forms.update({form: count * _PER_CONDITION for form, count in generator.used.items()})
    return result


def _batch(emulator: Emulator, random: Random, generator: Generator, depth: int, result: Result) -> None:
    conditions = [generator.condition(random.randint(1, depth)) for _ in range(_BATCH)]
    blocks = [_block(random, n, text) for n, text in enumerate(conditions)]
    text = _HEAD + "\n".join(blocks) + "\n  }\n}\n"
    ruleset = rules.compile(text)
    complaint = emulator.load(text)
    if complaint:
        raise RuntimeError(f"The engine refuses what we compile: {complaint}\n{text}")
    emulator.clear()
    groups = [asked(random, f"c{n}", condition) for n, condition in enumerate(conditions)]
    emulator.seed({**FIXED, **{f"{group[0].collection}/one": group[0].stored for group in groups}})
    for condition, group in zip(conditions, groups, strict=True):
        for one in group:
            _one(emulator, ruleset, condition, one, result)
        emulator.seed({f"{group[0].collection}/one": group[0].stored})


def _block(random: Random, number: int, condition: str) -> str:
    """A `match` with the condition: bare, or through a function with a parameter and a `let`."""
    path = f"/c{number}/" + random.choice(("{id}", "{id}", "{id}", "{id=*}", "{id=**}"))
    if random.random() < 0.6:
        return f"    match {path} {{ allow read, write: if {condition}; }}"
    inside = _SOME_INT.sub("x", _SOME_TEXT.sub("z", condition))
    function = f"function f(x) {{ let z = resource.data.s; return {inside}; }}"
    return f"    match {path} {{ {function} allow read: if f(resource.data.i); allow write: if f(resource.data.i); }}"


def _one(emulator: Emulator, ruleset: Ruleset, condition: str, one: Asked, result: Result) -> None:
    stored_again = one.method == "delete"
    if stored_again:
        emulator.seed({f"{one.collection}/one": one.stored})
    verdict = ruleset.evaluate(one.request(Timestamp(1_800_000_000 * 10**9)), _Documents(one))
    statement = verdict.statements[-1]
    ours, theirs = str(statement.outcome), _theirs(emulator, one)
    result.triples += 1
    result.verdicts["allow" if verdict.allowed else "deny"] += 1
    result.methods[one.method] += 1
    if ours != theirs:
        unsafe = one.method == "list" and theirs == "allow"
        proof = counterexample(ruleset, one, Random(result.triples)) if unsafe else None
        result.differences.append(Difference(condition, one, ours, theirs, statement.message, proof))


def _theirs(emulator: Emulator, one: Asked) -> str:
    if one.method == "get":
        return emulator.get(one.path, one.claims)
    if one.method == "list":
        return emulator.list(one.collection, one.filter(), one.limit, one.claims)
    return emulator.write(one.path, one.data, one.method != "create", one.claims)


def texts(emulator: Emulator, text: str, count: int, seed: int) -> list[tuple[str, str, str]]:
    """Broken variants of a file which one engine compiles and the other refuses: (text, our problem, their problem)."""
    random, found = Random(seed), []
    for _ in range(count):
        broken = mutated(random, text)
        ours, theirs = _problem(broken), emulator.load(broken)
        if bool(ours) != bool(theirs):
            found.append((broken, ours, theirs))
    return found


def _problem(text: str) -> str:
    try:
        rules.compile(text)
    except RulesError as error:
        return str(error)
    return ""
