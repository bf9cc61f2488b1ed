"""`python -m localcloud.providers --home HOME`: serve until SIGTERM or SIGINT.

Started in the root of the Pulumi project, because assets reach a provider as paths relative to it.
"""

from __future__ import annotations

import argparse
import logging
import signal
import sys
import threading
from pathlib import Path

from localcloud.providers.server import serve


def main() -> None:
    """Parse the command line and serve."""
    parser = argparse.ArgumentParser(prog="python -m localcloud.providers")
    parser.add_argument("--home", type=Path, required=True, help="folder with ports.json and world.db")
    home: Path = parser.parse_args().home
    logging.basicConfig(stream=sys.stdout, level=logging.INFO, format="%(asctime)s providers %(levelname)s %(message)s")
    # An exception, and no event to set: set by a handler while this thread is about to wait for it, it waits forever.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit())
    with serve(home):
        threading.Event().wait()


main()
