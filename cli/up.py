"""`./launch up`: the main job, from nothing to a handover."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from typing import Annotated

import typer

from blueprint.finding import Finding, verdict
from blueprint.outputs import Outputs
from checklists.handover import Handover
from cli import dates, human_steps, old_zone, rehearsal_secrets, released_rules, results
from cli.alert_delivery import notified
from cli.changes import changes, tell_change
from cli.findings import CODES, tell
from cli.iam_drift import tell_strange_grants
from cli.options import Json, Refresh, Stack, Weather, home_of, weather_of
from cli.prepared_stack import PreparedStack, at_work, prepare
from cli.progress import in_words
from cli.reachability import reach_of
from cli.readiness import wait_until_serving
from cli.refused_edits import require_possible
from cli.secret_manager import SecretManager
from cli.terminal import Terminal
from engine import adopted
from engine.engine_events import Event
from engine.errors import USAGE, LaunchError
from engine.home import LOCAL
from engine.pulumi import EngineError
from handlers.outside import google_clients
from localcloud.base.weather import FAIR
from localcloud.base.world import World
from localcloud.dns import former_zones
from verify import run as verification
from verify.scene import of_stack


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command(epilog="Example: ./launch up")(up)


def up(
    stack: Stack = LOCAL,
    json: Json = False,
    refresh: Refresh = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before changing the real clouds.")] = False,
    weather: Weather = FAIR,
) -> None:
    """Bring the stack up, play what must not break, verify it, and write the handover."""
    show, home = Terminal(json), home_of(stack)
    options = ["--refresh"] if refresh else []
    with at_work(home, "up"):
        stage = prepare(home, show, weather_of(home, weather))
        require_possible(home, stage.spec, stage.pulumi)
        old_zone.before(home, stage.spec)  # a file that cannot be used is told before anything is made
        if not home.plays_people:
            _ask_first(stage, show, options, yes)
        outputs = provision(stage, show, options)
        strange = released_rules.question(outputs.project, stage.spec.adopt, stage.clients, show)
        strange += tell_strange_grants(stage, show) if refresh else []
        _settle_in(stage, outputs, show)
        found = check(stage, outputs, show)
        made = _hand_over(stage, show)
    summarize(stage, outputs, found, made, show)
    raise typer.Exit(CODES[verdict([*found, *strange])])


def provision(stage: PreparedStack, show: Terminal, options: Sequence[str] = ()) -> Outputs:
    """Make the clouds as the program says, and keep what it promises. `options` are the engine's."""
    with show.step("Provision"):
        try:
            summary = stage.pulumi.up(*options)
        except EngineError as error:
            raise human_steps.stop_at(error, again(stage)) from error
        finally:
            adopted.remember(stage.pulumi, stage.spec.adopt)
        outputs = results.write_outputs(stage.home, stage.pulumi.outputs())
    show.note(f"  {in_words(summary)}")
    return outputs


def check(stage: PreparedStack, outputs: Outputs, show: Terminal) -> list[Finding]:
    """Play the flows and verify the stack from outside; the findings are kept for the handover."""
    with show.step("Flows"):
        played = _play(stage, outputs, show)
    with show.step("Verify"):
        reach = reach_of(stage.home, stage.ports)
        before = old_zone.before(stage.home, stage.spec)
        subject = of_stack(outputs, notified=notified(stage.home, stage.ports, _signed(stage)), before=before)
        report = verification.run(subject, reach, datetime.now(UTC), progress=show.tell)
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
    return f"`./launch up{results.flag(stage.home)}`"


def _settle_in(stage: PreparedStack, outputs: Outputs, show: Terminal) -> None:
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
            before = old_zone.before(stage.home, stage.spec)
            facts = human_steps.look(outputs, empty, reach, accounts, datetime.now(UTC), before)
            left = human_steps.pending(facts)
        if left:
            _keep_what_holds(stage, facts.delegation)
            _hand_over(stage, show)
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
            before = old_zone.before(stage.home, stage.spec)
            found = human_steps.delegation(outputs, reach_of(stage.home, stage.ports), datetime.now(UTC), before)
        if left := human_steps.held(found):
            _keep_what_holds(stage, found)
            _hand_over(stage, show)
            raise human_steps.stop(left, outputs, again(stage))
        former_zones.leave(world, outputs.domain)
        show.note("  the registrar points to the new name servers: nothing of the old zone is lost")


def _keep_what_holds(stage: PreparedStack, found: Sequence[Finding]) -> None:
    """Have the handover say what the change of name servers would lose."""
    holding = [finding for finding in found if finding.id.startswith(human_steps.CHANGE)]
    results.keep_findings(stage.home, holding, again(stage).strip("`"), lambda id_: id_.startswith(human_steps.CHANGE))


def _play(stage: PreparedStack, outputs: Outputs, show: Terminal) -> list[Finding]:
    import flows  # takes half a second, which every other command would pay

    if stage.home.is_local:
        return flows.play(flows.Stage.local(outputs, stage.home.path, stage.ports), show.tell)
    return flows.play(flows.Stage.of_cloud(outputs, stage.clients), show.tell)


def _hand_over(stage: PreparedStack, show: Terminal) -> Handover:
    with show.step("Handover"):
        dates.keep(stage.home)
        made = results.document(stage.home)
        results.write_handover(stage.home, made)
    return made


def _signed(stage: PreparedStack) -> Handover | None:
    return None if stage.home.is_local else results.document(stage.home)


def _ask_first(stage: PreparedStack, show: Terminal, options: Sequence[str], yes: bool) -> None:
    seen: list[Event] = []
    with show.step("Preview"):
        summary = stage.pulumi.also_telling(seen.append).preview(*options)
    for step in changes(seen):
        tell_change(step, show)
    show.note(f"  {in_words(summary)}")
    if yes or not summary.changed:
        return
    if not show.progress.is_terminal:
        cure = f"Look at ./launch preview --stack {stage.home.stack}, then confirm with --yes."
        raise LaunchError("This would change the real clouds.", cure=cure, code=USAGE)
    typer.confirm("Change the real clouds like this?", abort=True, err=True)
