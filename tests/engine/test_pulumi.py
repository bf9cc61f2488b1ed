from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from engine.engine_events import Diagnostic, Event, Step, Summary
from engine.errors import FAILED, UNREACHABLE, LaunchError
from engine.home import PROJECT, Home
from engine.host import begin, waiting
from engine.locate import Engine
from engine.pulumi import EngineError, Pulumi

URN = "urn:pulumi:local::launch-ready::gcp:cloudtasks/queue:Queue::events"
EVENTS = [
    {"diagnosticEvent": {"severity": "info#err", "message": "said\n"}},
    {"resourcePreEvent": {"metadata": {"op": "create", "urn": URN}}},
    {"resOutputsEvent": {"metadata": {"op": "create", "urn": URN}}},
    {"summaryEvent": {"resourceChanges": {"create": 1}}},
]
REFUSED = [{"diagnosticEvent": {"severity": "error", "message": "name already taken", "urn": URN}}]

Made = Callable[[str], Pulumi]


@pytest.fixture
def heard() -> list[Event]:
    return []


@pytest.fixture
def engine(home: Home, python_program: Callable[..., Path], heard: list[Event]) -> Made:
    """Makes an engine whose program is the given Python code."""

    def make(body: str) -> Pulumi:
        command = python_program("pulumi", f"import json, os, signal, subprocess, sys, time\n{body}")
        return Pulumi(home, Engine(command.parent, "3.200.0", "PATH"), dict(os.environ), heard.append)

    return make


def printing(events: list[dict[str, object]], then: str = "") -> str:
    return "\n".join(f"print({json.dumps(json.dumps(event))}, flush=True)" for event in events) + f"\n{then}"


def test_events_are_told_while_they_happen_and_the_summary_returned(engine: Made, heard: list[Event]) -> None:
    assert engine(printing(EVENTS)).up() == Summary({"create": 1})
    assert heard == [
        Diagnostic("info#err", "said"),
        Step("create", URN, "started"),
        Step("create", URN, "done"),
        Summary({"create": 1}),
    ]


def test_the_engine_is_told_the_stack_to_stream_and_never_to_ask(engine: Made, home: Home) -> None:
    pulumi = engine("open('called', 'w').write(repr((sys.argv[1:], dict(os.environ))))")
    pulumi.preview("--expect-no-changes")
    arguments, environ = eval((home.project / "called").read_text())
    common = "--json --stack local --non-interactive --color never"
    said = f"preview {common} --policy-pack infra/policy --expect-no-changes"
    assert " ".join(arguments) == said
    assert environ["PULUMI_ENABLE_STREAMING_JSON_PREVIEW"] == "true"
    assert environ["LAUNCH_STACK_HOME"] == str(home.path)


HOST = """
import json, os, sys
from pathlib import Path
Path("host").write_text(repr((sys.argv[1:], os.getpid(), json.loads(sys.stdin.readline()))))
print(4711, 4712, 4713, flush=True)
sys.stdin.read()
Path("host ended").touch()
"""


@pytest.fixture
def host(home: Home) -> Path:
    """The project's host of its program, which writes down how it was started."""
    (home.project / "infra" / "loading").mkdir(parents=True)
    (home.project / "infra" / "loading" / "host.py").write_text(HOST)
    return home.project / "host"


def test_the_rehearsal_loads_its_program_beside_the_engine_which_is_told_where(engine: Made, host: Path) -> None:
    pulumi = engine("open('called', 'w').write(repr((sys.argv[1:], dict(os.environ))))")
    pulumi.up()
    arguments, environ = eval(host.with_name("called").read_text())
    (program, policies), pid, order = eval(host.read_text())
    assert arguments[-1] == "--client=127.0.0.1:4711"
    assert environ["PULUMI_PYTHON_CMD"] == sys.executable
    assert environ["PULUMI_DEBUG_PROVIDERS"].split(",")[-1] == "pulumi-python:4712"
    assert "--policy-pack infra/policy" not in " ".join(arguments)
    assert environ["LAUNCH_POLICIES_PORT"] == "4713"
    assert Path(environ["PATH"].split(":")[0]) == Path(arguments[arguments.index("--policy-pack") + 1])
    assert order["script"] == str(pulumi.engine.folder / "pulumi-language-python-exec")
    assert order["environ"]["LAUNCH_STACK_HOME"] == str(pulumi.home.path)
    assert (program, policies) == ("infra.program", "infra.policy.pack")
    assert not psutil.pid_exists(pid)


