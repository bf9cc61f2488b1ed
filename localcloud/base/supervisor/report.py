"""A local cloud in words: which servers run, and the variables that lead to it, for people, shells and programs."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable, Mapping

from localcloud.base.supervisor.servers import ServerState


def table(states: Iterable[ServerState]) -> str:
    """Return one line a server: its name, its process, and where each of its ports listens."""
    return "\n".join(
        f"{state.name:10} {f'up (process {state.pid})' if state.pid else 'down':20} "
        + "  ".join(f"{port} {address}" for port, address in state.addresses.items())
        for state in states
    )


def states_as_json(states: Iterable[ServerState]) -> str:
    """Return a list of objects `{"server": name, "pid": number or null, "addresses": {port: "HOST:PORT"}}`."""
    return json.dumps(
        [{"server": one.name, "pid": one.pid, "addresses": dict(one.addresses)} for one in states], indent=2
    )


def exports(variables: Mapping[str, str | None]) -> str:
    """Return shell lines that set variables, and unset those whose value is None."""
    return "\n".join(
        f"unset {name}" if value is None else f"export {name}={shlex.quote(value)}" for name, value in variables.items()
    )


def exports_as_json(variables: Mapping[str, str | None]) -> str:
    """Return an object with the value of each variable, null for one to be unset."""
    return json.dumps(variables, indent=2)
