"""Documents of a shape that nobody expects: one of them never stops a sweep over all."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from handlers.failures import Unavailable
from handlers.logs import Log

ODD = "odd_document"  # the outcome of the log line that tells of one


@contextmanager
def spared(log: Log, path: str) -> Iterator[None]:
    """Go on after the document at `path` although the block fails at it, and have a person told.

    Unavailable is raised on: that is a state of the world and not of the document.
    """
    try:
        yield
    except Unavailable:
        raise
    except Exception as error:  # noqa: BLE001 - whatever the document is, the sweep goes on
        log.alarm(
            "passed over a document that cannot be read; look at it by its path",
            outcome=ODD,
            path=path,
            reason=type(error).__name__,
        )


def plain(value: Any) -> Any:
    """Return a value that Firestore's client read as JSON knows it; times, bytes, places and references become None.

    The same comes of them where Eventarc delivers the document: see doors/intent_documents.
    """
    if isinstance(value, Mapping):
        return {str(name): plain(child) for name, child in value.items()}
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if value is None or isinstance(value, (str, bool, int, float)):
        return value
    is_list = isinstance(value, Sequence) and not isinstance(value, (bytes, bytearray))
    return [plain(child) for child in value] if is_list else None
