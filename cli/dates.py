"""Keeps the dates that the handover shows: of secrets' newest versions, never a value, and of DMARC's stage."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import UTC, datetime

from blueprint.outputs import Outputs
from checklists import record
from cli.reachability import ports_of, runs
from cli.results import read_outputs, store_of
from cli.secret_manager import SecretManager
from engine import environment
from engine.errors import LaunchError
from engine.home import Home


def keep(home: Home) -> None:
    """Ask for the dates and keep them; where Secret Manager cannot be reached, those from before stay."""
    outputs = read_outputs(home)
    record.keep_facts(store_of(home), _secrets(home, outputs), outputs.mail.dmarc_policy, datetime.now(UTC).date())


def _secrets(home: Home, outputs: Outputs) -> Mapping[str, str] | None:
    if not runs(home):
        return None
    try:
        local = environment.of_clients(ports_of(home), outputs.project) if home.is_local else {}
        vault = SecretManager(outputs.project, {**os.environ, **local})
        known = {name: vault.secret(name).newest for name in outputs.secrets}
    except LaunchError:
        return None
    return {name: made.isoformat(timespec="seconds") for name, made in known.items() if made}
