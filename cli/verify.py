"""`./launch verify`: the post-deploy check of DNS, e-mail, TLS, redirects, caching and uptime."""

from __future__ import annotations

import json as jsons
import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from blueprint import spec
from blueprint.finding import Finding, Status, verdict
from checklists.handover import Handover
from cli import dates, endpoint_secrets, old_zone, released_rules, verify_options
from cli.alert_delivery import notified
from cli.findings import CODES, in_words, junit, tell, tell_report
from cli.options import Json, given, home_of
from cli.propagation import watch as watch_until_well
from cli.reachability import PUBLIC_RESOLVERS, cure, down, is_down, ports_of, reach_of, require_running
from cli.results import document, keep_findings, read_outputs, write, write_handover
from cli.secrets import secret_manager_of
from cli.terminal import Terminal
from engine import environment
from engine.errors import USAGE, LaunchError
from engine.home import LOCAL, Home
from handlers.billing.stripe_api import URL
from triage.render import sarif
from verify import run as verification
from verify.reach import Reach
from verify.registry import selected
from verify.scene import Subject, of_stack

PLAYED = ("flow.", "accept.")  # ids of findings that this command does not renew
EPILOG = """Example: ./launch verify --stack prod

Example: ./launch verify --domain example.com --nameserver 192.0.2.53 --only delegation --watch"""

Several = list[str] | None


@dataclass(frozen=True)
class ReachOverrides:
    """The doors that the user names instead of the usual ones."""

    reach: Reach
    only: tuple[str, ...] = ()
    selectors: tuple[str, ...] = ()

    @property
    def usual(self) -> bool:
        """Whether the user named none, so that the run says how the stack stands."""
        return self == ReachOverrides(Reach())


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command(epilog=EPILOG)(verify)


def verify(
    stack: Annotated[
        str | None, typer.Option(metavar="NAME", help="Which stack: local (the rehearsal, the default) or prod.")
    ] = None,
    domain: Annotated[
        str | None, typer.Option(metavar="NAME", help="Any domain instead of a stack, judged by best practice.")
    ] = None,
    nameserver: Annotated[
        Several, typer.Option(metavar="HOST[:PORT]", help="Ask this nameserver instead of the system's. Repeatable.")
    ] = None,
    address: Annotated[
        Several,
        typer.Option(metavar="NAME=HOST:PORT", help="Connect there for a host, or for NAME:PORT. Repeatable."),
    ] = None,
    ca: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Trust these certificates instead of the system's.")
    ] = None,
    dkim_selector: Annotated[
        Several, typer.Option(metavar="NAME", help="Another DKIM selector to check. Repeatable.")
    ] = None,
    only: Annotated[
        Several, typer.Option(metavar="NAME", help="Only this group, or checks whose id begins so. Repeatable.")
    ] = None,
    json: Json = False,
    junit_file: Annotated[
        Path | None, typer.Option("--junit", metavar="FILE", help="Write the results as JUnit XML too.")
    ] = None,
    sarif_file: Annotated[
        Path | None, typer.Option("--sarif", metavar="FILE", help="Write what failed as SARIF for code scanning too.")
    ] = None,
    watch: Annotated[bool, typer.Option("--watch", help="Check again until everything passes or time is up.")] = False,
    limit: Annotated[int, typer.Option(metavar="MINUTES", min=1, help="How long --watch waits.")] = 30,
) -> None:
    """Check from outside that a stack is as promised, and renew its handover; or check any domain."""
    show = Terminal(json)
    if domain and stack:
        raise LaunchError("A stack has its own domain.", cure="Give --stack or --domain, not both.", code=USAGE)
    reach = Reach(
        verify_options.nameservers(nameserver or ()),
        addresses=verify_options.addresses(address or ()),
        ca_file=verify_options.authority(ca),
    )
    doors = ReachOverrides(reach, verify_options.chosen(only or ()), verify_options.selectors(dkim_selector or ()))
    home = None if domain else home_of(stack or LOCAL)
    look = _of_stack(home, doors, show) if home else _of_domain(verify_options.domain(str(domain)), doors, show)
    with show.step("Verify"):
        report = watch_until_well(look, show, limit * 60) if watch else look()
    found = verification.findings(report)
    if home and doors.usual:
        found = [*found, *_released(home, show), *_webhook_secrets(home, show)]
    if junit_file:
        _write_report(given(junit_file), junit(report), "--junit")
    if sarif_file:
        _write_report(given(sarif_file), _sarif(found, home), "--sarif")
    if home and doors.usual:
        _renew(home, found)
    tell_report(report, show)
    _sum_up(home, found, show)
    raise typer.Exit(CODES[verdict(found)])


