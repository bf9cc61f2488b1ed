"""Writes the app's sentences: `python -m tools.words > clients/flutter/lib/src/words.dart`."""

from __future__ import annotations

import json
import sys

from handlers.words import SENTENCES, STATES

HEAD = """// Made from handlers/words.py by `python -m tools.words`; do not edit.

/// What the user reads while nobody has answered yet; also without a network.
const String sentSentence = 'It is on its way. We will try until there is a network.';

/// Every code that a status or an answer can have, with the sentence for the user.
const Map<String, String> sentences = {
"""
MIDDLE = """};

/// The codes that a status can have, with the state that each means.
const Map<String, String> states = {
"""


def text() -> str:
    """Return the Dart source."""
    sentences = "".join(f"  {_quoted(code)}: {_quoted(sentence)},\n" for code, sentence in SENTENCES.items())
    states = "".join(f"  {_quoted(code)}: {_quoted(state)},\n" for code, state in STATES.items())
    return f"{HEAD}{sentences}{MIDDLE}{states}}};\n"


def _quoted(words: str) -> str:
    """Return a Dart text. JSON's escapes are Dart's too, but for `$`, which Dart would fill in."""
    inside = json.dumps(str(words), ensure_ascii=False)[1:-1]
    return "'" + inside.replace('\\"', '"').replace("'", "\\'").replace("$", "\\$") + "'"


if __name__ == "__main__":
    sys.stdout.write(text())
