"""`./launch verify`: the post-deploy check of DNS, e-mail, TLS, redirects, caching and uptime."""

from __future__ import annotations

from datetime import UTC, datetime

import typer

from blueprint.finding import Finding, Status, verdict
from cli.doors import cure, down, is_down, ports_of, reach_of, require_running
from cli.options import Json, Stack, home_of
from cli.results import document, read_findings, read_outputs, write_findings, write_handover
from cli.show import Show
from engine.errors import FAILED, UNREACHABLE
from engine.home import LOCAL
from verify import run as verification
from verify.scene import of_stack

STYLES = {Status.PASS: "green", Status.WARN: "yellow", Status.FAIL: "bold red", Status.UNKNOWN: "magenta"}
SIGNS = {Status.PASS: "✓", Status.WARN: "!", Status.FAIL: "✗", Status.UNKNOWN: "?"}
CODES = {Status.PASS: 0, Status.WARN: 0, Status.FAIL: FAILED, Status.UNKNOWN: UNREACHABLE}
PLAYED = ("flow.", "accept.")  # ids of findings that this command does not renew


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command(epilog="Example: ./launch verify --stack prod")(verify)


def verify(stack: Stack = LOCAL, json: Json = False) -> None:
    """Check from outside that the stack is as promised, and renew the handover."""
    show, home = Show(json), home_of(stack)
    outputs = read_outputs(home)
    require_running(home)
    with show.step("Verify"):
        report = verification.run(
            of_stack(outputs), reach_of(home, ports_of(home)), datetime.now(UTC), progress=show.tell
        )
    found = verification.findings(report)
    write_findings(home, [*(old for old in read_findings(home) if old.id.startswith(PLAYED)), *found])
    write_handover(home, document(home))
    for finding in found:
        tell(finding, show, only_bad=False)
    if gone := down(home):
        show.note(f"\n{is_down(gone)} {cure(gone)}", style="bold red")
    raise typer.Exit(CODES[verdict(found)])


def tell(finding: Finding, show: Show, *, only_bad: bool) -> None:
    """Show one finding as a result; with `only_bad` only a person is spared those that passed."""
    if finding.status is Status.PASS and only_bad and not show.json:
        return
    lines = [f"{SIGNS[finding.status]} {finding.id:24} {finding.subject}: {finding.observed}"]
    if finding.status is not Status.PASS:
        lines += [f"    expected: {finding.expected}", f"    do: {finding.fix}"]
    if show.json:
        show.raw(finding.to_json())
    else:
        show.result("\n".join(lines), STYLES[finding.status])
