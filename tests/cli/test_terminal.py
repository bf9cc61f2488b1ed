from __future__ import annotations

import errno
import io
import socket
import sqlite3
import urllib.error
from email.message import Message
from pathlib import Path

import httpx
import pytest
import typer
from google.api_core import exceptions as api_core
from google.auth import exceptions as google_auth
from rich.console import Console
from typer.testing import CliRunner

from blueprint.outputs import OutputsError
from blueprint.spec import SpecError
from checklists.signoffs import SignoffError
from cli.exit_codes import FailureHandlingGroup, expected
from cli.progress import EngineProgress, in_words, sign
from cli.terminal import Terminal
from engine.engine_events import Diagnostic, Step, Summary
from engine.errors import FAILED, LaunchError
from engine.locks import LockHeldError

FOUND = "using pulumi-analyzer-policy-forked from $PATH at /infra/loading/policies/pulumi-analyzer-policy-forked"
URN = "urn:pulumi:local::launch-ready::gcp:cloudtasks/queue:Queue::events"


@pytest.fixture
def out() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def plain(out: io.StringIO) -> Terminal:
    return Terminal(progress=Console(file=out, width=200))


@pytest.fixture
def terminal(out: io.StringIO) -> Terminal:
    return Terminal(progress=Console(file=out, force_terminal=True, width=200, color_system=None))


def test_without_a_terminal_a_step_is_plain_lines(plain: Terminal, out: io.StringIO) -> None:
    with plain.step("Provision"):
        plain.tell("+ queue events")
    first, second, third = out.getvalue().splitlines()
    assert (first, second) == ("→ Provision", "  + queue events")
    assert third.startswith("✓ Provision (0.")


def test_on_a_terminal_a_step_is_live_and_leaves_one_line(terminal: Terminal, out: io.StringIO) -> None:
    with terminal.step("Provision"):
        terminal.tell("+ queue events")
    assert "✓ Provision (" in out.getvalue()
    assert "→" not in out.getvalue()


def test_a_step_that_fails_is_not_ticked(plain: Terminal, out: io.StringIO) -> None:
    with pytest.raises(LaunchError), plain.step("Provision"):
        raise LaunchError("no")
    assert "✓" not in out.getvalue()


def test_markup_in_what_others_say_is_not_read(plain: Terminal, out: io.StringIO) -> None:
    plain.note("[bold]not ours[/bold]")
    assert out.getvalue() == "[bold]not ours[/bold]\n"


def test_that_the_engine_finds_the_rehearsal_s_policies_is_no_warning_to_anybody(
    plain: Terminal, out: io.StringIO
) -> None:
    progress = EngineProgress(plain)
    progress(Diagnostic("warning", FOUND))
    progress(Diagnostic("warning", "using pulumi-language-python from $PATH at /elsewhere"))
    assert out.getvalue() == "  ! using pulumi-language-python from $PATH at /elsewhere\n"


def test_progress_tells_changes_and_each_warning_once(plain: Terminal, out: io.StringIO) -> None:
    progress = EngineProgress(plain)
    for event in (
        Step("create", URN, "started"),
        Step("create", URN, "done"),
        Step("same", URN, "started"),
        Diagnostic("warning", "old setting"),
        Diagnostic("warning", "old setting"),
        Diagnostic("debug", "registering"),
        Summary({"create": 1}),
    ):
        progress(event)
    assert out.getvalue().splitlines() == ["  + queue events", "  ! old setting"]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"create": 3, "same": 60}, "3 created, 60 unchanged"),
        ({"same": 63}, "0 changes, 63 unchanged"),
        ({}, "0 changes, 0 unchanged"),
    ],
)
def test_a_summary_in_words(changes: dict[str, int], words: str) -> None:
    assert in_words(Summary(changes)) == words


@pytest.mark.parametrize(("op", "shown"), [("create", "+"), ("create-replacement", "+"), ("read", "·")])
def test_operations_have_the_signs_of_a_diff(op: str, shown: str) -> None:
    assert sign(op) == shown


def raising(error: BaseException) -> typer.Typer:
    app = typer.Typer(cls=FailureHandlingGroup, pretty_exceptions_enable=False)

    @app.command()
    def fail() -> None:
        raise error

    @app.command()
    def other() -> None: ...

    return app


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (LaunchError("it broke", "because", "mend it", FAILED), 1, "it broke"),
        (SpecError(("spec.domain is missing; add it",)), 2, "spec.domain is missing"),
        (OutputsError("lack zone_id"), 3, "lack zone_id"),
        (SignoffError("a signature needs a name"), 2, "needs a name"),
        (LockHeldError(Path("run.lock"), None), 3, "Another command is working"),
        (KeyboardInterrupt(), 130, "./launch down"),
        (BrokenPipeError(), 0, ""),
    ],
)
def test_a_foreseen_failure_has_words_and_a_code(error: BaseException, code: int, words: str) -> None:
    done = CliRunner().invoke(raising(error), ["fail"])
    assert done.exit_code == code
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_an_unforeseen_failure_is_one_line_and_a_log_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAUNCH_HOME", str(tmp_path))
    done = CliRunner().invoke(raising(ZeroDivisionError("by nought")), ["fail"])
    assert done.exit_code == 3
    assert "ZeroDivisionError: by nought" in done.stderr
    assert "Traceback" not in done.stderr
    (log,) = (tmp_path / "errors").iterdir()
    assert "Traceback" in log.read_text()
    assert str(log) in done.stderr.replace("\n", "")


