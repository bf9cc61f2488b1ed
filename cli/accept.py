"""`./launch accept`: plays the acceptance criteria against a stack and records the evidence."""

from __future__ import annotations

import json as text
import os
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from blueprint import spec
from blueprint.finding import Finding, Status, verdict
from cli import results
from cli.findings import CODES, tell
from cli.options import Json, Stack, home_of
from cli.prepared_stack import at_work
from cli.reachability import ports_of, require_running
from cli.results import document, keep_findings, read_outputs, write, write_handover
from cli.terminal import Terminal
from engine.errors import USAGE, LaunchError
from engine.home import LOCAL, Home

if TYPE_CHECKING:
    from flows import Stage

STAGING = "staging"

Only = Annotated[
    list[str] | None,
    typer.Option("--only", metavar="ID", help="Play this criterion alone; may be given several times."),
]
RedTeam = Annotated[
    bool, typer.Option("--red-team", help="Attack the drafts of replies with prompt injections instead.")
]


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command(epilog="Example: ./launch accept --only edge.crm_timeout")(accept)


def accept(stack: Stack = LOCAL, only: Only = None, red_team: RedTeam = False, json: Json = False) -> None:
    """Play the acceptance criteria and the edge cases, record the evidence, and renew the handover."""
    show, home = Terminal(json), home_of(stack)
    _refuse_production(home)
    outputs = read_outputs(home)
    ids = _ids(only or [])
    require_running(home)
    with at_work(home, "accept"), show.step("Acceptance"):
        found = _attacked(home, show) if red_team else _played(home, ids, show)
        record = _record(home, found)
        _keep(home, found)
    for finding in found:
        tell(finding, show, only_bad=False)
    passed = sum(finding.status is Status.PASS for finding in found)
    show.note(f"\n{len(found)} criteria of {outputs.domain}: {passed} passed. The evidence: {record}")
    raise typer.Exit(CODES[verdict(found)])


def _refuse_production(home: Home) -> None:
    if not (home.is_local or home.stack.startswith(STAGING)):
        raise LaunchError(
            f"The criteria are not played on stack {home.stack}.",
            "They make users, payments and tickets, forge events and bring vendors down, which real customers would "
            "notice.",
            "Play them in the rehearsal (./launch accept) or on a stack named staging.",
            USAGE,
        )


def _ids(only: Sequence[str]) -> list[str]:
    from flows import accept  # takes half a second, which every other command would pay

    try:
        return accept.chosen(only)
    except accept.UnknownCriterion as error:
        raise LaunchError(str(error), cure="Name one of them, or leave --only out.", code=USAGE) from error


def _played(home: Home, ids: Sequence[str], show: Terminal) -> list[Finding]:
    from flows import accept

    stage = _stage(home)
    if stage.public and (left := [accept.CRITERIA[id_][0] for id_ in accept.FAULTY]):
        show.note(f"Left to the rehearsal (./launch accept), for a vendor has to fail: {'; '.join(left)}.")
    return accept.play(stage, ids, show.tell)


def _stage(home: Home) -> Stage:
    """Return where to play: with the vendors' public APIs alone on a staging stack, also when that is rehearsed.

    Raises LaunchError when the test mailbox is not named as it should be.
    """
    from flows import Stage, mailbox_account

    outputs, support = read_outputs(home), spec.load(home.project / f"Pulumi.{home.stack}.yaml").support
    try:
        if not home.is_local:
            stage = Stage.staged(outputs, os.environ, support.zendesk or "")
            return replace(stage, team=support.receiver, mailbox=mailbox_account.of(os.environ))
        ports, ca_file = ports_of(home), home.path / "ca" / "ca.pem"
        box = mailbox_account.rehearsed(support.receiver, ports.address("imap"), ca_file)
    except mailbox_account.MailboxError as error:
        what = "The test mailbox, in which mail is waited for, is not named as it should be."
        raise LaunchError(what, str(error), "docs/testing.md says what each variable is.", USAGE) from error
    stage = Stage.local(outputs, home.path, ports)
    return replace(stage, public=not home.plays_people, team=support.receiver, mailbox=box)


def _attacked(home: Home, show: Terminal) -> list[Finding]:
    from flows import Stage, redteam

    outputs = read_outputs(home)
    stage = Stage.local(outputs, home.path, ports_of(home)) if home.is_local else Stage.of_cloud(outputs, os.environ)
    return redteam.play(stage, show.tell)


def _record(home: Home, found: Sequence[Finding]) -> Path:
    """Write the evidence of this run into a new file, and return its path."""
    now = datetime.now(UTC)
    record = home.evidence / f"accept-{now:%Y%m%dT%H%M%SZ}.json"
    lines = [text.loads(finding.to_json()) for finding in found]
    write(record, text.dumps({"stack": home.stack, "at": now.isoformat(), "criteria": lines}, indent=1))
    return record


def _keep(home: Home, found: Sequence[Finding]) -> None:
    """Put the findings in the place of those of the same criteria, and renew the handover."""
    renewed = {finding.id for finding in found}
    keep_findings(home, found, "./launch accept", results.only(renewed))
    write_handover(home, document(home))
