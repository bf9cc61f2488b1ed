"""What a process prints, line by line."""

from __future__ import annotations

from asyncio import StreamReader
from collections.abc import AsyncIterator
from typing import Protocol

LIMIT = 256 * 1024  # bytes of one entry, as in Cloud Logging's quotas; a longer line is cut into several
CHUNK = 64 * 1024  # bytes


class Printing(Protocol):
    """A process that was started with a pipe for its output."""

    @property
    def stdout(self) -> StreamReader | None:
        """Where what it prints is read."""


async def of(process: Printing) -> AsyncIterator[str]:
    """Yield the lines of the process's stdout (a pipe) until it is closed: no line ends, no empty lines."""
    reader = process.stdout
    if reader is None:
        raise ValueError("the process was started without a pipe for its output")
    rest = b""
    while chunk := await reader.read(CHUNK):
        *whole, rest = (rest + chunk).split(b"\n")
        if len(rest) >= LIMIT:
            whole, rest = [*whole, rest], b""
        for line in whole:
            if line.strip():
                yield line.decode(errors="replace").rstrip()
    if rest.strip():
        yield rest.decode(errors="replace").rstrip()
