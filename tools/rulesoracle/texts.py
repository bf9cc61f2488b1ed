"""Broken rules files: a good one with pieces cut, doubled or replaced, or words in any order."""

from random import Random

_SYMBOLS = "{ } ( ) [ ] ; : , . = == ! && || + - * / % ? < > $ $( ** // /* */ \\ # é 😀 ' \" _"
_WORDS = "rules_version service match allow if function return let true false null in is read write request resource"
_PARTS = "'a' '2' \"b\" b'x' 1 1.5 /a /{b} /{c=**} .data get exists cloud.firestore /databases/{database}/documents"
_SMALL = """rules_version = '2';
service cloud.firestore {{
  match /databases/{{database}}/documents {{
    function told(one, other) {{ let both = [one, other]; return both.size() == 2 && one != other; }}
    match /things/{{id}} {{ allow read, write: if told(id, database) && ({condition}); }}
  }}
}}
"""
WORDS = (*_SYMBOLS.split(), *_WORDS.split(), *_PARTS.split(), "\n")


def ruled(condition: str) -> str:
    """A short rules file in which one collection is open on a condition."""
    return _SMALL.format(condition=condition)


def mutated(random: Random, text: str) -> str:
    """A broken text; now and then it still compiles."""
    if random.random() < 0.2:
        return " ".join(random.choices(WORDS, k=random.randint(1, 60)))
    for _ in range(random.randint(1, 5)):
        start = random.randrange(len(text) + 1)
        end = min(len(text), start + random.choice([0, 1, 1, 5, 40]))
        piece = random.choice(["", random.choice(WORDS), text[start:end] * 2, chr(random.randrange(0x250))])
        text = text[:start] + piece + text[end:]
    return text