def test_a_host_that_was_begun_before_is_given_its_order_when_the_engine_starts(
    engine: Made, host: Path, eventually: Callable[..., None]
) -> None:
    pulumi = engine("open('called', 'w').write(repr((sys.argv[1:], dict(os.environ))))")
    begin(pulumi.home, os.environ, subprocess.DEVNULL)
    pulumi.up()
    _, first, _ = eval(host.read_text())
    pulumi.up()
    assert eval(host.read_text())[1] != first, "a host runs its program once"
    assert "--client=127.0.0.1:4711" in host.with_name("called").read_text()


def test_a_host_that_has_ended_before_its_order_leaves_the_usual_way(
    engine: Made, home: Home, eventually: Callable[[Callable[[], object]], None]
) -> None:
    (home.project / "infra" / "loading").mkdir(parents=True)
    (home.project / "infra" / "loading" / "host.py").write_text("raise SystemExit")
    begin(home, os.environ, subprocess.DEVNULL)
    eventually(lambda: not waiting())
    engine("open('called', 'w').write(repr(sys.argv[1:]))").up()
    called = (home.project / "called").read_text()
    assert "--client" not in called
    assert "infra/policy" in called


@pytest.mark.parametrize(("stack", "operation"), [("prod", "up"), ("local", "refresh"), ("local", "destroy")])
def test_for_production_and_where_no_program_runs_there_is_no_host_beside(
    engine: Made, host: Path, stack: str, operation: str
) -> None:
    pulumi = engine("open('called', 'w').write(repr(sys.argv[1:]))")
    getattr(replace(pulumi, home=replace(pulumi.home, stack=stack, rehearsed=True)), operation)()
    assert not host.exists()
    assert "--client" not in host.with_name("called").read_text()


def test_the_host_ends_when_the_command_is_killed(
    engine: Made, host: Path, home: Home, eventually: Callable[..., None]
) -> None:
    pulumi = engine("open('ready', 'w').close()\ntime.sleep(2)")
    command = [sys.executable, "-c", INTERRUPTED, home.path, home.project, pulumi.engine.folder]
    with subprocess.Popen(command, cwd=PROJECT) as cli:
        eventually((home.project / "ready").exists)
        assert not host.with_name("host ended").exists()
        cli.kill()
    eventually(host.with_name("host ended").exists)


def test_everything_the_engine_says_is_logged(engine: Made) -> None:
    pulumi = engine(printing(EVENTS))
    pulumi.up()
    log = pulumi.log.read_text()
    assert "pulumi up --yes --skip-preview" in log
    assert "info#err: said\ncreate queue events: started\ncreate queue events: done\n" in log


def test_a_refusal_names_resource_reason_and_log(engine: Made) -> None:
    pulumi = engine(printing(REFUSED, "sys.exit(255)"))
    with pytest.raises(EngineError) as failed:
        pulumi.up()
    assert failed.value.code == FAILED
    assert "✗ queue events: name already taken" in failed.value.why
    assert str(pulumi.log) in failed.value.cure


def test_an_engine_that_ends_without_a_reason_still_fails(engine: Made) -> None:
    with pytest.raises(EngineError, match="pulumi up failed") as failed:
        engine("sys.exit(7)").up()
    assert "exit code 7" in failed.value.why


def test_a_refused_question_says_why(engine: Made) -> None:
    with pytest.raises(EngineError) as failed:
        engine("sys.exit('error: no stack named local found')").outputs()
    assert "no stack named local found" in failed.value.why


def test_outputs_are_read(engine: Made) -> None:
    assert engine("""print('{"domain": "acme.test"}')""").outputs() == {"domain": "acme.test"}


def test_a_changed_state_is_given_back(engine: Made, home: Home) -> None:
    engine("open('given', 'w').write(sys.stdin.read())").replace_state({"version": 3})
    assert json.loads((home.project / "given").read_text()) == {"version": 3}


def test_another_listener_hears_too(engine: Made, heard: list[Event]) -> None:
    others: list[Event] = []
    engine(printing(EVENTS)).also_telling(others.append).up()
    assert others == heard


