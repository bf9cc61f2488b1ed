"""A worker that crashed in C code: its test is played once more by the worker that takes its place.

A segmentation fault in a library has been seen to end a worker, once in some hundred thousand tests. By loadscope,
xdist plays such a test again in any case, and calls the run failed all the same. Here the first crash of a test is
printed and counted in the last line (`1 rerun`); a second one of the same test fails.
"""

from __future__ import annotations

import pytest

_crashed: set[str] = set()  # tests, in the process that shares them out


def pytest_handlecrashitem(crashitem: str, report: pytest.TestReport) -> None:
    """Let a test that crashed its worker for the first time count as played again."""
    if crashitem not in _crashed:
        _crashed.add(crashitem)
        report.outcome = "rerun"  # type: ignore[assignment] # xdist's documentation has it so


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name the tests that crashed a worker, however they ended."""
    for test in sorted(_crashed):
        terminalreporter.write_line(f"a worker crashed in {test}, which was played again")
