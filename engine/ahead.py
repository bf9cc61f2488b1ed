"""Gets the engine while set-up installs the libraries: run with the system's Python, so standard library only.

A failure ends this quietly: the command looks for the engine once more, and explains what is missing.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from engine import heartbeat, locate
from engine.errors import LaunchError

COMMANDS = ("preview", "test", "up")  # those that a new clone is set up for and that run the engine


@contextmanager
def engine_ahead() -> Iterator[None]:
    """Have the engine fetched or built while the block runs, and end with both; a block that fails stops it."""
    with subprocess.Popen([sys.executable, "-m", "engine.ahead"], start_new_session=True) as getting:
        try:
            yield
        except BaseException:
            with suppress(ProcessLookupError):
                os.killpg(getting.pid, signal.SIGINT)  # Go too, which would compile on
            raise


def main() -> int:
    """Find, fetch or build the engine as the commands do; return 0, or 130 when interrupted."""
    try:
        locate.ensure(os.environ, heartbeat.say)
    except LaunchError:
        return 0
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
