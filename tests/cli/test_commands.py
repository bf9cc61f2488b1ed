from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from blueprint.finding import Finding, Status
from checklists import record
from checklists.items import Level
from checklists.signoffs import Waiver
from cli import results
from cli.app import create
from engine import locks
from engine.home import PROJECT, Home
from localcloud.base import ports as listening
from localcloud.base.supervisor import processes
from localcloud.base.world import World

Run = Callable[..., subprocess.CompletedProcess[str]]
Lines = Callable[[str], list[dict[str, Any]]]

COMMANDS = (
    "up",
    "preview",
    "down",
    "rollback",
    "destroy",
    "status",
    "logs",
    "env",
    "verify",
    "accept",
    "doctor",
    "init",
    "test",
    "prove crash",
    "prove faults",
    "prove load",
    "checklist",
    "checklist sign",
    "checklist waive",
    "checklist accounts",
    "checklist diff",
    "rules probe",
    "rules test",
    "rules merge",
    "secrets push",
    "secrets list",
    "users show",
    "users export",
    "users erase",
)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself_with_an_example(command: str) -> None:
    done = CliRunner().invoke(create(), [*command.split(), "--help"], prog_name="./launch")
    assert done.exit_code == 0
    assert f"./launch {command}" in done.stdout
    assert "Example:" in done.stdout


def test_only_what_is_there_is_offered(run: Run) -> None:
    done = run("--help")
    assert all(command.split()[0] in done.stdout for command in COMMANDS)
    assert run("triage").returncode == 2


@pytest.mark.parametrize(
    "arguments",
    [
        ("up", "--nonsense"),
        ("nonsense",),
        ("status", "--stack", "Not A Stack"),
        ("down", "--stack", "prod"),
        ("prove", "faults", "--kind", "earthquake"),
    ],
)
def test_wrong_usage_exits_2(run: Run, arguments: tuple[str, ...]) -> None:
    done = run(*arguments)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "command", ["env", "verify", "accept", "secrets list", "checklist", "checklist sign spf --by Ada"]
)
def test_before_the_first_up_a_command_says_to_run_it_and_exits_3(run: Run, command: str) -> None:
    done = run(*command.split())
    assert done.returncode == 3
    assert "./launch up" in done.stderr
    assert done.stdout == ""


def test_status_of_a_stack_that_is_down_exits_3(run: Run, lines: Lines) -> None:
    done = run("status", "--json")
    assert done.returncode == 3
    servers = [line for line in lines(done.stdout) if "server" in line]
    assert [server["pid"] for server in servers] == [None] * len(listening.SERVERS)
    assert lines(done.stdout)[-1]["verdict"] == "unknown"


def test_status_counts_the_last_findings(run: Run, lines: Lines, brought_up: Home) -> None:
    assert lines(run("status", "--json").stdout)[-1] == {"verdict": "fail", "findings": {"pass": 1, "fail": 1}}


def test_status_of_production_that_another_machine_brought_up_does_not_propose_up(
    run: Run, home: Home, outputs: dict[str, Any]
) -> None:
    elsewhere = Home("prod", home.path.with_name("prod"))
    elsewhere.path.mkdir(parents=True)
    elsewhere.outputs.write_text(json.dumps(outputs))
    done = run("status", "--stack", "prod")
    assert done.returncode == 0
    assert done.stdout.startswith("Up: https://acme.test, with the API at https://api.acme.test.")
    assert done.stdout.endswith(": ./launch verify --stack prod\n")


def test_status_after_a_destroy_does_not_boast_of_what_was(run: Run, brought_up: Home) -> None:
    brought_up.outputs.unlink()
    done = run("status")
    assert "Last run" not in done.stdout
    assert "Nothing is provisioned any more: ./launch up creates it again" in done.stdout


def test_down_with_nothing_running_says_so(run: Run) -> None:
    done = run("down")
    assert done.returncode == 0
    assert "Nothing was running." in done.stderr


def test_down_ends_what_a_killed_up_left(run: Run, home: Home) -> None:
    left = processes.start(home, "engine", ["sleep", "60"], os.environ)
    assert run("down").returncode == 0
    assert processes.running(left) is None


def test_a_second_command_on_the_same_stack_is_told_who_is_at_work(run: Run, home: Home) -> None:
    with locks.held(home.path / "run.lock", "./launch up"):
        done = run("down")
    assert done.returncode == 3
    assert "./launch up (process" in done.stderr


