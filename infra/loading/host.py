"""Hosts the program for the engine, with its modules loaded while the command and the engine themselves start.

Left to itself the engine starts the language's host, which lists every package of the environment by `pip`, and only
then has Python load the program: more than a second, alone on two processors, for what is known before. So the
rehearsal starts this process beside the command and names it to the engine by `--client`, as Pulumi's Automation API
does. When the engine says so, it runs the very script that Pulumi's host runs, with the same arguments and
configuration.

    python -m infra.loading.host PROGRAM POLICIES

These are the modules that the program imports and that serves the policies. As soon as the host can be asked it prints
three ports, so that the engine starts while the rest loads: its own, that of the server of dynamic resources
(dynamic.py), and that of the policies (policies/). One line of JSON is read from standard input, the order: `script` is
the engine's pulumi-language-python-exec, `environ` the environment of the run. It runs the program once, and ends when
its standard input does: with whoever started it. A plain `pulumi up`, and every stack but the rehearsal's, goes the
usual way. Source of the protocol: `proto/pulumi/language.proto` of pulumi/pulumi.
"""

from __future__ import annotations

import importlib
import json
import os
import runpy
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from queue import SimpleQueue
from threading import Thread
from typing import Any

import grpc

from infra.loading import collector, dynamic, policies
from infra.loading.exit_code import USER_WAS_TOLD
from infra.loading.forked import Fork, forked

SERVICE = "pulumirpc.LanguageRuntime"
LOOPBACK = "127.0.0.1"
TRACE = "_get_stack_trace"  # of pulumi.runtime.resource
# What the engine asks before it runs the program. Nothing is to be installed: the rehearsal attaches its providers.
ANSWERED_WITH_NOTHING = ("GetRequiredPackages", "GetRequiredPlugins", "GetPluginInfo")

Runs = SimpleQueue[tuple[bytes, "Future[bytes]"]]


def serve(program: str, pack: str) -> None:
    """Load the module `program`, take the order, run it once for the engine, and stay until we are ended."""
    _load(lambda: importlib.import_module("pulumi.dynamic"))
    forks = [forked(dynamic.serve), forked(partial(policies.serve, pack))]  # as long as there is one thread
    runs: Runs = SimpleQueue()
    server = grpc.server(ThreadPoolExecutor(2))
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(SERVICE, _methods(runs)),))
    port = server.add_insecure_port(f"{LOOPBACK}:0")
    server.start()
    print(port, *(fork.port() for fork in forks), flush=True)  # noqa: T201 - whoever started us reads it
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what the program prints belongs into the log
    ordered: Future[dict[str, Any]] = Future()
    Thread(target=_follow_input, args=(ordered, forks), daemon=True).start()
    _load(lambda: importlib.import_module(program))
    _load(lambda: importlib.import_module("infra.loading.sdk").load())
    order = ordered.result()
    os.environ.clear()
    os.environ.update(order["environ"])
    request, answer = runs.get()
    answer.set_result(_run(order["script"], request))
    server.wait_for_termination()  # the answer has to reach the engine


def _follow_input(ordered: Future[dict[str, Any]], forks: Sequence[Fork]) -> None:
    """Pass the order on, and end with whoever started us."""
    if line := sys.stdin.buffer.readline():
        order = json.loads(line)
        for fork in forks:
            fork.tell(order["environ"])
        ordered.set_result(order)
        sys.stdin.buffer.read()
    os._exit(0)


def _load(part: Callable[[], object]) -> None:
    with suppress(Exception):  # the program will say it, where the engine can hear it
        part()


def _methods(runs: Runs) -> dict[str, Any]:
    def run(request: bytes, _context: Any) -> bytes:
        answer: Future[bytes] = Future()
        runs.put((request, answer))
        return answer.result()

    answers = {"Run": run, **dict.fromkeys(ANSWERED_WITH_NOTHING, lambda *_: b"")}
    return {name: grpc.unary_unary_rpc_method_handler(answer) for name, answer in answers.items()}


def _run(script: str, message: bytes) -> bytes:
    """Run the program as Pulumi's host for Python does, and return its answer for the script's exit code."""
    from pulumi.runtime.proto import language_pb2

    request = language_pb2.RunRequest.FromString(message)
    os.environ["PULUMI_CONFIG"] = json.dumps(dict(request.config))
    os.environ["PULUMI_CONFIG_SECRET_KEYS"] = json.dumps(list(request.configSecretKeys))
    sys.argv = [script, *_arguments(request)]
    _leave_out_stack_traces()
    try:
        runpy.run_path(script, run_name="__main__")
        code = 0
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else int(bool(ended.code))
    error = f"Program exited with non-zero exit code: {code}" if code not in (0, USER_WAS_TOLD) else ""
    answer: bytes = language_pb2.RunResponse(error=error, bail=code == USER_WAS_TOLD).SerializeToString()
    return answer


def _leave_out_stack_traces() -> None:
    """Have the SDK not tell with each resource where in the program it was made: the call stack, 17 frames deep.

    Nothing here looks at them, but the engine keeps them: two fifths of a state that is read and written in each run.
    """
    from pulumi.runtime import resource
    from pulumi.runtime.proto import source_pb2

    if hasattr(resource, TRACE):
        setattr(resource, TRACE, source_pb2.StackTrace)


def _arguments(request: Any) -> list[str]:
    given = {
        "--monitor": request.monitor_address,
        "--engine": request.args[0],
        "--project": request.project,
        "--root_directory": request.info.root_directory,
        "--stack": request.stack,
        "--pwd": request.pwd,
        "--dry_run": str(request.dryRun).lower(),
        "--parallel": str(request.parallel),
        "--organization": request.organization,
    }
    return [*(word for pair in given.items() for word in pair), request.info.entry_point]


if __name__ == "__main__":
    collector.look_rarely()  # it took a tenth of the time
    serve(*sys.argv[1:])
