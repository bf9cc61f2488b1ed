"""The log format in which an export keeps its records: blocks of 32 KiB, each record with a checksum.

Format: https://github.com/google/leveldb/blob/main/doc/log_format.md; the checksum is a CRC-32C, masked.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator

import google_crc32c

BLOCK = 32 * 1024  # bytes
HEADER = struct.Struct("<IHB")  # checksum, length and kind of a fragment
FULL, FIRST, MIDDLE, LAST = 1, 2, 3, 4
MASK = 0xA282EAD8


class LogError(ValueError):
    """The bytes are no such log; the message says where they go wrong."""


def write(records: Iterable[bytes]) -> bytes:
    """Return the log of some records."""
    log = bytearray()
    for record in records:
        _append(log, record)
    return bytes(log)


def read(log: bytes) -> Iterator[bytes]:
    """Yield the records of a log; raises LogError."""
    begun: list[bytes] = []
    for at, kind, data in _fragments(log):
        if (kind in {FULL, FIRST}) == bool(begun):
            raise LogError(f"a record begins or goes on at the wrong place, byte {at}")
        begun.append(data)
        if kind in {FULL, LAST}:
            yield b"".join(begun)
            begun = []
    if begun:
        raise LogError("the last record has no end")


def _append(log: bytearray, record: bytes) -> None:
    view, first, done = memoryview(record), True, False
    while not done:
        room = BLOCK - len(log) % BLOCK
        if room < HEADER.size:
            log += bytes(room)
            room = BLOCK
        part, view = view[: room - HEADER.size], view[room - HEADER.size :]
        done = not view
        kind = (FULL if done else FIRST) if first else (LAST if done else MIDDLE)
        log += HEADER.pack(_checksum(kind, bytes(part)), len(part), kind) + part
        first = False


def _fragments(log: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Yield the place, the kind and the data of each fragment."""
    at = 0
    while at < len(log):
        room = BLOCK - at % BLOCK
        if room < HEADER.size:
            at += room
            continue
        if len(log) - at < HEADER.size:
            raise LogError(f"it ends within a header, byte {at}")
        checksum, length, kind = HEADER.unpack_from(log, at)
        data = log[at + HEADER.size : at + HEADER.size + length]
        if length > room - HEADER.size or len(data) < length or kind not in {FULL, FIRST, MIDDLE, LAST}:
            raise LogError(f"byte {at} begins no record")
        if checksum != _checksum(kind, data):
            raise LogError(f"the checksum of the record at byte {at} is another")
        yield at, kind, data
        at += HEADER.size + length


def _checksum(kind: int, data: bytes) -> int:
    plain = int(google_crc32c.extend(google_crc32c.value(bytes([kind])), data))
    return ((plain >> 15 | plain << 17) + MASK) & 0xFFFFFFFF
