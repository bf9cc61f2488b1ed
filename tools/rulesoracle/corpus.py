"""The kept differences between the engines, asked again of a foreign engine: it may have changed its mind."""

import json
from pathlib import Path
from typing import Any

from rules import Where
from tools.rulesoracle.emulator import Emulator
from tools.rulesoracle.triples import Asked

HEAD = "rules_version = '2';\nservice cloud.firestore {\n  match /databases/{database}/documents {\n"
FILE = Path(__file__).parents[2] / "tests" / "rules" / "corpus" / "differences.json"


def differences() -> list[dict[str, Any]]:
    """Every kept difference."""
    kept = json.loads(FILE.read_text())["differences"]
    return [dict(one) for one in kept]


def rules_of(one: dict[str, Any]) -> str:
    """The rules that ask its condition of everything in `things`."""
    return f"{HEAD}    match /things/{{id}} {{ allow read: if {one['condition']}; }}\n  }}\n}}\n"


def question(one: dict[str, Any]) -> Asked:
    """Its request: a list where it says so or has `where` (null: without a filter), else a get."""
    if one.get("method") == "list":
        return Asked("list", "things", {}, None, None)
    if "where" not in one:
        return Asked("get", "things", {}, None, None)
    given = one["where"]
    where = None if given is None else Where((given[0],), given[1], given[2])
    return Asked("list", "things", one["denied_document"], None, None, where)


def changed(emulator: Emulator) -> list[str]:
    """The conditions on which the foreign engine does not say any more what was kept."""
    found = []
    for one in differences():
        emulator.load(rules_of(one))
        ask = question(one)
        said = (
            emulator.list("things", ask.filter(), None, None) if ask.method == "list" else emulator.get(ask.path, None)
        )
        if ("allow" if said == "allow" else "deny") != one["theirs"]:
            found.append(f"{one['condition']}: {said}")
    return found
