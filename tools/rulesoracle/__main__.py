"""The command line of the comparison: exit 0 where all verdicts agree or ours is the stricter on a query, else 1."""

import argparse
import sys
from typing import Any

from tools.rulesoracle.compare import Difference, Result, compare
from tools.rulesoracle.corpus import changed, differences
from tools.rulesoracle.emulator import running
from tools.rulesoracle.expressions import FIELDS


def _show(result: Result) -> int:
    wrong = [one for one in result.differences if one.verdict]
    print(f"{result.triples} triples: {dict(result.verdicts)}, {dict(result.methods)}")
    rare = {form: count for form, count in result.forms.items() if count < 50}
    print(f"{len(result.forms)} forms of expressions, asked fewer than 50 times: {rare or 'none'}")
    refuted = [one for one in result.differences if one.refuted_by is not None]
    stricter = [one for one in wrong if one.stricter]
    print(
        f"{len(wrong)} differ in the verdict ({len(stricter)} of them queries on which ours is stricter), "
        f"{len(result.differences) - len(wrong) - len(refuted)} in its reason"
    )
    print(f"{len(refuted)} queries that the other engine allows may return a document that the rules deny, such as:")
    for one in refuted[:5]:
        print(f"  {one.condition}\n    {_request(one)}\n    returns {one.refuted_by}")
    for one in [
        *wrong[:20],
        *[other for other in result.differences if not other.verdict and other.refuted_by is None][:20],
    ]:
        print(f"\n  {one.condition}\n  {_request(one)}\n  ours {one.ours} ({one.why}), theirs {one.theirs}")
    return 1 if len(wrong) > len(stricter) else 0


def _request(one: Difference) -> str:
    named = {name for names in FIELDS.values() for name in names if f".{name})" in f"{one.condition})"}
    parts = [
        f"{label} {_only(data, named)}" for label, data in (("stored", one.asked.stored), ("data", one.asked.data))
    ]
    return f"{one.asked.method} where {one.asked.where}, {', '.join(parts)}, claims {one.asked.claims is not None}"


def _only(data: dict[str, Any] | None, names: set[str]) -> Any:
    return data and {name: value for name, value in data.items() if name in names}


def main() -> int:
    """Compare, and say what was found."""
    parser = argparse.ArgumentParser(prog="python -m tools.rulesoracle", description=__doc__)
    parser.add_argument("--engine", required=True, help="the program to compare with")
    parser.add_argument("--triples", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--depth", type=int, default=3, help="how deep conditions nest")
    given = parser.parse_args()
    with running(given.engine) as emulator:
        code = _show(compare(emulator, given.triples, given.seed, given.depth))
        moved = changed(emulator)
    print(f"{len(differences())} kept differences, of which the engine now says otherwise: {moved or 'none'}")
    return 1 if moved else code


if __name__ == "__main__":
    sys.exit(main())
