"""Runs the Pulumi engine on one stack, as a process of its own that is told about an interrupt and awaited."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any

import psutil

from engine import host, state_file
from engine.engine_events import Diagnostic, Event, Step, Summary, parse
from engine.errors import FAILED, LaunchError
from engine.home import LOCAL, PROGRAMMED, Home
from engine.locate import Engine
from engine.problems import Problem, problems
from infra.cloudbuild import GIVEN_UP
from localcloud.base.supervisor import processes

LOG = "engine"
COMMON = ("--non-interactive", "--color", "never")
STREAMED = {"PULUMI_ENABLE_STREAMING_JSON_PREVIEW": "true"}  # else `preview --json` stays silent until its end
COMPILED = {"PYTHONDONTWRITEBYTECODE": ""}  # Python starts four times a run: what it compiles is kept
LOOK = 0.2  # seconds between two looks at whether the engine still runs
CHUNK = 1 << 16  # bytes read at once
NOT_LOGGED_IN = "PULUMI_ACCESS_TOKEN must be set for login"  # how the engine says that it has no backend
NO_BUCKET = ("bucket doesn't exist", "CryptoKey", "KeyRing")  # that the backend, or the key of its secrets, is missing
NO_CREDENTIALS = "missing google credentials"
STOPPING = "Stopping: the engine first finishes what it has begun. Ctrl-C again ends it at once."
INTERRUPT_PATIENCE = 60.0  # seconds an interrupted engine may take to finish what it has begun

Listen = Callable[[Event], None]


class EngineError(LaunchError):
    """The engine refused or failed; `problems` are its reasons, one for each resource."""

    def __init__(self, operation: str, found: tuple[Problem, ...], log: Path) -> None:
        self.problems = found
        super().__init__(
            f"pulumi {operation} failed.",
            "\n".join(f"  ✗ {str(problem).replace(chr(10), chr(10) + '    ')}" for problem in found),
            f"Fix this and run the command again. Everything the engine said is in {log}",
            FAILED,
        )


@dataclass(frozen=True)
class Pulumi:
    """The engine on one stack. `environ` is its whole environment; `listen` is given every event."""

    home: Home
    engine: Engine
    environ: Mapping[str, str]
    listen: Listen

    def up(self, *options: str) -> Summary:
        """Make the clouds as the program says; raises EngineError."""
        return self._operate("up", "--yes", "--skip-preview", *options)

    def preview(self, *options: str) -> Summary:
        """Say what `up` would change; raises EngineError, also with `--expect-no-changes` when something would."""
        return self._operate("preview", *options)

    def refresh(self, *options: str) -> Summary:
        """Take into the state what the clouds really hold; raises EngineError."""
        return self._operate("refresh", "--yes", "--skip-preview", *options)

    def destroy(self, *options: str) -> Summary:
        """Remove what the stack made; raises EngineError."""
        return self._operate("destroy", "--yes", "--skip-preview", *options)

    def init(self, *options: str) -> None:
        """Create the stack, with `options`, when there is none, and select it for a plain `pulumi`.

        Raises EngineError, and LaunchError where there is no place for its state, or no way in.
        """
        if self.home.is_local:
            if state_file.exists(self.home) and state_file.is_selected(self.home, self.environ):
                return
            self.home.state.mkdir(parents=True, exist_ok=True)
        try:
            self._ask("stack", "select", self.home.stack, "--create", *options)
        except EngineError as error:
            known = self.without_state(error.why)
            if known is None:
                raise
            raise known from error

    def without_state(self, said: str) -> LaunchError | None:
        """Return what the engine said in the words of a person's next step, None when it is something else."""
        stack = self.home.stack
        if NOT_LOGGED_IN in said:
            return LaunchError(
                f"Pulumi does not know yet where to keep the state of stack {stack}.",
                "The state says what exists in your accounts; the next person to launch needs the same one.",
                f"Name a bucket under state in Pulumi.{stack}.yaml and run ./launch init --stack {stack}, which makes "
                f"it; or log in to Pulumi's service by `pulumi login`. The engine lies in {self.engine.folder}",
            )
        if any(words in said for words in NO_BUCKET):
            cure = f"Run ./launch init --stack {stack}: it makes what is missing, and changes nothing that is there."
            return LaunchError(f"What keeps the state of stack {stack} is not there.", said, cure)
        if NO_CREDENTIALS in said:
            cure = "Log in: gcloud auth application-default login. Then run the command again."
            return LaunchError("Google Cloud does not know who you are.", said, cure)
        return None

    def cancel(self) -> None:
        """Take away the lock that a killed engine left; raises EngineError."""
        self._ask("cancel", self.home.stack, "--yes")

    def outputs(self) -> dict[str, Any]:
        """Return the stack's outputs, secrets blinded; raises EngineError when there is no such stack."""
        found = state_file.outputs(self.home) if self.home.is_local else None
        if found is None:
            found = dict[str, Any](json.loads(self._ask("stack", "output", "--json", *self._stack)))
        return found

    def export(self) -> dict[str, Any]:
        """Return the stack's state as the engine exports it; raises EngineError."""
        found: dict[str, Any] = json.loads(self._ask("stack", "export", *self._stack))
        return found

    def deployment(self) -> Mapping[str, Any]:
        """Return what the state holds, from its file where that can be read; raises EngineError."""
        kept = state_file.deployment(self.home) if self.home.is_local else None
        return kept or self.export().get("deployment") or {}

    def replace_state(self, exported: Mapping[str, Any]) -> None:
        """Put a changed export in place of the stack's state; raises EngineError."""
        self._ask("stack", "import", *self._stack, given=json.dumps(exported))

    def also_telling(self, listen: Listen) -> Pulumi:
        """Return the same engine, which gives every event to `listen` too."""

        def both(event: Event) -> None:
            self.listen(event)
            listen(event)

        return replace(self, listen=both)

    @property
    def log(self) -> Path:
        """Where everything the engine says is kept."""
        return self.home.logs / f"{LOG}.log"

    @property
    def _stack(self) -> tuple[str, str]:
        return ("--stack", self.home.stack)

    def _ask(self, *arguments: str, given: str | None = None) -> str:
        command: list[str | Path] = [self.engine.command, *arguments, *COMMON]
        run = subprocess.run(
            command, cwd=self.home.project, env=self.environ, input=given, capture_output=True, text=True, check=False
        )
        if run.returncode:
            said = problems([Diagnostic("error", run.stderr)]) or (Problem("", f"exit code {run.returncode}"),)
            raise EngineError(" ".join(arguments[:2]), said, self.log)
        return run.stdout

    def _operate(self, operation: str, *options: str) -> Summary:
        events: list[Event] = []
        with processes.log_file(self.home, LOG).open("a", encoding="utf-8") as log:
            log.write(f"\n=== {time.strftime('%F %T')} pulumi {operation} {' '.join(options)}\n")
            with self._way(operation, log) as way, self._running(operation, *options, way=way) as process:
                for line in _lines(process):
                    event = parse(line)
                    if event:
                        log.write(_logged(event))
                        events.append(event)
                        self.listen(event)
        if process.returncode:
            raise EngineError(operation, _reasons(events, process.returncode), self.log)
        return next((event for event in events if isinstance(event, Summary)), Summary({}))

    @contextmanager
    def _running(self, operation: str, *options: str, way: host.Way) -> Iterator[subprocess.Popen[bytes]]:
        judged = ("--policy-pack", way.policies) if operation in PROGRAMMED else ()
        process = subprocess.Popen(
            [self.engine.command, operation, "--json", *self._stack, *COMMON, *judged, *options, *way.options],
            cwd=self.home.project,
            env={**self._helped, **way.environ},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # so that Ctrl-C reaches only us, and we decide what the engine is told
        )
        with process:
            try:
                yield process
            except BaseException as error:
                if isinstance(error, KeyboardInterrupt):
                    self.listen(Diagnostic("warning", STOPPING))
                _interrupt(process, self.listen)
                raise

    def _way(self, operation: str, log: IO[str]) -> AbstractContextManager[host.Way]:
        if self.home.stack == LOCAL and operation in PROGRAMMED:  # production goes Pulumi's own way, rehearsed too
            return host.started(self.home, self.engine, self._helped, log)
        return nullcontext(host.USUAL)

    @property
    def _helped(self) -> dict[str, str]:
        return {**self.environ, **STREAMED, **COMPILED, processes.MARK: str(self.home.path)}