def test_env_can_be_read_by_a_shell(run: Run, home: Home) -> None:
    home.path.mkdir(parents=True)
    ports = listening.allocate(home.path)
    exports = run("env").stdout
    said = subprocess.run(["sh", "-c", f"{exports}\necho $LAUNCH_HTTPS $LAUNCH_CA"], capture_output=True, text=True)
    assert said.stdout == f"{ports.address('https')} {shlex.quote(str(home.path))}/ca/ca.pem\n"


def test_env_as_json_is_one_object(run: Run, home: Home, lines: Lines) -> None:
    home.path.mkdir(parents=True)
    listening.allocate(home.path)
    (values,) = lines(run("env", "--json").stdout)
    assert values["LAUNCH_DOMAIN"] == "acme.test"
    assert values["PULUMI_CONFIG_PASSPHRASE"] == "rehearsal"


def test_doctor_names_what_is_there_and_how_to_get_what_is_not(run: Run, lines: Lines, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    done = run("doctor", "--json", PATH=str(tmp_path / "empty"), XDG_CACHE_HOME=str(tmp_path))
    checks = {check["name"]: check for check in lines(done.stdout)}
    assert done.returncode == 3
    assert checks["python"]["ok"]
    assert not checks["engine"]["ok"]
    assert "Go 1.24" in checks["engine"]["cure"]
    assert checks["kdig"]["cure"] == "apt-get install knot-dnsutils"
    assert not checks["kdig"]["needed"]


def test_the_checklist_shows_what_is_open_and_exits_1(run: Run, lines: Lines, brought_up: Home) -> None:
    done = run("checklist", "--json", "--no-pdf")
    items = {line["item"]: line for line in lines(done.stdout)}
    assert done.returncode == 1
    assert (items["dkim"]["state"], items["dkim"]["result"], items["dkim"]["ready"]) == ("rehearsed", "pass", True)
    assert (items["hsts"]["state"], items["hsts"]["result"], items["hsts"]["level"]) == ("failed", "fail", "should")
    assert (items["delivery"]["result"], items["delivery"]["ready"]) == ("na", True)
    assert items["delivery"]["reason"]
    assert len(items["dkim"]["sha256"]) == 64
    assert items["dkim"]["by"] == "machine"
    assert items["billing"]["by"] == "human"
    for name in ("HANDOVER.html", "HANDOVER.md", "HANDOVER.json"):
        assert (brought_up.path / name).exists()


def test_an_item_is_signed_by_name(run: Run, lines: Lines, brought_up: Home) -> None:
    done = run("checklist", "sign", "nameservers", "--by", "Ada Founder", "--note", "at the registrar")
    assert done.returncode == 0
    assert "Ada Founder" in done.stderr
    states = {line["item"]: line["state"] for line in lines(run("checklist", "--json", "--no-pdf").stdout)}
    assert states["nameservers"] == "signed"
    assert "Ada Founder" in (brought_up.path / "HANDOVER.md").read_text()


@pytest.mark.parametrize("item", ["hsts", "no-such-item", "delivery", "accounts"])
def test_what_does_not_bear_a_signature_is_refused(run: Run, brought_up: Home, item: str) -> None:
    done = run("checklist", "sign", item, "--by", "Ada")
    assert done.returncode == 2
    assert "Nothing was signed" in done.stderr


@pytest.fixture
def inside(brought_up: Home) -> Run:
    """Runs a command in this process, which costs a tenth of one of its own."""

    def call(*arguments: str, given: str = "") -> Any:
        environ = {"LAUNCH_HOME": str(brought_up.path.parent), "COLUMNS": "200"}
        return CliRunner().invoke(create(), arguments, input=given, env=environ)

    return call


def test_an_item_is_waived_until_a_day_and_for_a_reason(inside: Run, lines: Lines, brought_up: Home) -> None:
    day = (datetime.now(UTC) + timedelta(days=9)).date().isoformat()
    waive = ("checklist", "waive", "restore", "--by", "Ada", "--until")
    assert inside(*waive, day, "--reason", "no data yet").exit_code == 0
    [restore] = [one for one in lines(inside("checklist", "--json", "--no-pdf").stdout) if one["item"] == "restore"]
    assert (restore["state"], restore["ready"], restore["waived_until"]) == ("to be signed", True, day)
    for until, reason, why in ((day, " ", "--reason"), ("2020-01-01", "x", "is over"), ("soon", "x", "not a day")):
        refused = inside(*waive, until, "--reason", reason)
        assert refused.exit_code == 2
        assert why in refused.stderr
    done = inside("checklist", "waive", "dkim", "--by", "Ada", "--until", day, "--reason", "x")
    assert (done.exit_code, "dkim is rehearsed; there is nothing to waive" in done.stderr) == (2, True)


def test_a_handover_is_compared_with_the_one_before(inside: Run, lines: Lines, brought_up: Home) -> None:
    first = inside("checklist", "diff", "--keep").stderr
    assert "No handover was kept yet" in first
    assert "The handover of now is kept" in first
    same = inside("checklist", "diff")
    assert (same.exit_code, "Nothing differs from the handover of 2" in same.stderr) == (0, True)
    worse = Finding("mail.dkim.key", "acme.test", Status.FAIL, "one record", "none", fix="publish it")
    results.keep_findings(brought_up, [worse], "./launch verify", results.only(["mail.dkim.key"]))
    done = inside("checklist", "diff", "--json")
    assert done.exit_code == 1
    changes = {one["what"]: one for one in lines(done.stdout)}
    assert (changes["dkim"]["before"], changes["dkim"]["after"], changes["dkim"]["worse"]) == (
        "rehearsed",
        "failed",
        True,
    )
    inside("checklist", "--no-pdf")
    old = brought_up.path / "HANDOVER.json"
    assert inside("checklist", "diff", str(old)).exit_code == 0
    assert inside("checklist", "diff", str(brought_up.outputs)).exit_code == 2
    for wrong, why in ((brought_up.path / "none.json", "No such file"), (Path(__file__), "is not JSON")):
        refused = inside("checklist", "diff", str(wrong))
        assert (refused.exit_code, why in refused.stderr, "HANDOVER.json" in refused.stderr) == (2, True, True)


def test_the_levels_decide_the_exit_code(inside: Run, brought_up: Home) -> None:
    shelf = results.store_of(brought_up)
    made = results.document(brought_up)
    until = (datetime.now(UTC) + timedelta(days=9)).date()
    for line in made.unready(Level.MUST):
        waived = Waiver("Ada", until, "a test", datetime.now(UTC), made.subject)
        record.waive(shelf, line.item.id, waived)
    assert inside("checklist", "--require", "must", "--no-pdf").exit_code == 0
    assert inside("checklist", "--require", "should", "--no-pdf").exit_code == 1
    assert inside("checklist", "--require", "nothing").exit_code == 2


def test_the_accounts_are_asked_for_and_secrets_are_refused(inside: Run, brought_up: Home) -> None:
    secret = "sk_live_" + "a1" * 12
    answers = ("Ada", "Grace", secret, "passkey", "card", "safe", "2027-13-45", "2027-11-29")
    done = inside("checklist", "accounts", "registrar", given="\n".join(answers) + "\n")
    assert done.exit_code == 0, done.stderr
    assert "a Stripe key" in done.stderr
    assert "is not a day" in done.stderr
    known = results.document(brought_up).accounts[0].answers
    assert (known["owner"], known["factor"], known["ends"]) == ("Ada", "passkey", "2027-11-29")
    page = (brought_up.path / "HANDOVER.html").read_text()
    assert secret not in page
    assert "registration of acme.test" in page
    assert inside("checklist", "accounts", "nobody").exit_code == 2


def test_logs_of_the_services_are_read_from_the_world(run: Run, home: Home, lines: Lines) -> None:
    world = World(home.path / "world.db")
    world.record("log", "intake", severity="INFO", message="stored", event_id="evt_1")
    world.record("log", "sync-crm", severity="ERROR", message="refused")
    assert "intake          INFO    stored  event_id=evt_1" in run("logs").stdout
    assert "stored" not in run("logs", "sync-crm").stdout
    assert [line["message"] for line in lines(run("logs", "--json").stdout)] == ["stored", "refused"]


def test_logs_of_a_server_and_of_the_engine_are_their_files(run: Run, home: Home) -> None:
    home.logs.mkdir(parents=True)
    (home.logs / "engine.log").write_text("create queue events: done\n")
    assert run("logs", "engine").stdout == "create queue events: done\n"
    assert run("logs", "edge").stdout == ""


def test_following_a_log_shows_what_is_new(home: Home) -> None:
    home.logs.mkdir(parents=True)
    log = home.logs / "edge.log"
    log.write_text("one\n")
    environ = {**os.environ, "LAUNCH_HOME": str(home.path.parent)}
    command = [sys.executable, "-m", "cli", "logs", "-f", "edge"]
    with subprocess.Popen(command, cwd=PROJECT, env=environ, stdout=subprocess.PIPE, text=True) as following:
        assert following.stdout
        assert following.stdout.readline() == "one\n"
        with log.open("a") as more:
            more.write("two\n")
        assert following.stdout.readline() == "two\n"
        following.kill()


def test_init_names_every_mistake_at_once_and_writes_nothing(run: Run, tmp_path: Path) -> None:
    answers = tmp_path / "answers.yaml"
    answers.write_text(yaml.safe_dump({"domain": "-acme", "contact": {"name": "Ada"}}))
    done = run("init", "--stack", "never-written", "--answers", "answers.yaml", LAUNCH_CWD=str(tmp_path))
    assert done.returncode == 2
    assert "spec.domain" in done.stderr
    assert "spec.contact.email" in done.stderr
    assert not (PROJECT / "Pulumi.never-written.yaml").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--stack", "local"), "already has its file"),
        (("--answers", "nowhere.yaml", "--stack", "never-written"), "cannot be read"),
        (("--stack", "never-written"), "./launch init --answers FILE takes the same"),  # nobody answers
    ],
)
def test_init_refuses_what_it_cannot_do(run: Run, arguments: tuple[str, ...], words: str) -> None:
    done = run("init", *arguments)
    assert done.returncode == 2
    assert words in done.stderr


