"""Plays the flows of a stack and verifies it from outside.

Apart from all else that `./launch up` does with clouds that are made (provisioned.py): the flows begin as soon as what
they need is loaded, and what verification and handover need is loaded while they wait.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

import flows
from cli import checks, stack_outputs
from cli.commit import commit_of
from cli.played_ahead import Begun
from cli.reachability import reach_of
from cli.readiness import serves
from cli.secret_manager import SecretManager
from localcloud.base.world import World
from localcloud.dns import former_zones

if TYPE_CHECKING:
    from blueprint.finding import Finding
    from blueprint.outputs import Outputs
    from checklists.handover import Handover
    from cli.checks import Checks
    from cli.prepared_stack import PreparedStack
    from verify.run import Report


@contextmanager
def checks_of(stage: PreparedStack, outputs: Outputs) -> Iterator[Checks]:
    """Give the flows and the verification of a stack from outside, under way until the end of the block."""
    with checks.begun(partial(_play, stage, outputs), partial(_verify, stage, outputs)) as under_way:
        yield under_way


def begin_ahead(stage: PreparedStack, kept: ExitStack) -> Begun | None:
    """Begin the checks of the stack as the last run left it, None unless it can be played as it is."""
    known = stack_outputs.kept(stage.home)
    if known is None or not _is_settled(stage, known):
        return None
    begun = Begun(known, kept.enter_context(checks_of(stage, known)))
    commit_of(stage.home.project)  # which nobody has to wait for at the end then
    return begun


def _is_settled(stage: PreparedStack, outputs: Outputs) -> bool:
    """Return whether nothing is left to be done before the stack can be played."""
    vault = SecretManager(outputs.project, stage.clients)
    with closing(World(stage.home.path / "world.db")) as world:
        is_delegated = not former_zones.points_there(world, outputs.domain)
    is_filled = all(vault.usable(name) for name in outputs.secrets)
    return is_delegated and is_filled and serves(outputs, reach_of(stage.home, stage.ports))


def _verify(stage: PreparedStack, outputs: Outputs, tell: Callable[[str], None]) -> Report:
    from cli.alert_delivery import notified
    from verify import run as verification
    from verify.scene import of_stack

    reach = reach_of(stage.home, stage.ports)
    subject = of_stack(outputs, notified=notified(stage.home, stage.ports, _signed(stage)), before=stage.before)
    return verification.run(subject, reach, datetime.now(UTC), progress=tell)


def _play(
    stage: PreparedStack, outputs: Outputs, tell: Callable[[str], None], nearly_done: Callable[[], object]
) -> list[Finding]:
    mode = stage.spec.payments.mode
    if stage.home.is_local:
        played = replace(flows.Stage.local(outputs, stage.home.path, stage.ports), mode=mode)
        return flows.play(played, tell, nearly_done)
    return flows.play(replace(flows.Stage.of_cloud(outputs, stage.clients), mode=mode), tell)


def _signed(stage: PreparedStack) -> Handover | None:
    if stage.home.is_local:
        return None
    from cli import results  # loads all that a handover consists of

    return results.document(stage.home)
