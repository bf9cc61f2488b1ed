"""How fast the DNS and mail part of a verification is, beside checkdmarc on the same zone by the same slow server.

    .venv/bin/python -m benchmarks.verify_speed

checkdmarc goes into an environment of its own below .launch/, made at the first run. Both are timed in processes that
have everything imported, and checkdmarc in a new process each time, for it keeps answers. The median of ROUNDS counts.
Exits 1 when a bound is broken.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from localcloud.base.ports import LOOPBACK, free_port
from verify import run as verification
from verify.reach import Address, Reach
from verify.scene import Subject

HERE = Path(__file__).parent
ZONE = HERE / "acme.zone"
DOMAIN, SELECTORS = "acme.test", ("google", "resend")
DEPTH = 3  # questions that wait for each other: the domain's SPF record, Google's, Google's netblocks
DELAYS = (20, 100)  # milliseconds that the server adds to every answer
SPARE = 0.1  # seconds beside the waiting
ROUNDS = 5
FASTER = 10  # times, than checkdmarc
PEER = """
import sys, time
import checkdmarc, dns.resolver
resolver = dns.resolver.Resolver(configure=False)
resolver.nameservers, resolver.port = ["127.0.0.1"], int(sys.argv[1])
began = time.perf_counter()
found = checkdmarc.check_domains([sys.argv[2]], resolver=resolver)
print(time.perf_counter() - began)
assert found["spf"]["valid"] and found["dmarc"]["valid"], found
"""


@dataclass(frozen=True)
class Slow:
    """A running server: where it listens, and the file in which it notes each question."""

    address: Address
    log: Path

    def heard(self) -> list[str]:
        """Return the questions since the last call."""
        lines = self.log.read_text().splitlines()
        self.log.write_text("")
        return lines


@contextmanager
def slow_server(delay: int, text: str, folder: Path) -> Iterator[Slow]:
    """Serve a zone's text, every answer `delay` milliseconds late, by a process of its own."""
    slow = Slow((LOOPBACK, free_port()), folder / f"questions-{delay}")
    command = [sys.executable, "-m", "benchmarks.slow_dns", str(slow.address[1]), str(delay), str(slow.log)]
    with subprocess.Popen(command, cwd=HERE.parent, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdin
        assert server.stdout
        server.stdin.write(text)
        server.stdin.close()
        assert server.stdout.readline() == "ready\n"
        try:
            yield slow
        finally:
            server.terminate()


def ours(slow: Slow) -> float:
    """Return the seconds that a verification of delegation, records and mail takes."""
    addresses = {(f"ns{number}.{DOMAIN}", 53): slow.address for number in (1, 2)}
    reach = Reach((slow.address,), addresses=addresses)
    began = time.perf_counter()
    report = verification.run(
        Subject(DOMAIN, None, SELECTORS), reach, datetime.now(UTC), ("delegation", "records", "mail")
    )
    took = time.perf_counter() - began
    broken = [finding for finding in verification.findings(report) if finding.status == "fail"]
    assert not broken, broken
    return took


def theirs(python: Path, slow: Slow) -> float:
    """Return the seconds that checkdmarc takes for the same domain, without its imports."""
    command = [str(python), "-c", PEER, str(slow.address[1]), DOMAIN]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return float(done.stdout)


def peer() -> Path:
    """Return the Python that has checkdmarc, made when it is not there."""
    folder = HERE.parent / ".launch" / "benchmarks" / "checkdmarc-6.0.4"
    python = folder / "bin" / "python"
    if not (folder / "complete").exists():
        venv.create(folder, with_pip=True, clear=True)
        command = [
            str(python),
            "-m",
            "pip",
            "install",
            "--quiet",
            "--require-hashes",
            "-r",
            str(HERE / "requirements.txt"),
        ]
        subprocess.run(command, check=True)
        (folder / "complete").touch()
    return python


def main() -> int:
    """Print a line a delay; return 1 when one is too slow, asks twice or is less than FASTER times as fast."""
    python, good = peer(), True
    with tempfile.TemporaryDirectory() as folder:
        for delay in DELAYS:
            with slow_server(delay, ZONE.read_text(), Path(folder)) as slow:
                mine, questions, peers, asked = [], [], [], []
                for _ in range(ROUNDS):
                    mine.append(ours(slow))
                    questions = slow.heard()
                    peers.append(theirs(python, slow))
                    asked = slow.heard()
            took, peers_took = statistics.median(mine), statistics.median(peers)
            bound = (DEPTH + 1) * delay / 1000 + SPARE
            twice = len(questions) - len(set(questions))
            ratio = peers_took / took
            good = good and took <= bound and not twice and ratio >= FASTER
            print(
                f"{delay} ms an answer: {took:.3f} s (bound {bound:.2f} s), {len(questions)} questions, {twice} twice; "
                f"checkdmarc {peers_took:.3f} s, {len(asked)} questions; ratio {ratio:.1f}"
            )
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
