"""What a preview without a refresh does not see: services whose requests a rollback sent to a former revision."""

from __future__ import annotations

from cli import cloud_run
from cli.prepared_stack import PreparedStack
from cli.terminal import Terminal
from engine.errors import LaunchError


def tell_pinned(stage: PreparedStack, show: Terminal) -> list[str]:
    """Tell which services do not send their requests to the newest revision, and return their names."""
    again = f"./launch preview{stage.home.flag}"
    try:
        serving = cloud_run.of(stage.home, stage.spec, stage.ports, stage.clients, again).serving()
    except LaunchError as error:
        show.note(f"Which revisions serve could not be asked: {error.what} {error.why}")
        return []
    pinned = {name: shares for name, shares in serving.items() if shares}
    for name, shares in pinned.items():
        whose = ", ".join(f"{revision} ({percent:g} %)" for revision, percent in sorted(shares.items()))
        line = f"~ pinned   {name}: requests go to {whose}, as after a rollback, not to the newest revision"
        show.result(line, op="pinned", service=name, serving=dict(shares))
    if pinned:
        show.note("up sends the requests of a service to its newest revision again when it changes the service;")
        show.note(f"./launch up{stage.home.flag} --refresh does so for all, changed or not.")
    return list(pinned)
