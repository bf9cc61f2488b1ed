"""What `./launch up` does with clouds that are made: settles in, has them played and verified, hands over.

Apart from `up`, which loads this while the engine works, and from what is played (playing.py), which begins earlier.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing, nullcontext
from datetime import UTC, datetime

from blueprint.finding import Finding
from blueprint.outputs import Outputs
from checklists.handover import Handover
from cli import dates, human_steps, playing, rehearsal_secrets, released_rules, results
from cli.checks import Checks
from cli.findings import tell
from cli.iam_drift import tell_strange_grants
from cli.prepared_stack import PreparedStack
from cli.reachability import reach_of
from cli.readiness import wait_until_serving
from cli.secret_manager import SecretManager
from cli.terminal import Terminal
from handlers.outside import google_clients
from localcloud.base.world import World
from localcloud.dns import former_zones
from verify import run as verification


def questions(stage: PreparedStack, outputs: Outputs, show: Terminal, *, drift: bool) -> list[Finding]:
    """Show and return what a person has to look at before anything is played; with `drift`, strange grants too."""
    found = released_rules.question(outputs.project, stage.spec.adopt, stage.clients, show)
    return found + (tell_strange_grants(stage, show) if drift else [])


def check(stage: PreparedStack, outputs: Outputs, show: Terminal, ahead: Checks | None = None) -> list[Finding]:
    """Play the flows and verify the stack from outside; the findings are kept for the handover.

    `ahead` are checks that are under way already, of the stack as it is.
    """
    with nullcontext(ahead) if ahead else playing.checks_of(stage, outputs) as under_way:
        with show.step("Flows"):
            if ahead:
                show.tell("played while the engine worked, which has changed nothing")
            played = under_way.played(show.tell)
        with show.step("Verify"):
            report = under_way.verified(show.tell)
    found = [*played, *verification.findings(report)]
    results.keep_findings(stage.home, found, "./launch up", lambda id_: not id_.startswith(results.ACCEPTED))
    return found


def summarize(stage: PreparedStack, outputs: Outputs, found: Sequence[Finding], made: Handover, show: Terminal) -> None:
    """Show what was found, and where everything is."""
    for finding in found:
        tell(finding, show, only_bad=True)
    passed = sum(finding.status == "pass" for finding in found)
    show.note("")
    show.note(f"{len(found)} checks: {passed} passed. {made.done} of {len(made.lines)} items of the handover are done.")
    show.note(f"  handover   {stage.home.path / 'HANDOVER.html'}")
    if stage.home.is_local:
        ports = stage.ports
        connect = f"--connect-to ::{ports.address('https')} --cacert {stage.home.path / 'ca' / 'ca.pem'}"
        show.note(f"  web        curl {connect} https://{outputs.domain}/")
        show.note(f"  DNS        dig @127.0.0.1 -p {ports['dns']} {outputs.domain}")
        show.note('  more       ./launch accept, ./launch status, ./launch logs, eval "$(./launch env)"')


def again(stage: PreparedStack) -> str:
    """Return the command that goes on where this one stopped."""
    return f"`./launch up{stage.home.flag}`"


def settle_in(stage: PreparedStack, outputs: Outputs, show: Terminal) -> None:
    """Do what is left before the stack can be played, or stop and say what only a person can do."""
    vault, reach = SecretManager(outputs.project, stage.clients), reach_of(stage.home, stage.ports)
    if stage.home.plays_people:
        with show.step("Rehearsal's secrets"):
            rehearsal_secrets.fill(outputs, vault, stage.ports, show.tell)
        _change_name_servers(stage, outputs, show)
    else:
        with show.step("Steps for a person"):
            empty = [name for name in outputs.secrets if not vault.usable(name)]
            accounts = google_clients.accounts(outputs.project, stage.clients)
            facts = human_steps.look(outputs, empty, reach, accounts, datetime.now(UTC), stage.before)
            left = human_steps.pending(facts)
        if left:
            _keep_what_holds(stage, facts.delegation)
            hand_over(stage, show)
            raise human_steps.stop(left, outputs, again(stage))
    if stage.home.is_local:
        with show.step("Wait until it serves"):
            wait_until_serving(outputs, reach, show.tell)


def _change_name_servers(stage: PreparedStack, outputs: Outputs, show: Terminal) -> None:
    """Do at the registrar what a person does, or stop where a person must not do it yet."""
    with closing(World(stage.home.path / "world.db")) as world:
        if not former_zones.points_there(world, outputs.domain):
            return
        with show.step("Name servers"):
            found = human_steps.delegation(outputs, reach_of(stage.home, stage.ports), datetime.now(UTC), stage.before)
        if left := human_steps.held(found):
            _keep_what_holds(stage, found)
            hand_over(stage, show)
            raise human_steps.stop(left, outputs, again(stage))
        former_zones.leave(world, outputs.domain)
        show.note("  the registrar points to the new name servers: nothing of the old zone is lost")


def _keep_what_holds(stage: PreparedStack, found: Sequence[Finding]) -> None:
    """Have the handover say what the change of name servers would lose."""
    holding = [finding for finding in found if finding.id.startswith(human_steps.CHANGE)]
    results.keep_findings(stage.home, holding, again(stage).strip("`"), lambda id_: id_.startswith(human_steps.CHANGE))


def hand_over(stage: PreparedStack, show: Terminal) -> Handover:
    """Write the handover as everything stands now, and return it."""
    with show.step("Handover"):
        dates.keep(stage.home)
        made = results.document(stage.home)
        results.write_handover(stage.home, made)
    return made
