"""Hostile files: cut, torn, shuffled and binary ones never end a scan."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest
from cases import cases

from triage.facts import analyse
from triage.gather import analysed_file
from triage.project.firebase_json import NotJsonError
from triage.project.firebase_json import parse as parse_json
from triage.project.pubspec import parse as parse_pubspec

SOURCES = [(path, text.encode()) for case in cases() for path, text in case.files.items()]
TOKENS = (
    b"'''\0{}()[]<>;,=>${\"`/* */ // => @ class await async \xff\xfe \xc3\x28 \r\n StreamBuilder( .collection('".split(
        b" "
    )
)
SLOWEST = 5.0  # seconds of the processor for one file: a busy machine is no fault of the scan


def torn(chance: random.Random, data: bytes) -> bytes:
    """Return bytes with some of them cut, repeated, swapped or replaced."""
    for _ in range(chance.randint(1, 6)):
        start = chance.randrange(len(data) + 1)
        end = min(len(data), start + chance.randrange(60))
        match chance.randrange(5):
            case 0:
                data = data[:start] + data[end:]
            case 1:
                data = data[:end] + data[start:end] * chance.randint(1, 30) + data[end:]
            case 2:
                data = data[:start] + chance.choice(TOKENS) + data[start:]
            case 3:
                data = data[:start] + chance.randbytes(chance.randrange(20)) + data[end:]
            case _:
                data = data[:start] + data[:start][::-1] + data[end:]
    return data[:200_000]


def files(count: int) -> Iterator[tuple[str, bytes]]:
    chance = random.Random(4711)
    for number in range(count):
        path, data = chance.choice(SOURCES)
        yield (path, torn(chance, data)) if number % 20 else (path, chance.randbytes(chance.randrange(4000)))


def survive(count: int) -> None:
    for path, data in files(count):
        began = time.process_time()
        analyse(path, data)
        for parse in (parse_json, lambda text: parse_pubspec("pubspec.yaml", text)):
            with suppress(NotJsonError):
                parse(data.decode("utf-8", "replace"))
        assert time.process_time() - began < SLOWEST, (path, data[:200])


def test_torn_files_end_no_scan() -> None:
    survive(400)


@pytest.mark.long
def test_20000_torn_files_end_no_scan() -> None:
    survive(20_000)


@pytest.mark.parametrize("name", ["a.dart", "a.ts", "a.py", ".env"])
@pytest.mark.parametrize(
    "data",
    [
        b"", b"\0" * 25000, b"(" * 12500, b"{'a':" * 5000, b"await .collection('" * 2500, b"console.log(" * 5000,
        b"'" * 12500, b"/*" * 12500, b"secret=" * 7500, b"StreamBuilder(builder: (a, b) {" * 1250, b"\xff\xfe" * 12500,
        b"onRequest(async (req, res) => {" * 750,
        b"webhook stripe event.type " + b"=" * 25000, b"sk_live_" + b"a1B" * 7500,
        b"password: \"" * 5000, b"-----BEGIN PRIVATE KEY-----" * 1250,
        b"try { await db.collection('a').doc(1).set({}); } catch (e) {" * 500,
    ],
    ids=range(17),
)  # fmt: skip
def test_hostile_files_are_read_in_time(name: str, data: bytes) -> None:
    began = time.process_time()
    analyse(f"lib/{name}", data)
    analyse(f"functions/{name}", data)
    assert time.process_time() - began < 2 * SLOWEST


def test_a_file_that_is_gone_gives_nothing(tmp_path_factory: pytest.TempPathFactory) -> None:
    assert analysed_file(str(tmp_path_factory.mktemp("x")), "nowhere.dart").hits == ()
