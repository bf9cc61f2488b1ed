"""How long the engine's part of a `./launch up` without change takes, beside the bare engine with empty resources.

    .venv/bin/python -m benchmarks.engine_cost

The rehearsal is brought up once, in a folder of its own. The peer is a program that registers as many resources
without any property, by a provider that does nothing, with the same engine, and neither policies nor SDKs of a cloud.
Both run turn by turn; the median of ROUNDS counts. Exits 1 when ours takes more than BOUND times as long.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from cli.prepared_stack import PreparedStack, prepare
from cli.terminal import Terminal
from engine.home import PROJECT, locate
from engine.pulumi import COMMON
from localcloud.base.ports import free_port

ROUNDS = 5
BOUND = 1.5
PROGRAM = """
import pulumi
for number in range({count}):
    pulumi.CustomResource("empty:index:Empty", f"empty-{{number}}", {{}})
"""
SETTINGS = "name: bare\nruntime: {{name: python, options: {{virtualenv: {project}/.venv}}}}\n"


def main() -> int:
    """Print both times and their ratio."""
    with tempfile.TemporaryDirectory(prefix="engine-cost-") as folder, brought_up(Path(folder)) as stage:
        count = sum(stage.pulumi.up().changes.values())
        with bare(Path(folder), stage, count) as peer:
            rounds = [(seconds(lambda: unchanged(stage)), seconds(peer)) for _ in range(ROUNDS)]
    ours, theirs = (statistics.median(each) for each in zip(*rounds, strict=True))
    ratio = statistics.median(own / other for own, other in rounds)
    print(
        f"{count} resources, no change: {ours:.2f} s; the bare engine with as many empty ones {theirs:.2f} s; "
        f"ratio {ratio:.2f} (≤ {BOUND})"
    )
    return int(ratio > BOUND)


@contextmanager
def brought_up(folder: Path) -> Iterator[PreparedStack]:
    """Yield the rehearsal, up and left alone."""
    os.environ["LAUNCH_HOME"] = str(folder / "launch")
    command = [sys.executable, "-m", "cli"]
    try:
        subprocess.run([*command, "up"], cwd=PROJECT, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        yield prepare(locate("local", os.environ), Terminal(json=False))
    finally:
        subprocess.run([*command, "down"], cwd=PROJECT, check=True, stdout=subprocess.DEVNULL)


def unchanged(stage: PreparedStack) -> None:
    """Run the engine as `./launch up` does."""
    assert not stage.pulumi.up().changed


@contextmanager
def bare(folder: Path, stage: PreparedStack, count: int) -> Iterator[Callable[[], None]]:
    """Yield what runs the peer, whose resources are made by then."""
    port, project = free_port(), folder / "bare"
    (project / "state").mkdir(parents=True)
    (project / "__main__.py").write_text(PROGRAM.format(count=count - 1))  # the stack itself counts too
    (project / "Pulumi.yaml").write_text(SETTINGS.format(project=PROJECT))
    environ = {
        **stage.pulumi.environ,
        "PULUMI_BACKEND_URL": f"file://{project / 'state'}?metadata=skip",
        "PULUMI_DEBUG_PROVIDERS": f"empty:{port}",
    }
    provider = [sys.executable, "-m", "benchmarks.empty_provider", str(port)]
    with subprocess.Popen(provider, cwd=PROJECT, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout
        assert server.stdout.readline() == "ready\n"
        try:
            pulumi(project, environ, stage, "stack", "select", "bare", "--create")
            peer = ("up", "--json", "--yes", "--skip-preview", "--stack", "bare")
            pulumi(project, environ, stage, *peer)
            yield lambda: pulumi(project, environ, stage, *peer)
        finally:
            server.terminate()


def pulumi(project: Path, environ: Mapping[str, str], stage: PreparedStack, *arguments: str) -> None:
    """Run the engine in a folder."""
    command = [str(stage.pulumi.engine.command), *arguments, *COMMON]
    subprocess.run(command, cwd=project, env=environ, check=True, capture_output=True)


def seconds(run: Callable[[], object]) -> float:
    """Return how long something takes."""
    began = time.perf_counter()
    run()
    return time.perf_counter() - began


if __name__ == "__main__":
    sys.exit(main())
