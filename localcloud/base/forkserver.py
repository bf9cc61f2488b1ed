"""Forks processes off one that has loaded their modules, so that they share memory and start quickly. Linux only.

A program of its own, run by its path with any interpreter (`python -P forkserver.py`) because the images of Cloud Run
have theirs; nothing but the standard library. What is loaded is what sources import, never the sources themselves, so
that each fork runs them with its own arguments and environment. One line of JSON says how that went: what the modules
looked at in the environment, which a fork must not have otherwise; or why it cannot be forked, and then it ends. Then
come calls, each a byte with four descriptors: a request in JSON, and the fork's streams. It answers each with the
fork's process id, says when one has ended, and ends when nobody can call any more.

A fork waits until it can read a byte from its stdin: until the caller has written down whose process it is. If the
caller dies first, it ends. The fork has the arguments, environment, streams, folder and session that it is given, also
in `/proc`. When all is done, it leaves its memory as it is: an interpreter takes each object apart at its end, which
copies most of what forks share, and takes longer than many a command.
"""

from __future__ import annotations

import ast
import atexit
import ctypes
import gc
import importlib
import json
import os
import runpy
import selectors
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import partial
from itertools import repeat
from pathlib import Path
from typing import ClassVar

SAFE = sys.platform == "linux"  # elsewhere the system's own libraries do not stand a fork without exec
ROOM = "LAUNCH_ROOM"  # a variable that only makes place for the environments of forks
ARGUMENTS, ENVIRONMENT = 4096, 1 << 16  # bytes; the kernel shows no more than a page of rewritten arguments
FIRST_OF_OURS = 3  # descriptors below are the streams
GAPS = 32 * 1024  # bytes of objects of one size that are made at once
MOST_GAPS = 16  # times; loading leaves up to seven times GAPS free
LARGEST_GAP = 64 * 1024  # bytes, below what malloc takes from the kernel (mallopt(3), M_MMAP_THRESHOLD)
HEAP_END = 1024 * 1024  # bytes; less than that is free at the end of the heap
MEMORY = slice(45, 49)  # in /proc/PID/stat after the name: where arguments begin and end, and the environment (proc(5))


@dataclass(frozen=True)
class Load:
    """What to load: `modules`, then what the Python files in or at `sources` import, but for the packages `without`.

    `missing` are packages that libraries import if they are there, and that are not to be found.
    """

    sources: Sequence[str]
    modules: Sequence[str] = ()
    without: Sequence[str] = ()
    missing: Sequence[str] = ()


@dataclass(frozen=True)
class Request:
    """`python -m MODULE ARGUMENTS` in `folder`; `path` is looked through for modules before all else."""

    module: str
    arguments: Sequence[str]
    environ: Mapping[str, str]
    folder: str
    path: Sequence[str] = ()


def start(python: str | Path, load: Load, environ: Mapping[str, str]) -> tuple[subprocess.Popen[bytes], socket.socket]:
    """Start a fork server, and return it with the way to call it; it ends when that is closed."""
    ours, its = socket.socketpair()
    words = [str(python), "-P", __file__, str(its.fileno()), json.dumps(asdict(load)), " " * ARGUMENTS]
    null = subprocess.DEVNULL
    with its:
        process = subprocess.Popen(
            words,
            env={**environ, ROOM: " " * ENVIRONMENT},
            pass_fds=[its.fileno()],
            stdin=null,
            stdout=null,
            stderr=null,
            start_new_session=True,
        )
    return process, ours


def call(server: socket.socket, request: Request, stdin: int, stdout: int, stderr: int) -> None:
    """Ask for a fork; its process id will come as a line `{"started": PID}`, its end as `{"ended": PID, "code": N}`."""
    with os.fdopen(os.memfd_create("request"), "w+") as file:
        json.dump(asdict(request), file)
        file.flush()
        socket.send_fds(server, [b"."], [file.fileno(), stdin, stdout, stderr])


# From here on: the fork server, and its forks

_codes: list[int] = []  # that of a fork's module, once it has ended


def leave_at_the_end() -> None:
    """Have `run` leave in the very end; to be called before anything is loaded, because the first to come goes last."""
    atexit.register(_leave)


def run(module: str) -> None:
    """Run `python -m MODULE`, and note the code with which it ends unless an error ends it, which Python reports."""
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
        _codes.append(0)
    except SystemExit as ended:
        if ended.code is None or isinstance(ended.code, int):
            _codes.append(ended.code or 0)
        raise


