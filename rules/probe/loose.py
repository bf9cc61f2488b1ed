"""What more a document may hold than a rule expects: unknown fields, and very much data."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from rules.probe.answers import Proof
from rules.request import NoDocuments
from rules.ruleset import Ruleset

LARGE = 900_000
"""Bytes of a document that is close to Firestore's limit of 1 MiB."""

Change = Callable[[dict[str, Any]], Iterator[dict[str, Any]]]


class _Stored(NoDocuments):
    def __init__(self, proof: Proof) -> None:
        self._proof = proof

    def get(self, path: tuple[str, ...]) -> Any:
        return self._proof.stored.get(path)

    def get_after(self, path: tuple[str, ...]) -> Any:
        return self._proof.request.data if path == self._proof.request.path else self._proof.stored.get(path)


def unexpected(data: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The document with one more field."""
    yield {**data, "unexpected": True}


def large(data: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The document with one of its texts, lists or maps filled, or one more field."""
    text = "x" * LARGE
    for key, value in data.items():
        if isinstance(value, str):
            yield {**data, key: text}
        elif isinstance(value, list):
            yield {**data, key: [*value, text]}
        elif isinstance(value, dict):
            yield {**data, key: {**value, "padding": text}}
    yield {**data, "padding": text}


def first(ruleset: Ruleset, proof: Proof, change: Change) -> Proof | None:
    """The first changed document that the rules allow as well, or None."""
    for data in change(dict(proof.request.data or {})):
        request = replace(proof.request, data=data)
        verdict = ruleset.evaluate(request, _Stored(Proof(0, request, proof.stored)))
        if verdict.allowed:
            return Proof(verdict.line, request, proof.stored)
    return None
