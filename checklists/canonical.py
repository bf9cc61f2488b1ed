"""The one way in which values become bytes and a digest, so that two machines agree on what was shown or seen."""

from __future__ import annotations

import hashlib
import json
from typing import Any


def text(value: Any) -> str:
    """Return a JSON value as text: keys sorted, indented by one, so that a person can read what it says."""
    return json.dumps(value, sort_keys=True, indent=1, ensure_ascii=False) + "\n"


def digest(value: Any) -> str:
    """Return the SHA-256 of that text, as 64 hex digits."""
    return hashlib.sha256(text(value).encode()).hexdigest()
