"""`./launch verify` of any domain: no stack, no engine, nothing but the virtual environment."""

from __future__ import annotations

import ast
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from junitparser import Error, Failure, JUnitXml
from typer.testing import CliRunner, Result

from blueprint.finding import Finding, Status
from cli import verify_options
from cli.app import create
from cli.propagation import watch
from cli.terminal import Terminal
from engine.errors import LaunchError
from engine.home import PROJECT
from verify.registry import GROUPS
from verify.run import Report

SOA = "acme.test. 60 IN SOA ns1.acme.test. host.acme.test. 7 10000 2400 604800 1800"
ZONE = f"""
{SOA}
acme.test. 60 IN NS ns1.acme.test.
acme.test. 60 IN NS ns2.acme.test.
"""

Serve = Callable[..., tuple[str, int]]
Verify = Callable[..., Result]


@pytest.fixture
def command(nameserver: Serve, tmp_path: Path) -> Callable[..., list[str]]:
    """The command line that verifies acme.test by two name servers on loopback."""

    def words(*options: str, second: str = ZONE, **others: Any) -> list[str]:
        first = nameserver(ZONE, **others)
        servers = {"ns1.acme.test": first, "ns2.acme.test": nameserver(second)}
        given = [f"--address={name}:53={host}:{port}" for name, (host, port) in servers.items()]
        return [
            sys.executable,
            "-m",
            "cli",
            "verify",
            "--domain=acme.test",
            f"--nameserver={first[0]}:{first[1]}",
            *given,
            *options,
        ]

    return words


@pytest.fixture
def verify(command: Callable[..., list[str]], environ: dict[str, str]) -> Verify:
    """Runs the command in this process, which spares a start of Python."""

    def call(*options: str, **servers: Any) -> Result:
        return CliRunner().invoke(create(), command(*options, **servers)[3:], env=environ)

    return call


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    return {**os.environ, "LAUNCH_HOME": str(tmp_path / "launch"), "LAUNCH_CWD": str(tmp_path), "COLUMNS": "200"}


def test_a_domain_needs_no_stack_and_leaves_none_behind(
    command: Callable[..., list[str]], environ: dict[str, str], tmp_path: Path
) -> None:
    words = command("--only=delegation", "--json")
    done = subprocess.run(words, cwd=PROJECT, env=environ, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    found = {line["id"]: line["status"] for line in map(json.loads, done.stdout.splitlines())}
    assert found["dns.delegation.serial"] == "pass"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("second", "code"),
    [(ZONE, 0), (ZONE.replace(" 7 ", " 6 "), 1), (f"{SOA}\nlame", 3)],
)
def test_the_exit_code_says_how_it_stands(verify: Verify, second: str, code: int) -> None:
    servers: dict[str, Any] = {"second": second} if code < 3 else {"broken": {"acme.test"}}
    done = verify("--only=delegation", **servers)
    assert done.exit_code == code, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("only", "ids"),
    [
        (["dns.delegation.s"], {"dns.delegation.server", "dns.delegation.serial"}),
        (["dns.soa.timers", "dns.delegation.redundancy"], {"dns.soa.timers", "dns.delegation.redundancy"}),
        (["dns.soa", "delegation"], None),
    ],
)
def test_only_takes_groups_and_the_beginnings_of_ids(verify: Verify, only: list[str], ids: set[str] | None) -> None:
    options = [f"--only={text}" for text in only]
    found = {json.loads(line)["id"] for line in verify(*options, "--json").stdout.splitlines()}
    assert found == ids if ids else {"dns.delegation.nameservers", "dns.dnssec.chain"} < found


def test_every_check_is_in_one_group_and_no_group_has_others() -> None:
    calls = [
        node for path in (PROJECT / "verify" / "judge").glob("*.py") for node in ast.walk(ast.parse(path.read_text()))
    ]
    checks = [call for call in calls if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "Check"]
    written = {call.args[0].value for call in checks if isinstance(call.args[0], ast.Constant)}
    listed = [id_ for group in GROUPS for id_ in group.ids]
    assert (len(checks) > 80, set(listed), len(listed)) == (True, written, len(written))


def test_a_domain_that_does_not_exist_is_one_line_with_a_cure_of_its_own(verify: Verify) -> None:
    done = verify("--domain=gone.test", "--only=mail")
    assert done.exit_code == 3
    title, line, _, cure = done.stdout.splitlines()[:4]
    assert (title, line.split()[:3]) == (
        "Delegation and DNSSEC: 1 could not be checked",
        ["?", "dns.delegation.exists", "gone.test:"],
    )
    assert "./launch verify --domain gone.test --watch" in cure


def test_a_run_that_checks_nothing_is_no_pass(verify: Verify) -> None:
    assert verify("--only=records").exit_code == 3


def test_a_person_reads_the_worst_first(verify: Verify) -> None:
    done = verify("--only=delegation", second=ZONE.replace(" 7 ", " 6 "))
    title, first, expected, cure, *_ = done.stdout.splitlines()
    assert title == "Delegation and DNSSEC: 1 failed, 2 to be fixed, 6 passed"
    assert first.startswith("✗ dns.delegation.serial")
    assert expected.strip().startswith("expected: the same serial")
    assert cure.strip().startswith("do: ")