def test_without_a_place_for_the_state_it_says_how_to_log_in(engine: Made) -> None:
    said = "error: PULUMI_ACCESS_TOKEN must be set for login during non-interactive CLI sessions"
    with pytest.raises(LaunchError, match="where to keep the state") as refused:
        engine(f"print({said!r}, file=sys.stderr)\nsys.exit(255)").init()
    assert refused.value.code == UNREACHABLE
    assert "./launch init --stack local" in refused.value.cure
    assert "`pulumi login`" in refused.value.cure


@pytest.mark.parametrize(
    ("said", "words", "cure"),
    [
        ("could not list bucket: blob (code=NotFound): storage: bucket doesn't exist", "is not there", "./launch init"),
        ("secrets (code=NotFound): rpc error: desc = CryptoKey projects/p not found.", "is not there", "./launch init"),
        (
            "missing google credentials: unable to find gcp credentials",
            "who you are",
            "gcloud auth application-default",
        ),
    ],
)
def test_a_place_of_the_state_that_cannot_be_used_is_told_with_the_cure(
    engine: Made, said: str, words: str, cure: str
) -> None:
    with pytest.raises(LaunchError, match=words) as refused:
        engine(f"print({f'error: {said}'!r}, file=sys.stderr)\nsys.exit(255)").init()
    assert refused.value.code == UNREACHABLE
    assert cure in refused.value.cure
    assert "Fix this and run the command again" not in str(refused.value)


def test_a_stack_is_made_with_the_key_that_encrypts_its_secrets(engine: Made, home: Home) -> None:
    engine("open('called', 'w').write(repr(sys.argv[1:]))").init("--secrets-provider", "gcpkms://projects/p")
    called = eval((home.project / "called").read_text())
    assert called[:6] == ["stack", "select", "local", "--create", "--secrets-provider", "gcpkms://projects/p"]


INTERRUPTED = """
import os, pathlib, sys
from engine.home import Home
from engine.locate import Engine
from engine.pulumi import Pulumi
home = Home("local", pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))
Pulumi(home, Engine(pathlib.Path(sys.argv[3]), "3.200.0", "PATH"), dict(os.environ), print).up()
"""


LISTENS = """
def stop(*_):
    said = {"severity": "error", "message": "creation failed: You stopped, and Cloud Build cancelled build 1"}
    print(json.dumps({"diagnosticEvent": said}), flush=True)
    sys.exit(open("told", "w").write("x"))

signal.signal(signal.SIGINT, stop)
"""


@pytest.mark.parametrize(
    ("body", "ends"),
    [
        (LISTENS, "told"),
        ("signal.signal(signal.SIGINT, signal.SIG_IGN)", "killed"),
    ],
    ids=["an engine that listens is told and awaited", "one that does not is ended by a second interrupt"],
)
def test_ctrl_c_leaves_no_engine_and_no_helper(
    engine: Made, home: Home, eventually: Callable[..., None], body: str, ends: str
) -> None:
    pulumi = engine(f"{body}\nsubprocess.Popen(['sleep', '62'])\nopen('ready', 'w').close()\ntime.sleep(60)")
    command = [sys.executable, "-c", INTERRUPTED, home.path, home.project, pulumi.engine.folder]
    with subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as cli:
        eventually((home.project / "ready").exists)
        family = psutil.Process(cli.pid).children(recursive=True)
        cli.send_signal(signal.SIGINT)
        if ends == "killed":
            threading.Timer(0.5, cli.send_signal, (signal.SIGINT,)).start()
        told, said = cli.communicate(timeout=20)
    assert b"Stopping: the engine first finishes what it has begun" in told
    assert (b"message='You stopped, and Cloud Build cancelled build 1'" in told) == (ends == "told")
    assert b"KeyboardInterrupt" in said
    assert (home.project / "told").exists() == (ends == "told")
    assert len(family) == 2
    eventually(lambda: not [one for one in family if one.is_running() and one.status() != psutil.STATUS_ZOMBIE])


def test_a_killed_engine_whose_helper_lives_on_is_not_waited_for(engine: Made) -> None:
    with pytest.raises(EngineError, match="pulumi up failed"):
        engine("subprocess.Popen(['sleep', '3'])\nos.kill(os.getpid(), signal.SIGKILL)").up()