def test_destroying_real_clouds_needs_consent(run: Run) -> None:
    done = run("destroy", "--stack", "prod")
    assert done.returncode == 2
    assert "--yes" in done.stderr


@pytest.mark.parametrize("command", ["status", "verify", "checklist", "logs", "down"])
def test_a_stack_without_a_file_is_a_mistake_in_the_command(run: Run, command: str) -> None:
    done = run(command, "--stack", "nope")
    assert done.returncode == 2
    assert "there is no stack nope" in done.stderr
    assert "Name one of local, prod, staging, or write a new one with ./launch init --stack nope." in done.stderr


def test_production_needs_more_than_the_example_that_ships(run: Run) -> None:
    done = run("up", "--stack", "prod", "--yes")
    assert done.returncode == 3
    assert "Pulumi.prod.yaml is still the example" in done.stderr
    assert "./launch init --stack prod" in done.stderr


@pytest.mark.parametrize("command", ["accept", "verify", "secrets list", "checklist", "status"])
def test_staging_is_a_stack_like_the_others_and_waits_for_its_first_up(run: Run, command: str) -> None:
    done = run(*command.split(), "--stack", "staging")
    assert done.returncode == 3
    assert "Stack staging has not been brought up yet." in done.stderr
    assert "./launch up --stack staging" in done.stderr


