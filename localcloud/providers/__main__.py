"""`python -m localcloud.providers --home HOME`: serve until SIGTERM or SIGINT.

Started in the root of the Pulumi project, because assets reach a provider as paths relative to it.
"""

from __future__ import annotations

import signal
import sys
import threading
from pathlib import Path

from localcloud.base.process import log_to_stdout, parser
from localcloud.providers.server import serve


def main() -> None:
    """Parse the command line and serve."""
    home: Path = parser("providers").parse_args().home
    log_to_stdout("providers")
    # An exception, and no event to set: set by a handler while this thread is about to wait for it, it waits forever.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit())
    with serve(home):
        threading.Event().wait()


main()
