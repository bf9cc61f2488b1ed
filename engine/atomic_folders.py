"""Folders that appear complete or not at all."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def complete_or_absent(final: Path) -> Iterator[Path]:
    """Give a draft folder to fill; it becomes `final` when the block ends well, and is removed when it does not.

    What a killed run left behind is removed first, so the caller must hold a lock on `final`.
    """
    final.parent.mkdir(parents=True, exist_ok=True)
    for left in final.parent.glob(f".{final.name}.*"):
        shutil.rmtree(left, ignore_errors=True)
    draft = final.parent / f".{final.name}.{os.getpid()}"
    draft.mkdir()
    try:
        yield draft
        shutil.rmtree(final, ignore_errors=True)
        draft.rename(final)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