def _lines(process: subprocess.Popen[bytes], patience: float = float("inf")) -> Iterator[str]:
    """Yield what the engine writes until it ends, or for `patience` seconds.

    A helper that outlives a killed engine may hold the pipe open, so that its end would never be seen: once the engine
    is gone, what has not been written by then is not waited for.
    """
    pipe = process.stdout.fileno() if process.stdout else -1
    ends, rest = time.monotonic() + patience, b""
    while time.monotonic() < ends:
        gone = process.poll() is not None
        if select.select([pipe], [], [], 0 if gone else LOOK)[0]:
            chunk = os.read(pipe, CHUNK)
            *lines, rest = (rest + chunk).split(b"\n")
            yield from (line.decode(errors="replace") for line in lines)
            if not chunk:
                break
        elif gone:
            break
    yield rest.decode(errors="replace")


def _interrupt(process: subprocess.Popen[bytes], listen: Listen) -> None:
    """Let the engine finish what it has begun; a second interrupt, or too long a wait, ends it with its helpers.

    What it says meanwhile of a build that was given up is told: whether it was cancelled, and what remains.
    """
    if process.poll() is not None:
        return
    engine = psutil.Process(process.pid)
    family = [engine, *engine.children(recursive=True)]
    with suppress(KeyboardInterrupt):
        process.send_signal(signal.SIGINT)
        for line in _lines(process, INTERRUPT_PATIENCE):
            event = parse(line)
            if isinstance(event, Diagnostic) and event.severity == "error" and GIVEN_UP in event.message:
                listen(Diagnostic("warning", event.message[event.message.index(GIVEN_UP) :]))
    processes.end(family)


def _reasons(events: list[Event], code: int) -> tuple[Problem, ...]:
    said = [event for event in events if isinstance(event, Diagnostic)]
    immutable = {event.urn: event.immutable for event in events if isinstance(event, Step) and event.immutable}
    return problems(said, immutable) or (Problem("", f"the engine ended with exit code {code} and gave no reason"),)


def _logged(event: Event) -> str:
    match event:
        case Step(op, _, state):
            return f"{op} {event.resource}: {state}\n"
        case Diagnostic(severity, message, _):
            return f"{severity}: {message}\n"
        case Summary(changes):
            return f"{dict(changes)}\n"
