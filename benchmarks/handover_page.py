"""Writes a handover with many items, and says what that costs: `python -m benchmarks.handover_page`.

The stack is invented, of the outputs of a small launch; each item has proofs of its own. With `--beside FOLDER`, a
checkout of an earlier commit renders the page that it had, from as many items and findings, in a process of its own.
CPU seconds are the least of several runs, without the start of Python and the imports. Exits 1 when the page takes a
second.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.handover_stack import OUTPUTS
from blueprint.finding import Finding, Status
from blueprint.outputs import parse
from blueprint.spec import load
from checklists import handover
from checklists.checked_items import CHECKED
from checklists.evidence import Kept, Proof, Sheet
from checklists.items import Item
from checklists.record import Record
from checklists.render import to_html, to_markdown
from checklists.signed_items import SIGNED
from checklists.subject import Subject

ROOT = Path(__file__).parents[1]
NOW = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)
PROOFS, RUNS = 4, 5
BOUND = 1.0  # seconds of CPU
FORMER = """
import json, sys, time
from dataclasses import replace
from datetime import UTC, datetime
from blueprint.finding import Finding
from blueprint.outputs import parse
from checklists import handover, render
from checklists.checked_items import CHECKED
from checklists.signed_items import SIGNED
given = json.load(sys.stdin)
known = {item.id: item for item in (*CHECKED, *SIGNED)}
handover.ITEMS = tuple(replace(known.get(one["like"], known["billing"]), id=one["id"], proofs=tuple(one["proofs"]),
                               extras=(), asides=()) for one in given["items"])
found = [Finding.from_json(json.dumps(one)) for one in given["findings"]]
outputs, costs = parse(given["outputs"]), []
for _ in range(given["runs"]):
    began = time.process_time()
    made = handover.assemble("local", True, outputs, found, {}, datetime(2026, 11, 29, tzinfo=UTC))
    page = render.to_html(made)
    costs.append(time.process_time() - began)
print(json.dumps({"seconds": min(costs), "bytes": len(page.encode())}))
"""


def items(count: int) -> tuple[Item, ...]:
    """Return that many items, made of the real ones with ids and proofs of their own."""
    made = []
    for number in range(count):
        like = (*CHECKED, *SIGNED)[number % len((*CHECKED, *SIGNED))]
        proofs = (f"mail.bench{number}.",) if like.proofs else ()
        made.append(replace(like, id=f"{like.id}-{number}", proofs=proofs, extras=(), asides=(), played=False))
    return tuple(made)


def findings(made: tuple[Item, ...]) -> list[Finding]:
    """Return what proves them: most pass, every tenth fails."""
    found: list[Finding] = []
    for item in made:
        for number in range(PROOFS if item.proofs else 0):
            is_bad = len(found) % 10 == 0
            status, fix = (Status.FAIL, "Run `./launch up`.") if is_bad else (Status.PASS, "")
            seen = f"answer {number} of {item.id}"
            found.append(Finding(f"{item.proofs[0]}p{number}", "acme.test", status, "as promised", seen, "raw", fix))
    return found


def ours(made: tuple[Item, ...], found: list[Finding], render: Callable[[handover.Handover], str]) -> tuple[float, int]:
    """Return the CPU seconds of assembling and writing, and the bytes that were written."""
    subject = Subject("local", "acme.test", "acme-rehearsal", rehearsal=True)
    proofs = tuple(Proof(one, NOW) for one in found)
    sheet = Sheet(subject, "", "", "./launch up", proofs)
    record = Record((Kept("verified", "evidence/verified-0.json", "0" * 64, sheet),))
    outputs, spec = parse(OUTPUTS), load(ROOT / "Pulumi.local.yaml")
    runbooks = {path.stem: path.read_text() for path in (ROOT / "docs" / "runbooks").glob("*.md")}
    costs, text = [], ""
    for _ in range(RUNS):
        began = time.process_time()
        text = render(handover.assemble(subject, outputs, record, NOW, spec, "", runbooks, items=made))
        costs.append(time.process_time() - began)
    return min(costs), len(text.encode())


def former(folder: Path, made: tuple[Item, ...], found: list[Finding]) -> tuple[float, int]:
    """Return the same of the page that an earlier checkout writes."""
    likes = [item.id.rpartition("-")[0] for item in made]  # one that the earlier commit did not have is like another
    given = {
        "outputs": OUTPUTS,
        "runs": RUNS,
        "items": [{"id": item.id, "like": like, "proofs": item.proofs} for item, like in zip(made, likes, strict=True)],
        "findings": [json.loads(one.to_json()) for one in found],
    }
    run = subprocess.run(
        [sys.executable, "-c", FORMER], cwd=folder, input=json.dumps(given), capture_output=True, text=True, check=True
    )
    answer = json.loads(run.stdout)
    return answer["seconds"], answer["bytes"]


def main() -> None:
    """Write the handover, and print what it cost."""
    arguments = argparse.ArgumentParser(description="What writing a handover costs.")
    arguments.add_argument("--items", type=int, default=300)
    arguments.add_argument("--beside", type=Path, help="a checkout of an earlier commit")
    given = arguments.parse_args()
    made = items(given.items)
    found = findings(made)
    rows = {"page": ours(made, found, to_html), "Markdown": ours(made, found, to_markdown)}
    if given.beside:
        rows["page of the earlier commit"] = former(given.beside, made, found)
    print(f"{given.items} items, {len(found)} proofs")
    for name, (seconds, size) in rows.items():
        print(f"{name:28} {seconds:6.3f} s CPU {size / 1000:8.0f} kB")
    sys.exit(rows["page"][0] >= BOUND)


if __name__ == "__main__":
    main()