def _leave() -> None:
    """Leave, now that threads have ended and all others have been called, unless the interpreter has to say something.

    It would flush the streams next, and report if that fails (Py_FinalizeEx in Python/pylifecycle.c).
    """
    if not _codes:
        return
    with suppress(OSError, ValueError):
        for stream in filter(None, (sys.stdout, sys.stderr)):
            stream.flush()
        os._exit(_codes[0])


_GAPS: list[object] = []


def _load(load: Load) -> None:
    sys.modules.update(dict.fromkeys(load.missing))  # type: ignore[arg-type]  # None: an import of it fails
    for name in load.modules:
        _import(name, ())
    for source in load.sources:
        found = Path(source)
        for file in [found] if found.is_file() else sorted(found.rglob("*.py")):
            for name, members in _imports_of(file):
                if name.partition(".")[0] not in load.without:
                    _import(name, members)


def _imports_of(file: Path) -> Iterable[tuple[str, list[str]]]:
    try:
        return list(_imports(ast.parse(file.read_bytes())))
    except (OSError, SyntaxError, ValueError):  # who runs the file is told so then
        return []


def _imports(tree: ast.AST) -> Iterator[tuple[str, list[str]]]:
    """Yield each module that is imported anywhere, and what is taken from it, but for what only a type checker sees."""
    for node in ast.iter_child_nodes(tree):
        match node:
            case ast.If(test=ast.Name("TYPE_CHECKING") | ast.Attribute(attr="TYPE_CHECKING")):
                continue
            case ast.Import():
                yield from ((alias.name, []) for alias in node.names)
            case ast.ImportFrom(level=0, module=str(module)):
                yield module, [alias.name for alias in node.names if alias.name != "*"]
            case _:
                yield from _imports(node)


def _import(name: str, members: Iterable[str]) -> None:
    with suppress(Exception, SystemExit):  # the fork that needs it fails in the same way, and says so where it should
        module = importlib.import_module(name)
        for member in members:
            if not hasattr(module, member):
                importlib.import_module(f"{name}.{member}")


class _Watched(os._Environ[str]):
    """An environment that notes which variables were looked at; "*" stands for all of them."""

    seen: ClassVar[set[str]] = set()

    def __getitem__(self, key: str) -> str:
        self.seen.add(key)
        return super().__getitem__(key)

    def __iter__(self) -> Iterator[str]:
        self.seen.add("*")
        return super().__iter__()


def _loaded(load: Load) -> Mapping[str, object]:
    """Load, and return what the caller has to know."""
    held = _count("/proc/self/fd")
    gc.disable()
    os.environ.__class__ = _Watched
    _load(load)
    os.environ.__class__ = os._Environ
    gc.collect()
    _GAPS.extend(_gaps())
    _fill_heap()
    gc.freeze()  # a collection in a fork would write to all of it, and so copy it
    gc.enable()
    if _count("/proc/self/task") > 1:
        return {"unfit": "a module runs a thread, which a fork would lack"}
    if _count("/proc/self/fd") > held:
        return {"unfit": "a module holds something open, which forks would share"}
    return {"seen": {name: os.environ.get(name) for name in _Watched.seen}}


def _gaps() -> Iterator[object]:
    """Take what is free between the objects that were loaded, which a fork would use first, and so copy its pages.

    pymalloc keeps objects of one size together, in steps of 16 bytes up to 512 (Objects/obmalloc.c).
    """
    yield from _until_new(16, object)
    yield from _until_new(32, float)
    empty = sys.getsizeof(b"")
    for size in range(48, 513, 16):
        yield from _until_new(size, partial(bytes, max(size - empty, 2)))  # shorter ones are made once for all


