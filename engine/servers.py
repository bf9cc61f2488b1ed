"""The servers of a stack's local cloud, with what this toolkit's program needs of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from engine.errors import LaunchError
from engine.home import Home
from localcloud.base.application import Application
from localcloud.base.ports import Ports
from localcloud.base.supervisor import servers as supervisor
from localcloud.base.supervisor.errors import StartError
from localcloud.base.supervisor.server_code import ServerCode
from localcloud.base.supervisor.servers import ServerState, alive, down, states

__all__ = ["ServerState", "alive", "down", "ensure", "states"]

HANDLERS = Application("handlers/requirements.txt", "handlers.app:app")

Tell = Callable[[str], None]


def ensure(home: Home, environ: Mapping[str, str], tell: Tell) -> Ports:
    """Have every server of the local cloud running with the present code, and return where they listen.

    Raises LaunchError, with the end of its log, when a server does not come up.
    """
    try:
        return supervisor.ensure(home, environ, tell, ServerCode(home.project, HANDLERS.arguments))
    except StartError as error:
        cure = "Fix what the log says and run `./launch up` again; `./launch doctor` checks the machine."
        raise LaunchError(error.what, error.why, cure) from error
