"""A Python traceback in one sentence: where in our files it happened, and the exception's own words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

BEGIN = "Traceback (most recent call last)"
FRAME = re.compile(r'^\s+File "(?P<file>[^"]+)", line (?P<line>\d+)')
EXCEPTION = re.compile(r"^(?P<module>(?:[A-Za-z_]\w*\.)*)(?P<kind>[A-Za-z_]\w*)(?:: (?P<words>.*))?$")
FOREIGN = re.compile(r"site-packages|/lib/python3|^<")  # files that only their makers repair


def told(message: str, project: Path) -> str:
    """Return a message with its last traceback told; one without a traceback as it is.

    An exception class of our own carries words for people, which stand alone. Python's own classes need the place,
    which is given relative to `project`, and their name.
    """
    lines = message.strip().splitlines()
    begins = [at for at, line in enumerate(lines) if line.startswith(BEGIN)]
    ends = [at for at, line in enumerate(lines) if begins and at > begins[-1] and line and not line[0].isspace()]
    if not ends:
        return "\n".join(lines)
    frames, (last, *more) = lines[begins[-1] : ends[0]], lines[ends[0] :]
    found = EXCEPTION.match(last)
    if not found:
        return "\n".join([last, *more])
    words = found["words"] or ""
    if not found["module"]:
        words = f"{_place(frames, project)}{words or 'failed'} ({found['kind']})"
    return "\n".join([words or found["kind"], *more])


def _place(frames: Sequence[str], project: Path) -> str:
    known = [frame for frame in map(FRAME.match, frames) if frame]
    ours = [frame for frame in known if not FOREIGN.search(frame["file"])]
    if not known:
        return ""
    frame = (ours or known)[-1]
    return f"{frame['file'].removeprefix(f'{project}/')}, line {frame['line']}: "
