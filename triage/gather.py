"""Reads an app's files and gathers what each gives away: from the cache, here, or in several processes."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from triage import cache
from triage.cache import NOTHING
from triage.facts import analyse, secret_hits
from triage.files.kinds import Kind, Part, kind_of, part_of
from triage.files.read import OVERLAP, PARSED, is_binary, pieces, read
from triage.files.walk import Tree
from triage.model import FileFacts, Hit

CHUNK = 40  # files a task
ALONE = 1_500_000  # bytes; below that starting processes costs more than it saves
SILENT = ""  # instead of the key of a file that gave nothing away
LARGEST = 1_000_000_000  # bytes of one file that is still searched


@dataclass
class Gathered:
    """What all files gave away, the texts that the app's own checks need whole, and what could not be read."""

    facts: dict[str, FileFacts] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    unread: list[str] = field(default_factory=list)
    bytes: int = 0


def gather(
    tree: Tree,
    wanted: Callable[[str], bool],
    store: cache.Cache,
    version: str,
    tell: Callable[[int], None] = lambda _: None,
    clock: Callable[[], int] = time.time_ns,
) -> Gathered:
    """Return what the files of a tree give away; `wanted` says which texts are kept whole, `clock` is in ns."""
    made = Gathered()
    began = clock()
    keys = _keys(tree, wanted, store, version, made)
    known = {SILENT: NOTHING} | store.known(name for name in keys.values() if name != SILENT)
    missing = [path for path, name in keys.items() if name not in known]
    fresh: dict[str, FileFacts] = {}
    for path, facts in _analysed(tree.root, missing, sum(tree.files[path] for path in missing), tell):
        made.facts[path] = facts
        fresh[keys[path]] = facts
    store.remember(fresh)
    made.facts |= {path: known[name] for path, name in keys.items() if name in known}
    states = {path: (tree.stamps[path], SILENT if made.facts[path] == NOTHING else name) for path, name in keys.items()}
    store.keep_listing(tree.root, version, states, began)
    made.facts |= dict(_large(tree, made))
    return made


def _keys(
    tree: Tree, wanted: Callable[[str], bool], store: cache.Cache, version: str, made: Gathered
) -> dict[str, str]:
    """Return what each file's facts depend on; a file in the state in which it was last read is not read again."""
    seen = store.listing(tree.root, version)
    same = {path: name for path, (stamp, name) in seen.items() if tree.stamps.get(path) == stamp and not wanted(path)}
    keys: dict[str, str] = {}
    for path, size in tree.files.items():
        if path in same:
            keys[path] = same[path]
            made.bytes += size
        elif size <= PARSED and _is_worth_it(path) and (data := _content(tree, path, made)) is not None:
            made.bytes += len(data)
            if wanted(path):
                made.texts[path] = data.decode("utf-8", "replace")
            keys[path] = cache.key(path, data, version)
    return keys


def _content(tree: Tree, path: str, made: Gathered) -> bytes | None:
    """Return a file's bytes, None when it cannot be read, which is noted."""
    try:
        return read(f"{tree.root}/{path}", PARSED + 1)
    except OSError as error:
        made.unread.append(f"{path}: {error.strerror}")
        return None


def _is_worth_it(path: str) -> bool:
    return kind_of(path) not in {Kind.OTHER, Kind.ARCHIVE} and part_of(path) is not Part.ASIDE


def _large(tree: Tree, made: Gathered) -> Iterator[tuple[str, FileFacts]]:
    """Yield the secrets of files that are too large to be parsed, read in pieces."""
    for path, size in tree.files.items():
        if size <= PARSED or not _is_worth_it(path):
            continue
        if size > LARGEST:
            made.unread.append(f"{path}: {size // 1_000_000} MB are more than is searched")
            continue
        try:
            yield path, FileFacts(tuple(_in_pieces(tree.root / path, path, made)))
        except OSError as error:
            made.unread.append(f"{path}: {error.strerror}")


def _in_pieces(file: Path, path: str, made: Gathered) -> Iterator[Hit]:
    told: set[str] = set()
    line = 1
    for _, piece in pieces(file):
        if is_binary(piece):
            return
        for hit in secret_hits(path, piece, line):
            if hit.evidence not in told:
                told.add(hit.evidence)
                yield hit
        made.bytes += len(piece)
        line += piece[:-OVERLAP].count(b"\n")


def _analysed(
    root: Path, paths: Sequence[str], size: int, tell: Callable[[int], None]
) -> Iterator[tuple[str, FileFacts]]:
    """Yield the facts of each file; in several processes when there is enough to do."""
    workers = min(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1, 4)
    if size < ALONE or workers < 2:
        for done, path in enumerate(paths):
            tell(done)
            yield path, analysed_file(str(root), path)
        return
    yield from _in_processes(str(root), paths, workers, tell)


def _in_processes(
    root: str, paths: Sequence[str], workers: int, tell: Callable[[int], None]
) -> Iterator[tuple[str, FileFacts]]:
    # These take a while to load, and a second scan needs none of them.
    from concurrent.futures import ProcessPoolExecutor
    from concurrent.futures.process import BrokenProcessPool
    from multiprocessing import get_context

    chunks = [list(paths[start : start + CHUNK]) for start in range(0, len(paths), CHUNK)]
    left, done = list(chunks), 0
    pool = ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=_ignore_interrupts)
    try:
        for chunk, results in zip(chunks, pool.map(_chunk, [(root, chunk) for chunk in chunks]), strict=True):
            left.pop(0)
            done += len(chunk)
            tell(done)
            yield from zip(chunk, results, strict=True)
    except BrokenProcessPool:  # a process was ended from outside, for want of memory perhaps: go on alone
        for chunk in left:
            yield from ((path, analysed_file(root, path)) for path in chunk)
    finally:  # an interrupt too: what has not begun is dropped, what has ends within seconds
        pool.shutdown(wait=True, cancel_futures=True)


def _ignore_interrupts() -> None:
    """Leave Ctrl-C to the process that the user sees; this one ends when that one does."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _chunk(task: tuple[str, list[str]]) -> list[FileFacts]:
    root, paths = task
    return [analysed_file(root, path) for path in paths]


def analysed_file(root: str, path: str) -> FileFacts:
    """Return one file's facts; a file that trips a check up counts as broken and never ends the scan."""
    try:
        return analyse(path, read(f"{root}/{path}", PARSED + 1))
    except OSError:
        return FileFacts()
    except (ValueError, IndexError, KeyError, TypeError, AttributeError, RecursionError, MemoryError):
        return FileFacts(broken=True)


def compiled_twice(paths: Iterable[str]) -> set[str]:
    """Return the scripts that a compiler wrote beside their sources: `lib/x.js` of a package with `src/*.ts`."""
    listed = set(paths)
    sources = {path.rpartition("/src/")[0] for path in listed if "/src/" in path and path.endswith(".ts")}
    return {
        path for path in listed if path.endswith(".js") and any(path.startswith(f"{folder}/lib/") for folder in sources)
    }


def without(facts: dict[str, FileFacts], paths: set[str]) -> dict[str, FileFacts]:
    """Return facts with those of some files emptied but for their secrets."""
    return {
        path: replace(FileFacts(), hits=tuple(hit for hit in one.hits if hit.check.startswith("secret.")))
        if path in paths
        else one
        for path, one in facts.items()
    }
