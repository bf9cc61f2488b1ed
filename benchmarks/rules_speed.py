"""Our security rules and our Firestore beside hidane, a Firestore emulator in Rust, in one run.

    python -m benchmarks.rules_speed HIDANE [--operations 600] [--rounds 3]

Three things: requests that the interpreter decides in a second; the wall time of a suite of rules tests, ours in the
test's process, hidane's by HTTP with its start included, as each is used; writes, reads and queries a second of the
official client on four threads, past the rules, and without a bound intents that a user creates through the toolkit's
own rules. Exits 1 when the suite is slower than hidane's, or an operation below 0.7 of its rate.
"""

import argparse
import itertools
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from statistics import median
from unittest import mock

import grpc
from google.cloud import firestore
from google.cloud.firestore_v1.base_query import FieldFilter
from google.cloud.firestore_v1.services.firestore import FirestoreClient
from google.cloud.firestore_v1.services.firestore.transports import FirestoreGrpcTransport

import rules
from benchmarks.rules_rate import INTENT, REQUESTS, TEXT, Tickets, rate
from localcloud.base import ports
from localcloud.base.world import World
from rules.testing import Database
from tools.rulesoracle.emulator import Emulator, running
from tools.rulesoracle.encoding import token

SUITE, OPERATION = 1.0, 0.7  # the least ratios
THREADS = 4
CASES = 200  # questions of the suite, a quarter of them writes
WITHOUT_BOUND = "ruled writes"  # 90 expressions for each, counted for the coverage that both engines keep
RULED = "demo-ruled"  # the project that has rules
CLAIMS = {"sub": "alice", "email": "alice@example.com", "email_verified": True}
Operation = Callable[[int, int], object]  # given the thread's number and the operation's


def operations_of(address: str) -> dict[str, Operation]:
    """What is measured, done by an official client of an engine."""
    client = client_of(address)
    return {
        "writes": lambda thread, n: client.document(f"c{thread}/d{n % 50}").set({"n": n, "text": "x" * 100}),
        "reads": lambda thread, n: client.document(f"c{thread}/d{n % 50}").get(),
        "queries": lambda thread, _n: list(
            client.collection(f"c{thread}").where(filter=FieldFilter("n", "<", 1_000_000)).limit(10).stream()
        ),
        WITHOUT_BOUND: ruled_writes(address),
    }


def ruled_writes(address: str) -> Operation:
    """Return what creates an intent as a user, after loading the toolkit's rules."""
    Emulator(int(address.rpartition(":")[2])).load(TEXT, RULED)
    client = FirestoreClient(transport=FirestoreGrpcTransport(channel=grpc.insecure_channel(address)))
    metadata = [("authorization", f"Bearer {token(CLAIMS)}")]
    database = f"projects/{RULED}/databases/(default)"
    email = {"string_value": CLAIMS["email"]}
    fields = {"kind": {"string_value": "signup_completed"}, "data": {"map_value": {}}, "email": email}
    stamped = [{"field_path": "createdAt", "set_to_server_value": "REQUEST_TIME"}]
    numbers = itertools.count()

    def write(_thread: int, _n: int) -> None:
        name = f"{database}/documents/users/alice/intents/i{next(numbers)}"
        document = {"name": name, "fields": fields}
        new = {"update": document, "update_transforms": stamped, "current_document": {"exists": False}}
        client.commit({"database": database, "writes": [new]}, metadata=metadata)

    return write


