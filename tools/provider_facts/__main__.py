"""`python -m tools.provider_facts FILE`: print where a newer list of facts differs from the rehearsal's tables.

FILE is JSON: `source` (the provider's name and version) and `types`, by Pulumi token, each with its properties as the
Terraform provider spells them: `required`, `optional`, `computed`, `force_new`, `default`, `enum`, `range`,
`max_items`, `min_items`, `set`, `required_with`, and `fields` within. Exits 1 when something differs. With `--write`
the tables are written from the file instead, to be read in a diff before they are committed.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from localcloud.providers import introspect
from localcloud.providers.facts import FOLDER
from tools.provider_facts.comparing import differences
from tools.provider_facts.reading import ours


def main(arguments: list[str]) -> int:
    """Compare or write, and return the exit code: 0 the same or written, 1 differences, 2 a file of another form."""
    parser = argparse.ArgumentParser(prog="python -m tools.provider_facts", description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--write", action="store_true", help="write the tables from the file")
    given = parser.parse_args(arguments)
    try:
        told = json.loads(given.file.read_text())
        theirs = {token: ours(one, introspect.schema(token)) for token, one in sorted(told["types"].items())}
        table = FOLDER / f"{next(iter(theirs)).partition(':')[0]}.json"
    except (OSError, ValueError, KeyError, TypeError, AttributeError, LookupError, StopIteration) as error:
        print(f"{given.file} does not hold facts of provider schemas: {error!r}. See --help for its form.")
        return 2
    if given.write:
        table.write_text(_written(told["source"], theirs))
        return 0
    return _compared(json.loads(table.read_text())["types"], theirs)


def _compared(table: Mapping[str, Any], theirs: Mapping[str, Any]) -> int:
    lines = [f"{token} {line}" for token in theirs for line in differences(table.get(token, {}), theirs[token])]
    lines += [f"{token} is in our table, and not in the file" for token in sorted({*table} - {*theirs})]
    print("\n".join(lines) or "No differences.")
    return 1 if lines else 0


def _written(source: str, types: Mapping[str, Any]) -> str:
    """Return the table with one property a line, so that a diff of it can be read."""
    rows = []
    for token, one in types.items():
        properties = ",\n".join(f"{json.dumps(name)}:{_compact(told)}" for name, told in one.items())
        rows.append(f"{json.dumps(token)}:{{\n{properties}}}")
    return f'{{"source":{json.dumps(source)},"types":{{\n' + ",\n".join(rows) + "}}\n"


def _compact(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