def _until_new(size: int, make: Callable[[], object]) -> Iterator[object]:
    """Make objects of one size until they lie side by side, in memory that held nothing before."""
    for _ in range(MOST_GAPS):
        made = [make() for _ in repeat(None, GAPS // size)]
        yield from made
        if max(map(id, made)) - min(map(id, made)) < 2 * GAPS:
            return


def _fill_heap() -> None:
    """Take what is free in the heap of glibc's malloc, as `_gaps` does: larger objects lie there, and those of C.

    A block that fits in no gap comes from the heap's end.
    """
    libc = ctypes.CDLL(None)
    libc.malloc.restype = libc.sbrk.restype = ctypes.c_void_p
    libc.malloc.argtypes, libc.free.argtypes = [ctypes.c_size_t], [ctypes.c_void_p]
    while (last := libc.malloc(LARGEST_GAP)) < libc.sbrk(0) - HEAP_END:
        pass
    if last > libc.sbrk(0):
        return  # another malloc's, whose blocks lie elsewhere
    for size in range(LARGEST_GAP, 0, -16):
        while (block := libc.malloc(size)) < last:
            pass
        libc.free(block)


def _count(folder: str) -> int:
    return len(list(Path(folder).iterdir()))


def _serve(calls: socket.socket) -> Request | None:
    """Fork for each call; return the request in the fork, and None in the server when all calls have been answered."""
    with selectors.PollSelector() as selector:  # holds no descriptor, of which a fork would have a copy
        selector.register(calls, selectors.EVENT_READ)
        while True:
            for key, _ in selector.select():
                if key.fileobj is calls:
                    called, descriptors, *_ = socket.recv_fds(calls, 1, 4)
                    if not called:
                        return None
                    if not (pid := os.fork()):
                        return _become(*descriptors)
                    for each in descriptors:
                        os.close(each)
                    selector.register(os.pidfd_open(pid), selectors.EVENT_READ, pid)
                    _tell(calls, {"started": pid})
                else:
                    _, status = os.waitpid(key.data, 0)
                    selector.unregister(key.fileobj)
                    os.close(key.fd)
                    _tell(calls, {"ended": key.data, "code": os.waitstatus_to_exitcode(status)})


def _tell(calls: socket.socket, what: Mapping[str, object]) -> None:
    with suppress(BrokenPipeError):  # the caller is gone, and the next look says so
        calls.sendall(json.dumps(what).encode() + b"\n")


def _become(file: int, stdin: int, stdout: int, stderr: int) -> Request:
    """Wait for the caller's go, and be the process that it asked for."""
    os.setsid()
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    with os.fdopen(file) as opened:
        opened.seek(0)
        request = Request(**json.load(opened))
    if not os.read(stdin, 1):
        os._exit(1)
    null = os.open(os.devnull, os.O_RDONLY)
    for number, each in enumerate((null, stdout, stderr)):
        os.dup2(each, number)
    os.closerange(FIRST_OF_OURS, os.sysconf("SC_OPEN_MAX"))
    os.chdir(request.folder)
    os.environ.clear()
    os.environ.update(request.environ)
    sys.path[:0] = request.path
    sys.argv[1:] = request.arguments
    sys.orig_argv[1:] = ["-m", request.module, *request.arguments]
    with suppress(OSError):
        _show([sys.orig_argv[0], *sys.orig_argv[1:]], request.environ)
    return request


def _show(words: Sequence[str], environ: Mapping[str, str]) -> None:
    """Have /proc name these arguments and this environment: the kernel reads both where the interpreter got its own.

    Arguments are separated by spaces then, as by all programs that do so: a last byte that is no NUL tells the kernel
    to read up to the first one (get_mm_proctitle in fs/proc/base.c).
    """
    stat = Path("/proc/self/stat").read_text().rpartition(")")[2].split()
    first, end, variables, last = map(int, stat[MEMORY])
    shown = os.fsencode(" ".join(words))[: min(end - first, ARGUMENTS) - 2]
    entries = b"".join(os.fsencode(f"{name}={value}\0") for name, value in environ.items())
    with Path("/proc/self/mem").open("r+b", buffering=0) as memory:
        memory.seek(first)
        memory.write(shown.ljust(end - first - 1, b"\0") + b".")
        memory.seek(variables)
        memory.write(entries[: last - variables - 1].ljust(last - variables, b"\0"))


def _main() -> None:
    leave_at_the_end()
    signal.signal(
        signal.SIGTERM, signal.SIG_IGN
    )  # who ends its caller's whole family means the forks: they are told how
    calls = socket.socket(fileno=int(sys.argv[1]))
    told = _loaded(Load(**json.loads(sys.argv[2])))
    _tell(calls, told)
    request = None if "unfit" in told else _serve(calls)
    if request is None:
        os._exit(0)  # what forks do at their end is not for the one that they came off
    calls.detach()  # closed already, and its number may be another's
    run(request.module)


if __name__ == "__main__":
    _main()
