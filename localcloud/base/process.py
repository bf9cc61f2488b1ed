"""How an asyncio server of the local cloud lives: as a process that ends on SIGTERM, or on a thread of a test."""

from __future__ import annotations

import argparse
import asyncio
import gc
import logging
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from importlib.util import find_spec
from pathlib import Path

from anyio.from_thread import start_blocking_portal

# httpx asks for this module several times a request, and a module that is not there is looked for in every folder each
# time, which took a tenth of what a request costs. One that is None here is known to be missing.
if find_spec("sniffio") is None:
    sys.modules["sniffio"] = None  # type: ignore[assignment]

Loop = Callable[[], asyncio.AbstractEventLoop]
Listen = Callable[[Path], AbstractAsyncContextManager[None]]


def main(server: str, listen: Listen, loop: Loop | None = None) -> None:
    """Serve until SIGTERM or SIGINT: the body of `python -m localcloud.<server> --home HOME`.

    `loop` makes its event loop, asyncio's own without one. Servers that each request passes take uvloop's: it costs a
    third less. The proxy keeps to asyncio's, whose way of ending TLS with a client that is silent it relies on.
    """
    run(server, listen(parser(server).parse_args().home), loop)


def parser(server: str) -> argparse.ArgumentParser:
    """Return the command line of a server, with the folder `home`, for those servers that are told more."""
    command = argparse.ArgumentParser(prog=f"python -m localcloud.{server}")
    command.add_argument("--home", type=Path, required=True, help="folder with ports.json and world.db")
    return command


def run(server: str, listening: AbstractAsyncContextManager[None], loop: Loop | None = None) -> None:
    """Log to stdout and serve until SIGTERM or SIGINT; `loop` as of `main`."""
    log_to_stdout(server)
    with asyncio.Runner(loop_factory=loop) as runner:
        runner.run(_until_signal(listening))


def log_to_stdout(server: str) -> None:
    """Have everything from INFO on written to stdout, with the time and the server's name."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(logging.Formatter(f"%(asctime)s {server} %(levelname)s %(message)s"))
    logging.root.addHandler(handler)
    # To set a level writes to every logger there is, and so copies memory that forks share (before_forks).
    if logging.root.level != logging.INFO:
        logging.root.setLevel(logging.INFO)


async def _until_signal(listening: AbstractAsyncContextManager[None]) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with listening:
        gc.freeze()  # what is there from the beginning stays: the collector need not look at it again and again
        await stop.wait()


@contextmanager
def on_thread(listening: AbstractAsyncContextManager[None], loop: Loop | None = None) -> Iterator[None]:
    """Serve on a thread of its own while the block runs; raises what keeps the server from starting."""
    with (
        start_blocking_portal(backend_options={"loop_factory": loop}) as portal,
        portal.wrap_async_context_manager(listening),
    ):
        yield
