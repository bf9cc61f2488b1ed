"""Answers in a folder, one file a question: read with --from-dir, written with --record."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from triage.online.answers import RefusedError, Row, Source
from triage.online.mask import Mask
from triage.online.questions import Question

LARGEST = 200_000_000  # bytes of one recorded answer


class Recorded:
    """A source that reads SERVICE/NAME.json below a folder: `{"rows": [...]}`, or `{"refused": "why"}`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def ask(self, question: Question, each: Sequence[Row]) -> list[Row]:  # noqa: ARG002 - the seam of all sources
        """Return the recorded rows; raises RefusedError when none were recorded or the file is wrong."""
        file = self._folder / f"{question.id}.json"
        try:
            if file.stat().st_size > LARGEST:
                raise RefusedError(f"{file.name} is larger than {LARGEST // 1_000_000} MB")
            plain = json.loads(file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise RefusedError(f"the folder holds no {question.id}.json") from None
        except (OSError, ValueError, RecursionError) as error:
            raise RefusedError(f"{question.id}.json cannot be read: {error}") from error
        if isinstance(plain, dict) and isinstance(plain.get("refused"), str):
            raise RefusedError(plain["refused"])
        rows = plain.get("rows") if isinstance(plain, dict) else None
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise RefusedError(f"{question.id}.json holds no list of rows")
        return rows


class Recording:
    """A source that writes what another one answers, with secrets and personal data masked, and answers the same."""

    def __init__(self, source: Source, folder: Path, mask: Mask) -> None:
        self._source, self._folder, self._mask = source, folder, mask

    def ask(self, question: Question, each: Sequence[Row]) -> list[Row]:
        """Return what the other source answers, after it was written; raises RefusedError and OSError."""
        try:
            rows = self._source.ask(question, each)
        except RefusedError as error:
            self._write(question, {"refused": str(error)})
            raise
        self._write(question, {"rows": [self._mask.row(row) for row in rows]})
        return rows

    def _write(self, question: Question, plain: object) -> None:
        file = self._folder / f"{question.id}.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(plain, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        file.chmod(0o600)
