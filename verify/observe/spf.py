"""Walks an SPF record's includes and redirects, and counts what a receiver would have to look up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from verify.observe.asker import Asker
from verify.observe.dns import Answer, Outcome, Question

LOOKUP_TERMS = ("include", "a", "mx", "ptr", "exists", "redirect")  # RFC 7208 section 4.6.4
ENOUGH = 40  # lookups after which the walk stops: the verdict is clear


@dataclass(frozen=True)
class SpfTree:
    """Lookups over the whole tree, the domains visited, includes that have no record, and those that did not answer."""

    lookups: int = 0
    visited: tuple[str, ...] = ()
    broken: tuple[str, ...] = ()
    unanswered: tuple[str, ...] = ()


async def walk(domain: str, asker: Asker) -> SpfTree:
    """Return the tree below the domain's SPF record, asked level by level."""
    tree, level = SpfTree(), [domain]
    while level and tree.lookups <= ENOUGH:
        answers = await asker.ask_all(Question(name, "TXT") for name in level)
        tree, level = grow(tree, level, answers)
    return tree


def grow(tree: SpfTree, level: Iterable[str], answers: Mapping[Question, Answer]) -> tuple[SpfTree, list[str]]:
    """Return the tree with one more level, and the domains that the level refers to."""
    lookups, visited, broken, unanswered = tree.lookups, list(tree.visited), list(tree.broken), list(tree.unanswered)
    following: list[str] = []
    for name in level:
        answer = answers[Question(name, "TXT")]
        records = [text for text in answer.data if is_spf(text)]
        if name in visited:
            broken.append(f"{name} includes itself")
        elif answer.outcome is Outcome.FAILED:
            unanswered.append(f"{name}: {answer.detail}")
        elif len(records) != 1:
            broken.append(f"{name} has {len(records)} SPF records")
        else:
            lookups += len(lookup_terms(records[0]))
            following += references(records[0])
        visited.append(name)
    return SpfTree(lookups, tuple(visited), tuple(broken), tuple(unanswered)), following


def is_spf(text: str) -> bool:
    """Return whether a TXT record is an SPF record (RFC 7208 section 4.5)."""
    return text.lower().split(" ")[0] == "v=spf1"


def lookup_terms(record: str) -> list[str]:
    """Return the terms of a record that cost a DNS lookup each."""
    return [term for term in record.split()[1:] if _kind(term) in LOOKUP_TERMS]


def references(record: str) -> list[str]:
    """Return the domains that a record includes or redirects to; those made by macros cannot be known."""
    targets = [term.partition("=" if _kind(term) == "redirect" else ":")[2] for term in record.split()[1:]]
    kinds = [_kind(term) for term in record.split()[1:]]
    return [
        target.rstrip(".").lower()
        for kind, target in zip(kinds, targets, strict=True)
        if kind in ("include", "redirect") and "%" not in target
    ]


def _kind(term: str) -> str:
    bare = term.lstrip("+-~?").lower()
    for end, letter in enumerate(bare):
        if letter in ":=/":
            return bare[:end]
    return bare
