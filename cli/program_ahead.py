"""Has the program of the rehearsal load before anything else does, when the command line says that it will be run.

The program's libraries take as long to load as the command's own, on the other processor. A command line that ends
otherwise, by a mistake in it or a lock, has loaded them for nothing; see engine/host.py for how they end.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from itertools import pairwise

from engine.home import LOCAL, PROGRAMMED, locate

STACK = "--stack"


def begin(arguments: Sequence[str], environ: Mapping[str, str]) -> None:
    """Have the program load when `arguments` run it on the rehearsal, and the rehearsal has been up before.

    A folder that cannot be written, or whatever else stands against it, is for the command to tell.
    """
    if not runs_the_rehearsal(arguments):
        return
    from engine import environment, host, state_file  # no other command has to wait for these
    from engine.pulumi import COMPILED, LOG
    from localcloud.base.supervisor import attach, processes

    home = locate(LOCAL, environ)
    if not state_file.exists(home):
        return
    base = attach.without_real_accounts(environ)
    with suppress(OSError), processes.log_file(home, LOG).open("a", encoding="utf-8") as log:
        host.begin(home, {**base, **environment.of_loading(home, base), **COMPILED}, log)


def runs_the_rehearsal(arguments: Sequence[str]) -> bool:
    """Return whether a command line runs the program of the stack `local`."""
    if not arguments or arguments[0] not in PROGRAMMED or "--help" in arguments:
        return False
    spaced = [after for word, after in pairwise(arguments) if word == STACK]
    joined = [word.partition("=")[2] for word in arguments if word.startswith(f"{STACK}=")]
    return {*spaced, *joined} <= {LOCAL}
