"""How many requests the rules interpreter decides in a second, on one core.

    python -m benchmarks.rules_rate [--seconds 2]

Five requests of the toolkit's own rules, from the cheapest to the dearest, and how long the file takes to compile.
"""

import argparse
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import rules
from rules import Auth, Query, Request, Where, document
from rules.values.kinds import Timestamp

NOW = Timestamp(1_800_000_000 * 10**9)
TEXT = (Path(__file__).parents[1] / "firestore" / "firestore.rules").read_text()
ALICE = Auth("alice", {"email": "alice@example.com", "email_verified": True})
INTENT = {"kind": "signup_completed", "data": {}, "email": "alice@example.com", "createdAt": NOW}
REQUESTS = {
    "get of an own document": Request("get", document("users/alice"), ALICE, NOW),
    "get of another's document, denied": Request("get", document("users/bob"), ALICE, NOW),
    "create with a checked document": Request("create", document("users/alice/intents/i-1"), ALICE, NOW, INTENT),
    "get that looks another document up": Request("get", document("tickets/t/history/1"), ALICE, NOW),
    "query": Request("list", document("tickets"), ALICE, NOW, query=Query(Where(("userId",), "==", "alice"))),
}


class Tickets:
    def get(self, path: tuple[str, ...]) -> dict[str, Any] | None:
        return {"userId": "alice"} if path[-2] == "tickets" else None

    get_after = get


def rate(call: Callable[[], Any], seconds: float) -> float:
    """Calls a second of processor time, the best of three runs."""
    best = 0.0
    for _ in range(3):
        count, start = 0, time.process_time()
        while time.process_time() - start < seconds / 3:
            for _ in range(100):
                call()
            count += 100
        best = max(best, count / (time.process_time() - start))
    return best


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=2.0, help="how long each request is repeated")
    seconds = parser.parse_args().seconds
    ruleset, documents = rules.compile(TEXT), Tickets()
    for name, request in REQUESTS.items():
        print(f"{rate(partial(ruleset.evaluate, request, documents), seconds):>9,.0f}/s  {name}")
    start = time.process_time()
    for _ in range(20):
        rules.compile(TEXT)
    print(f"{(time.process_time() - start) / 20 * 1000:>8.1f} ms  to compile {len(TEXT.splitlines())} lines")


if __name__ == "__main__":
    main()