def test_staging_needs_more_than_the_example_that_ships(run: Run) -> None:
    done = run("preview", "--stack", "staging")
    assert done.returncode == 3
    assert "Pulumi.staging.yaml is still the example" in done.stderr
    assert "./launch init --stack staging" in done.stderr


def test_a_spec_with_mistakes_stops_up_before_anything_is_started(run: Run) -> None:
    done = run("up", "--stack", "no-such-stack")
    assert done.returncode == 2
    assert "Pulumi.no-such-stack.yaml: there is no such file" in done.stderr


def test_the_test_command_ends_with_pytests_own_line(run: Run) -> None:
    began = time.monotonic()
    done = run("test", "--", "-q", "tests/engine/test_engine_events.py", "-k", "urn")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "3 passed" in done.stdout.splitlines()[-1]
    assert time.monotonic() - began < 60


@pytest.mark.parametrize("command", ["status --json", "checklist --json --no-pdf", "doctor --json"])
def test_json_holds_nothing_but_json(run: Run, lines: Lines, brought_up: Home, command: str) -> None:
    assert all(isinstance(line, dict) for line in lines(run(*command.split()).stdout))


def test_a_command_that_prints_nothing_fails_whoever_reads_its_lines(lines: Lines) -> None:
    with pytest.raises(AssertionError, match="printed nothing"):
        lines("")
