"""The result files of a stack: outputs, the record of its handover, and the documents made from them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from blueprint import outputs as promised
from blueprint import spec
from blueprint.finding import Finding
from blueprint.outputs import Outputs
from checklists import handover, record
from checklists.differences import snapshot
from checklists.evidence import Sheet, deployment_of
from checklists.handover import Handover
from checklists.record import Store
from checklists.render import to_html, to_markdown
from checklists.subject import Subject
from cli import record_store, stack_outputs
from cli.commit import commit_of
from engine.errors import USAGE, LaunchError
from engine.home import Home

ACCEPTED = "accept."  # ids of the findings of `./launch accept`


def write_outputs(home: Home, values: Mapping[str, Any]) -> Outputs:
    """Write `outputs.json` and return the outputs typed; raises OutputsError when they are not what we export.

    What was found out about other outputs than these (a new image is one) counts no more; see checklists/evidence.py.
    """
    outputs = promised.parse(values)
    write(home.outputs, json.dumps(values, indent=1, ensure_ascii=False))
    return outputs


def read_outputs(home: Home, *, is_fresh: bool = False) -> Outputs:
    """Return the outputs of the last `up`: those kept here, or the engine's, which a clean clone has no others than.

    With `is_fresh`, a stack in the real clouds is always asked, for somebody else may have deployed. Raises LaunchError
    when there was no `up`, OutputsError when the outputs are older than the program.
    """
    known = None if is_fresh and not home.is_local else stack_outputs.kept(home)
    if known is not None:
        return known
    values = stack_outputs.ask(home)
    if not values:
        stands = "has never come up completely" if home.logs.exists() else "has not been brought up yet"
        raise LaunchError(f"Stack {home.stack} {stands}.", cure=f"Run ./launch up{home.flag}; it says what is missing.")
    return write_outputs(home, values)


def store_of(home: Home) -> Store:
    """Return where the record of a stack is kept; raises SpecError, or LaunchError when it cannot be reached."""
    return record_store.of(home, spec.load(home.project / f"Pulumi.{home.stack}.yaml"))


def subject_of(home: Home, outputs: Outputs) -> Subject:
    """Return to which launch what is found out, signed and waived now belongs."""
    return Subject(home.stack, outputs.domain, outputs.project, home.is_local)


def keep_findings(
    home: Home, found: Sequence[Finding], command: str, replaces: Callable[[str], bool], now: datetime | None = None
) -> None:
    """Keep what was just found out in the record, in place of the earlier findings that it `replaces`, by their ids.

    All that counts now is written to `findings.jsonl` too, for whoever reads it with other tools.
    """
    outputs, store = read_outputs(home), store_of(home)
    subject, deployment = subject_of(home, outputs), deployment_of(outputs)
    taken = Sheet(subject, deployment, commit_of(home.project), command, ())
    record.keep_findings(store, taken, found, replaces, now or datetime.now(UTC))
    known = record.load(store, subject, deployment).proofs
    write(home.findings, "".join(f"{proof.finding.to_json()}\n" for proof in known))


def document(home: Home, *, is_fresh: bool = False) -> Handover:
    """Return the handover as outputs, evidence, signatures and the comments in the app's folder stand now."""
    outputs = read_outputs(home, is_fresh=is_fresh)
    wanted = spec.load(home.project / f"Pulumi.{home.stack}.yaml")
    subject = subject_of(home, outputs)
    kept = record.load(record_store.of(home, wanted), subject, deployment_of(outputs))
    now = datetime.now(UTC).astimezone()
    return handover.assemble(
        subject,
        outputs,
        kept,
        now,
        wanted,
        commit_of(home.project),
        runbooks_of(home.project),
        accepted=accepted(home, now.date()),
    )


def name_app(home: Home, folder: Path) -> None:
    """Keep where the app's folder is on this machine; raises LaunchError when there is no such folder."""
    if not folder.is_dir():
        raise LaunchError(
            f"--app {folder}: there is no such folder.", cure="Name the folder that holds pubspec.yaml.", code=USAGE
        )
    write(home.app, f"{folder.resolve()}\n")


def accepted(home: Home, today: date) -> Sequence[Finding] | None:
    """Return what comments in the app's folder accept, judged today; None when nobody has named it, or it is gone."""
    folder = Path(home.app.read_text(encoding="utf-8").strip()) if home.app.exists() else None
    if folder is None or not folder.is_dir():
        return None
    from triage.accepted import accepted_in  # only a handover whose app is at hand needs it

    return accepted_in(folder, today)


def runbooks_of(project: Path) -> Mapping[str, str]:
    """Return the text of every runbook, by its name."""
    return {path.stem: path.read_text(encoding="utf-8") for path in (project / "docs" / "runbooks").glob("*.md")}


def write_handover(home: Home, made: Handover) -> tuple[Path, Path]:
    """Write the handover as page, as Markdown and as JSON, and return the first two files."""
    page, text = home.path / "HANDOVER.html", home.path / "HANDOVER.md"
    write(page, to_html(made))
    write(text, to_markdown(made))
    write(home.path / "HANDOVER.json", json.dumps(snapshot(made), indent=1, ensure_ascii=False))
    return page, text


def read_findings(home: Home) -> list[Finding]:
    """Return the findings that counted when something was last found out; none when nothing ever was."""
    if not home.findings.exists():
        return []
    return [Finding.from_json(line) for line in home.findings.read_text().splitlines()]


def last_checked(home: Home) -> datetime | None:
    """Return when something was last found out."""
    if not home.findings.exists():
        return None
    return datetime.fromtimestamp(home.findings.stat().st_mtime, UTC).astimezone()


def only(ids: Iterable[str]) -> Callable[[str], bool]:
    """Return what says that a finding is of one of these ids."""
    wanted = frozenset(ids)
    return lambda id_: id_ in wanted


def write(path: Path, text: str) -> None:
    """Write a file so that a reader sees the old one or the new one, never half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.new")
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)