@contextmanager
def ours() -> Iterator[str]:
    """Run our Firestore as a process of its own, and yield its address."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        World(home / "world.db").close()
        address = ports.allocate(home).address("firestore")
        command = [sys.executable, "-m", "localcloud.firestore", "--home", folder]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL) as server:
            grpc.channel_ready_future(grpc.insecure_channel(address)).result(60)
            try:
                yield address
            finally:
                server.terminate()


def client_of(address: str) -> firestore.Client:
    """An official client of an emulator, which comes as the owner."""
    with mock.patch.dict(os.environ, {"FIRESTORE_EMULATOR_HOST": address}):
        return firestore.Client(project="demo-speed")


def per_second(operation: Operation, count: int) -> float:
    """How often a second the threads together do an operation."""

    def work(thread: int) -> None:
        for n in range(count // THREADS):
            operation(thread, n)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(THREADS)]
    start = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return count / (time.perf_counter() - start)


def operations(hidane: str, count: int, rounds: int) -> dict[str, float]:
    """Show both rates of each operation, and return the median of the rounds' ratios."""
    ratios: dict[str, list[float]] = {}
    with ours() as address, running(hidane) as other:
        ours_of, theirs_of = operations_of(address), operations_of(other.address)
        for operation in (*ours_of.values(), *theirs_of.values()):
            operation(0, 0)  # here, where a refusal ends the run
            per_second(operation, 4 * THREADS)
        for _ in range(rounds):
            for name, operation in ours_of.items():
                mine, theirs = per_second(operation, count), per_second(theirs_of[name], count)
                ratios.setdefault(name, []).append(mine / theirs)
                print(f"{mine:>9,.0f}/s  {name}, hidane {theirs:,.0f}/s")
    return {name: median(found) for name, found in ratios.items()}


def suite_ours() -> float:
    """Seconds of the suite in this process, the rules' compilation included."""
    start = time.perf_counter()
    alice = Database(rules.compile(TEXT), {"users/alice": {"plan": "free"}}).user("alice", email_verified=True)
    for number in range(CASES):
        asked = alice.create(f"users/alice/intents/i{number}", INTENT) if number % 4 == 0 else alice.get("users/alice")
        assert number % 4 == 0 or asked
        assert not alice.get("users/bob")
    return time.perf_counter() - start


def suite_theirs(hidane: str) -> float:
    """Seconds of the same questions to hidane, its start included."""
    start = time.perf_counter()
    with running(hidane) as engine:
        return _asked(engine, start)


def _asked(engine: Emulator, start: float) -> float:
    claims = {"sub": "alice", "email_verified": True}
    engine.load(TEXT)
    engine.seed({"users/alice": {"plan": "free"}})
    for number in range(CASES):
        if number % 4 == 0:
            engine.write(f"users/alice/intents/i{number}", {"kind": "signup_completed"}, exists=False, claims=claims)
        else:
            assert engine.get("users/alice", claims) == "allow"
        assert engine.get("users/bob", claims) != "allow"
    return time.perf_counter() - start


def main() -> int:
    """Measure, show, and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("hidane", help="the program, a release build")
    parser.add_argument("--operations", type=int, default=600, help="of each kind and round")
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    ruleset = rules.compile(TEXT)
    for name, request in REQUESTS.items():
        print(f"{rate(partial(ruleset.evaluate, request, Tickets()), 0.5):>9,.0f}/s  {name}")
    suites = [(suite_ours(), suite_theirs(given.hidane)) for _ in range(given.rounds)]
    mine, theirs = median(one for one, _ in suites), median(other for _, other in suites)
    print(f"{mine:>9.3f} s  the suite of {2 * CASES} questions, hidane {theirs:.3f} s")
    found = {"suite": median(other / one for one, other in suites)}
    found |= operations(given.hidane, given.operations, given.rounds)
    print(f"{WITHOUT_BOUND}: {found.pop(WITHOUT_BOUND):.2f} × hidane, no bound")
    bounds = {name: SUITE if name == "suite" else OPERATION for name in found}
    for name, ratio in found.items():
        print(f"{name}: {ratio:.2f} × hidane, bound {bounds[name]}: {'kept' if ratio >= bounds[name] else 'BROKEN'}")
    return 0 if all(found[name] >= bound for name, bound in bounds.items()) else 1


if __name__ == "__main__":
    sys.exit(main())