def _renew(home: Home, found: list[Finding]) -> None:
    """Keep what was found, and write the handover from it."""
    dates.keep(home)
    keep_findings(home, found, "./launch verify", lambda id_: not id_.startswith(PLAYED))
    write_handover(home, document(home))


def _sum_up(home: Home | None, found: list[Finding], show: Terminal) -> None:
    show.note(f"\n{len(found)} checks: {in_words(found)}")
    if home and (gone := down(home)):
        show.note(f"{is_down(gone)} {cure(gone)}", style="bold red")


Look = Callable[[], verification.Report]


def _released(home: Home, show: Terminal) -> list[Finding]:
    """Return what is wrong with the security rules, where the app has brought its own."""
    wanted = spec.load(home.project / f"Pulumi.{home.stack}.yaml")
    project = wanted.google.project
    clients = {**os.environ, **(environment.of_clients(ports_of(home), project) if home.is_local else {})}
    return released_rules.question(project, wanted.adopt, clients, show)


def _webhook_secrets(home: Home, show: Terminal) -> list[Finding]:
    """Return how Stripe's endpoints and the versions of their secret fit together, nothing before both are there.

    Who only looks from outside, without an account at Google, may verify everything else.
    """
    from google.auth.exceptions import GoogleAuthError

    url = f"http://{ports_of(home).address('stripe')}" if home.is_local else URL
    outputs = read_outputs(home)
    with show.step("Webhook secrets"):
        try:
            found = endpoint_secrets.compared(outputs, secret_manager_of(home), url) or []
        except LaunchError as error:
            why, cure = f"{error.what} {error.why}".strip(), error.cure or "Look again."
            found = [endpoint_secrets.unknown(outputs, why, cure)]
        except GoogleAuthError:
            show.note("Not compared: this takes gcloud auth application-default login")
            found = []
    for finding in found:
        if finding.status is not Status.PASS:
            tell(finding, show, only_bad=True)
    return found


def _of_stack(home: Home, doors: ReachOverrides, show: Terminal) -> Look:
    """Return what looks at a stack by its own doors, but for those that the user names."""
    outputs = read_outputs(home, is_fresh=True)
    require_running(home)
    ports = ports_of(home)
    asked = any(group.name == "uptime" for group in selected(doors.only))
    known = notified(home, ports, _handover(home)) if asked else None
    before = old_zone.before(home, spec.load(home.project / f"Pulumi.{home.stack}.yaml"))
    subject = of_stack(outputs, doors.selectors, known, before)
    return _look(subject, _overlaid(reach_of(home, ports), doors.reach), doors, show)


def _handover(home: Home) -> Handover | None:
    return None if home.is_local else document(home)


def _of_domain(domain: str, doors: ReachOverrides, show: Terminal) -> Look:
    """Return what looks at any domain, without a stack; several resolvers are compared unless some are named."""
    usual = Reach(others=PUBLIC_RESOLVERS)
    return _look(Subject(domain, more_selectors=doors.selectors), _overlaid(usual, doors.reach), doors, show)


def _overlaid(reach: Reach, named: Reach) -> Reach:
    """Return a reach with the named doors; who names nameservers wants no others asked."""
    addresses = {**reach.addresses, **named.addresses}
    ca_file = named.ca_file or reach.ca_file
    if named.nameservers:
        return replace(reach, nameservers=named.nameservers, others=(), addresses=addresses, ca_file=ca_file)
    return replace(reach, addresses=addresses, ca_file=ca_file)


def _look(subject: Subject, reach: Reach, doors: ReachOverrides, show: Terminal) -> Look:
    return lambda: verification.run(subject, reach, datetime.now(UTC), doors.only, show.tell)


def _sarif(found: list[Finding], home: Home | None) -> str:
    """Return findings as SARIF, shown at the launch spec of their stack."""
    place = f"Pulumi.{home.stack}.yaml" if home else ""
    log = sarif.document(found, sarif.plain_titles(found), place=place)
    return jsons.dumps(log, indent=1, ensure_ascii=False) + "\n"


def _write_report(path: Path, text: str, option: str) -> None:
    if not path.parent.is_dir():
        cure = "Make the folder first, or name another file."
        raise LaunchError(f"{option} {path}: there is no folder {path.parent}.", cure=cure, code=USAGE)
    write(path, text)
