"""For every room: what was left out for want of a tool is named, and with --complete it is a failure."""

from __future__ import annotations

import pytest

LEFT_OUT = "left out: "
_left_out: list[str] = []


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--complete", action="store_true", help="fail when a test was left out for a missing tool")


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.skipped and isinstance(report.longrepr, tuple) and LEFT_OUT in report.longrepr[2]:
        _left_out.append(f"{report.nodeid}: {report.longrepr[2].partition(LEFT_OUT)[2]}")


def pytest_sessionfinish(session: pytest.Session) -> None:
    if session.config.getoption("--complete") and _left_out and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if _left_out:
        terminalreporter.section("left out, because something is not installed (./launch doctor tells how)")
        for line in _left_out:
            terminalreporter.write_line(line)
