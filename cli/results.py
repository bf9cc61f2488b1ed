"""The result files of a stack: outputs, findings, and the handover made from them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from blueprint import outputs as promised
from blueprint.finding import Finding
from blueprint.outputs import Outputs
from checklists import handover, signoffs
from checklists.handover import Handover
from checklists.render import to_html, to_markdown
from engine.errors import LaunchError
from engine.home import LOCAL, Home

ACCEPTED = "accept."  # ids of the findings of `./launch accept`

Ask = Callable[[Home], Mapping[str, Any]]


def _from_state(home: Home) -> Mapping[str, Any]:
    from cli import state_outputs  # which needs the engine, that most commands do not

    return state_outputs.ask(home)


def write_outputs(home: Home, values: Mapping[str, Any]) -> Outputs:
    """Write `outputs.json` and return the outputs typed; raises OutputsError when they are not what we export.

    Other outputs than before (a new image is one) make void what was accepted.
    """
    outputs = promised.parse(values)
    text = json.dumps(values, indent=1, ensure_ascii=False)
    if not home.outputs.exists() or home.outputs.read_text() != text:
        write_findings(home, [old for old in read_findings(home) if not old.id.startswith(ACCEPTED)])
    write(home.outputs, text)
    return outputs


def read_outputs(home: Home, ask: Ask = _from_state) -> Outputs:
    """Return the outputs of the last `up`; raises LaunchError when there was none, OutputsError when they are older.

    Where this clone has not run it, a stack in the real clouds is looked up in its state (`ask`).
    """
    if not home.outputs.exists() and not home.is_local:
        values = ask(home)
        if values:
            return write_outputs(home, values)
    if not home.outputs.exists():
        stands = "has never come up completely" if home.logs.exists() else "has not been brought up yet"
        raise LaunchError(
            f"Stack {home.stack} {stands}.", cure=f"Run ./launch up{flag(home)}; it says what is missing."
        )
    return promised.parse(json.loads(home.outputs.read_text()))


def accepted(home: Home) -> list[Finding]:
    """Return what `./launch accept` found out, as far as it still holds."""
    return [old for old in read_findings(home) if old.id.startswith(ACCEPTED)]


def write_findings(home: Home, findings: Iterable[Finding]) -> None:
    """Write `findings.jsonl`."""
    write(home.findings, "".join(f"{finding.to_json()}\n" for finding in findings))


def read_findings(home: Home) -> list[Finding]:
    """Return the findings of the last run; none when there was no run."""
    if not home.findings.exists():
        return []
    return [Finding.from_json(line) for line in home.findings.read_text().splitlines()]


def signatures(home: Home) -> Path:
    """Return the file of signatures."""
    return home.path / "signoffs.json"


def document(home: Home) -> Handover:
    """Return the handover as outputs, findings and signatures stand now."""
    return handover.assemble(
        home.stack,
        home.is_local,
        read_outputs(home),
        read_findings(home),
        signoffs.load(signatures(home)),
        datetime.now(UTC).astimezone(),
        last_checked(home),
    )


def last_checked(home: Home) -> datetime | None:
    """Return when findings were last written."""
    if not home.findings.exists():
        return None
    return datetime.fromtimestamp(home.findings.stat().st_mtime, UTC).astimezone()


def write_handover(home: Home, made: Handover) -> tuple[Path, Path]:
    """Write the handover as page and as Markdown and return both files."""
    page, text = home.path / "HANDOVER.html", home.path / "HANDOVER.md"
    write(page, to_html(made))
    write(text, to_markdown(made))
    return page, text


def write(path: Path, text: str) -> None:
    """Write a file so that a reader sees the old one or the new one, never half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.new")
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)


def flag(home: Home) -> str:
    """Return what to add to a command so that it means this stack."""
    return "" if home.stack == LOCAL else f" --stack {home.stack}"
