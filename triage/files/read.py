"""Reads a file's bytes whole or in overlapping pieces, never more than was asked for."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

PARSED = 2_000_000  # bytes; larger source files are searched for secrets only
PIECE = 8_000_000
OVERLAP = 4096


def read(path: str | Path, limit: int) -> bytes:
    """Return at most `limit` bytes of a regular file; raises OSError when it cannot be read or is no regular file."""
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    try:
        left = min(limit, os.fstat(handle).st_size)  # a larger number is a larger buffer, at each file
        data = os.read(handle, left)
        while data and len(data) < left and (more := os.read(handle, left - len(data))):
            data += more
    finally:
        os.close(handle)
    return data


def pieces(path: Path) -> Iterator[tuple[int, bytes]]:
    """Yield a file as (offset, bytes), each piece starting a little before the last one ended."""
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    with os.fdopen(handle, "rb") as file:
        kept, offset = b"", 0
        while new := file.read(PIECE):
            yield offset - len(kept), kept + new
            offset += len(new)
            kept = new[-OVERLAP:]


def is_binary(head: bytes) -> bool:
    """Return whether bytes look like no text: a NUL among the first ones."""
    return b"\0" in head[:8000]
