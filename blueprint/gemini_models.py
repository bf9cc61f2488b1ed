"""Which Gemini models Vertex AI still serves, by name."""

from __future__ import annotations

import re

PRESENT = "gemini-3.5-flash"
NAME = r"gemini-[a-z0-9.-]{1,60}"
_RETIRED = re.compile(
    r"gemini-(?:(?:1\.0|1\.5|2\.0|2\.5|pro|ultra|exp|experimental)(?![0-9.])|(?:pro|flash)-[12]\.|3-pro-preview$)"
)


def is_retired(name: str) -> bool:
    """Tell whether Google answers 404 for a model.

    "Model versions" (docs.cloud.google.com, Vertex AI) and "Gemini deprecations", looked up in November 2026; see
    sunsets.toml.
    """
    return _RETIRED.match(name) is not None
