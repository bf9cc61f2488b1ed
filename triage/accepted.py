"""Which findings an app's comments accept for a while, read from its files without any other check."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path

from blueprint.finding import Finding
from triage import exemptions
from triage.files.kinds import Kind, Part, kind_of, part_of
from triage.files.read import PARSED, read
from triage.files.walk import walk
from triage.model import Exemption


def accepted(files: Mapping[str, bytes], today: date) -> list[Finding]:
    """Return the exemptions in some files (path → content) as findings, those that end first at the front."""
    return exemptions.as_findings(
        [Exemption(path, *one) for path, data in files.items() for one in exemptions.written(data)], today
    )


def accepted_in(root: Path, today: date) -> list[Finding]:
    """Return the exemptions in an app's folder as findings; what cannot be read holds none."""
    files: dict[str, bytes] = {}
    for path, size in walk(root).files.items():
        if size > PARSED or kind_of(path) in {Kind.OTHER, Kind.ARCHIVE} or part_of(path) is Part.ASIDE:
            continue
        try:
            data = read(f"{root}/{path}", PARSED + 1)
        except OSError:
            continue
        if b"triage:" in data:
            files[path] = data
    return accepted(files, today)