def test_junit_holds_every_finding_in_its_group_and_sarif_what_failed(verify: Verify, tmp_path: Path) -> None:
    done = verify(
        "--only=delegation", "--junit=results.xml", "--sarif=results.sarif", "--json", second=ZONE.replace(" 7 ", " 6 ")
    )
    (suite,) = JUnitXml.fromfile(str(tmp_path / "results.xml"))
    assert (suite.name, suite.tests, suite.failures) == ("Delegation and DNSSEC", len(done.stdout.splitlines()), 1)
    (failed,) = [case for case in suite if case.result]
    assert failed.name == "dns.delegation.serial acme.test"
    assert isinstance(failed.result[0], Failure)
    assert "do: " in failed.result[0].text
    results = json.loads((tmp_path / "results.sarif").read_text())["runs"][0]["results"]
    (result,) = [one for one in results if one["level"] == "error"]
    assert result["ruleId"] == "dns.delegation.serial"
    assert result["locations"] == [{"logicalLocations": [{"fullyQualifiedName": "acme.test"}]}]


def test_junit_counts_what_is_unknown_as_an_error(verify: Verify, tmp_path: Path) -> None:
    verify("--only=delegation", "--junit=results.xml", broken={"acme.test"})
    (suite,) = JUnitXml.fromfile(str(tmp_path / "results.xml"))
    assert any(isinstance(result, Error) for case in suite for result in case.result)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ("--domain https://acme.test/", "is not a domain name"),
        ("--domain acme", "is not a domain name"),
        ("--domain acme.test --stack local", "--stack or --domain, not both"),
        ("--domain acme.test --only dsn", "--only takes one of delegation, records, mail"),
        ("--domain acme.test --only mail.spf.x", "no check whose id begins with it"),
        ("--domain acme.test --only spf", "such as mail.spf or dns.delegation"),
        ("--domain acme.test --nameserver 127.0.0.1:port", "--nameserver takes HOST or HOST:PORT"),
        ("--domain acme.test --nameserver 127.0.0.1:70000", "--nameserver takes HOST or HOST:PORT"),
        ("--domain acme.test --address 127.0.0.1:53", "--address takes NAME=HOST:PORT"),
        ("--domain acme.test --address acme.test=127.0.0.1", "--address takes NAME=HOST:PORT"),
        ("--domain acme.test --ca nowhere.pem", "--ca nowhere.pem cannot be used"),
        ("--domain acme.test --dkim-selector a/b", "is not a DKIM selector"),
    ],
)
def test_a_wrong_option_is_told_in_a_sentence(options: str, words: str) -> None:
    done = CliRunner().invoke(create(), ["verify", *options.split()])
    assert done.exit_code == 2
    assert words in " ".join(done.stderr.split())


NEAR = st.text(st.sampled_from("aZ0.:-[]=/_ é\\0")) | st.text()


@given(NEAR)
def test_no_option_raises_anything_but_its_one_error(text: str) -> None:
    for parse in (
        verify_options.domain,
        lambda one: verify_options.addresses([one]),
        lambda one: verify_options.selectors([one]),
        lambda one: verify_options.chosen([one]),
    ):
        with suppress(LaunchError):
            parse(text)


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("acme.test=127.0.0.1:8443", {("acme.test", 443): ("127.0.0.1", 8443)}),
        ("WWW.acme.test.:80=localhost:8080", {("www.acme.test", 80): ("localhost", 8080)}),
        ("acme.test=[::1]:8443", {("acme.test", 443): ("::1", 8443)}),
    ],
)
def test_an_address_names_host_and_port_on_both_sides(text: str, where: object) -> None:
    assert verify_options.addresses([text]) == where


def test_a_domain_is_asked_for_in_its_plain_form() -> None:
    assert verify_options.domain("Acme.Test.") == "acme.test"
    assert verify_options.domain("bücher.example") == "xn--bcher-kva.example"


def report(status: Status) -> Report:
    finding = Finding("dns.x", "acme.test", status, "it", "that", fix="mend it")
    return {GROUPS[0]: (finding,)}


def test_watching_ends_when_all_is_well() -> None:
    looks = iter([report(Status.FAIL), report(Status.UNKNOWN), report(Status.WARN), report(Status.PASS)])
    assert watch(lambda: next(looks), Terminal(), limit=60, pause=0) == report(Status.WARN)
    assert next(looks) == report(Status.PASS)


def test_watching_ends_when_time_is_up() -> None:
    assert watch(lambda: report(Status.FAIL), Terminal(), limit=0.2, pause=0.05) == report(Status.FAIL)


def test_ctrl_c_ends_the_waiting_with_the_last_look(command: Callable[..., list[str]], environ: dict[str, str]) -> None:
    words = command("--only=delegation", "--watch", second=ZONE.replace(" 7 ", " 6 "))
    with subprocess.Popen(
        words, cwd=PROJECT, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as waiting:
        assert waiting.stderr
        while "waiting for dns.delegation.serial" not in waiting.stderr.readline():
            pass
        waiting.send_signal(signal.SIGINT)
        stdout, stderr = waiting.communicate(timeout=30)
    assert waiting.returncode == 1
    assert "The last results" in stderr
    assert "✗ dns.delegation.serial" in stdout