def test_where_nothing_can_be_written_the_details_are_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blocked = tmp_path / "file"
    blocked.touch()
    monkeypatch.setenv("LAUNCH_HOME", str(blocked))
    monkeypatch.setattr("tempfile.tempdir", str(blocked))
    done = CliRunner().invoke(raising(ZeroDivisionError("by nought")), ["fail"])
    assert done.exit_code == 3
    assert "This should not have happened: ZeroDivisionError: by nought" in done.stderr
    assert "nowhere to write the details" in done.stderr


def test_a_log_that_has_no_place_in_the_project_gets_a_temporary_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocked, other = tmp_path / "file", tmp_path / "tmp"
    blocked.touch()
    other.mkdir()
    monkeypatch.setenv("LAUNCH_HOME", str(blocked))
    monkeypatch.setattr("tempfile.tempdir", str(other))
    assert CliRunner().invoke(raising(ZeroDivisionError("by nought")), ["fail"]).exit_code == 3
    (log,) = (other / "launch-errors").iterdir()
    assert "Traceback" in log.read_text()


def caused(error: BaseException, cause: BaseException) -> BaseException:
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (google_auth.DefaultCredentialsError("Your default credentials were not found."), "does not know who you are"),
        (google_auth.RefreshError("('invalid_grant: Bad Request', {})"), "does not know who you are"),
        (google_auth.ReauthFailError("Reauthentication failed."), "does not know who you are"),
        (google_auth.MalformedError("No key could be detected.", ValueError()), "does not know who you are"),
        (google_auth.DefaultCredentialsError("File /x.json was not found."), "GOOGLE_APPLICATION_CREDENTIALS"),
        (google_auth.UserAccessTokenError("Failed to obtain access token"), "does not know who you are"),
        (google_auth.OAuthError("Error code invalid_target: x"), "does not know who you are"),
        (api_core.Unauthenticated("Request had invalid authentication credentials."), "does not know who you are"),
        (api_core.Unauthorized("Invalid Credentials"), "does not know who you are"),
        (google_auth.TransportError("no route"), "log-in cannot be reached"),
        (
            api_core.ServiceUnavailable("Getting metadata from plugin failed with error: Reauthentication is needed."),
            "gcloud auth application-default login",
        ),
        (caused(RuntimeError("wrapped"), google_auth.RefreshError("invalid_grant")), "does not know who you are"),
        (
            api_core.Forbidden(
                "The firebase.googleapis.com API requires a quota project, which is not set by default."
            ),
            "set-quota-project PROJECT",
        ),
        (OSError(errno.EROFS, "Read-only file system", "/work/.launch/run.lock"), "/work/.launch/run.lock cannot be"),
        (
            PermissionError(errno.EACCES, "Permission denied", ".launch"),
            ".launch cannot be written: Permission denied.",
        ),
        (OSError(errno.ENOSPC, "No space left on device", "world.db"), "LAUNCH_HOME"),
        (NotADirectoryError(errno.ENOTDIR, "Not a directory", "/x/local"), "/x/local cannot be written"),
        (OSError(errno.EROFS, "Read-only file system", "/x/Pulumi.prod.yaml"), "copy the project to a folder"),
        (sqlite3.OperationalError("attempt to write a readonly database"), "set LAUNCH_HOME to a folder that can"),
        (sqlite3.OperationalError("unable to open database file"), "database of the rehearsal cannot be written"),
        (OSError(errno.ENOSPC, "No space left on device"), "no room left on this machine's disk"),
        (caused(RuntimeError("x"), sqlite3.OperationalError("database or disk is full")), "no room left"),
        (api_core.PermissionDenied("Permission 'x.y.get' denied on resource"), "whoever is logged in may not do this"),
        (api_core.Forbidden("Permission 'x.y.get' denied on resource"), "Permission 'x.y.get' denied"),
        (api_core.ServiceUnavailable("failed to connect to all addresses"), "Google Cloud cannot be reached"),
        (api_core.RetryError("Timeout of 60.0s exceeded", None), "Google Cloud cannot be reached"),
        (httpx.ConnectError("[Errno -2] Name or service not known"), "A host on the internet cannot be reached"),
        (httpx.ConnectTimeout("timed out"), "connection and proxy"),
        (httpx.ReadTimeout("timed out"), "connection and proxy"),
        (httpx.ProxyError("407 Proxy Authentication Required"), "connection and proxy"),
        (urllib.error.URLError("no route"), "A host on the internet cannot be reached"),
        (socket.gaierror(-2, "Name or service not known"), "A host on the internet cannot be reached"),
    ],
)
def test_what_a_person_can_do_away_with_is_no_mistake_of_ours(error: BaseException, words: str) -> None:
    done = CliRunner().invoke(raising(error), ["fail"])
    assert done.exit_code == 3
    assert words in done.stderr
    assert "should not have happened" not in done.stderr


@pytest.mark.parametrize(
    "error",
    [
        ValueError("invalid_grant"),
        FileNotFoundError(errno.ENOENT, "no", "x"),
        OSError("x"),
        ConnectionError("x"),
        api_core.InvalidArgument("x"),
        urllib.error.HTTPError("https://x.test", 404, "Not Found", Message(), None),
        sqlite3.OperationalError("no such table"),
    ],
)
def test_what_only_sounds_like_it_is_still_unforeseen(error: Exception) -> None:
    assert expected(error) is None


def test_what_nobody_has_foreseen_is_not_called_expected() -> None:
    assert expected(ValueError("no")) is None
