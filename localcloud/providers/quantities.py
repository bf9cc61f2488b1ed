"""Amounts as the APIs write them: durations, numbers of CPUs, sizes of memory."""

from __future__ import annotations

import re

from localcloud.providers.values import Value

UNITS = {
    "": 1 / 1024**2,
    "K": 1e3 / 1024**2,
    "M": 1e6 / 1024**2,
    "G": 1e9 / 1024**2,
    "Ki": 1 / 1024,
    "Mi": 1.0,
    "Gi": 1024.0,
}


def seconds(text: Value) -> float | None:
    """Return the seconds of a duration such as `1.5s`, None for anything else."""
    found = re.fullmatch(r"(\d+(?:\.\d{1,9})?)s", text) if isinstance(text, str) else None
    return float(found[1]) if found else None


def number(text: Value) -> float | None:
    """Return a Kubernetes quantity of CPUs, `2` or `500m`, None for anything else."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)(m?)", text) if isinstance(text, str) else None
    return float(found[1]) / (1000 if found[2] else 1) if found else None


def mebibytes(text: Value) -> float | None:
    """Return a Kubernetes quantity of memory, such as `512Mi`, in MiB, None for anything else."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)(|K|M|G|Ki|Mi|Gi)", text) if isinstance(text, str) else None
    return float(found[1]) * UNITS[found[2]] if found else None
